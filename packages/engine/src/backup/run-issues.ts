import { counted } from '@tercet/interface'
import type { IssueLog } from '../common/issue-log.ts'
import { namesOf } from '../common/names-of.ts'
import type { NewDamage } from './reread-lost-entries.ts'
import type { ScanTotals } from './scan-answer.ts'

/** What a backup tells of itself as a whole, in words. */
export class RunIssues {
  readonly #log: IssueLog

  constructor(log: IssueLog) {
    this.#log = log
  }

  recovered(): void {
    this.#log.add({
      code: 'BACKUP_RECOVERED',
      severity: 'warning',
      message: 'The run before was interrupted; what it had stored became a partial version'
    })
  }

  /** Nothing where no entry is harmed. */
  damaged({ volumes, entries }: NewDamage): void {
    if (entries === 0) return
    const names = namesOf(volumes.map(({ name }) => name))
    this.#log.add({
      code: 'BACKUP_VOLUMES_DAMAGED',
      severity: 'warning',
      message: `Damaged or missing: ${counted(volumes.length, 'volume')} (${names}). What needs them is read again, ${counted(entries, 'entry', 'entries')}, so that the new version is whole. Older versions stay as they are`
    })
  }

  /** Both labels as ISO 8601. */
  clockBehind(newest: string, chosen: string): void {
    this.#log.add({
      code: 'BACKUP_CLOCK_BEHIND',
      severity: 'warning',
      message: `The clock of this machine is behind the newest version (${newest}); the new version is labelled ${chosen} and is the newest all the same`
    })
  }

  quotaExceeded(quotaBytes: number | undefined, droppedEntries: number): void {
    this.#log.add({
      code: 'BACKUP_QUOTA_EXCEEDED',
      severity: 'error',
      message: `The next volume would have exceeded the quota of ${quotaBytes} bytes; not stored: ${counted(droppedEntries, 'entry', 'entries')}`
    })
  }

  /** Nothing where there are files, or nothing at all. */
  noFiles({ files, entries }: ScanTotals): void {
    if (files > 0 || entries === 0) return
    this.#log.add({
      code: 'BACKUP_NO_FILES',
      severity: 'warning',
      message: 'There is no file among what was backed up, only folders or links; check sources and filters'
    })
  }
}
