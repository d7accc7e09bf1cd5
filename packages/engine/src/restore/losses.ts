import type { CatalogReader } from '@tercet/core'
import type { IssueLog } from '../common/issue-log.ts'
import { assignVolumes, type PlannedVolume } from './block-sources.ts'
import { METADATA, type SourceTargets } from './block-targets.ts'
import type { EntryProgress } from './entry-progress.ts'
import { DROPPED, FILE, SYMLINK } from './entry-table.ts'
import { LostBlocks } from './lost-blocks.ts'
import type { PlanState } from './restore-plan.ts'

export interface LossesOptions {
  readonly catalog: CatalogReader
  readonly state: PlanState
  readonly progress: EntryProgress
  readonly issues: IssueLog
}

interface Reason {
  readonly code: string
  readonly message: string
}

/** What sources could not give: other copies are looked for, and only entries without any are given up. */
export class Losses {
  readonly #options: LossesOptions
  readonly #lost = new LostBlocks()

  constructor(options: LossesOptions) {
    this.#options = options
  }

  /** Blocks of a share, by their place in it. */
  add(
    share: SourceTargets,
    blocks: Iterable<number>,
    volume: PlannedVolume | undefined,
    reason: Reason | undefined
  ): void {
    if (volume !== undefined && reason !== undefined) this.reportVolume(volume, reason)
    const { targets } = this.#options.state
    const width = share.hashes.length / share.sizes.length
    for (const block of blocks) {
      this.#lost.add(share.hashes.subarray(block * width, (block + 1) * width), volume)
      targets.withdraw(share.hashes, block * width)
    }
  }

  /** Each volume once. */
  reportVolume(volume: PlannedVolume, reason: Reason): void {
    if (!this.#lost.isFirstReport(volume.name)) return
    this.#options.issues.add({
      code: 'RESTORE_VOLUME_DAMAGED',
      severity: 'warning',
      message: `${volume.name} is missing or damaged (${reason.code}: ${reason.message}); other copies of its blocks are tried`,
      volume: volume.name
    })
  }

  /** Adds sources to the plan for what was lost since the last call. */
  findOtherCopies(): void {
    if (!this.#lost.changed()) return
    const { catalog, state } = this.#options
    const { listing, targets, sources } = state
    assignVolumes(catalog, listing, targets, sources, (volumeId, hashes, offset) =>
      this.#lost.wasTried(volumeId, hashes, offset, targets.hashBytes)
    )
  }

  /**
   * Blocks that no source has: their files fail, unless it is only metadata that is lost.
   *
   * @returns files that are to be finished without their metadata
   */
  giveUp(): number[] {
    const { targets, listing } = this.#options.state
    const content = new Map<number, string | undefined>()
    const metadata = new Map<number, string | undefined>()
    const volumeOf = this.#lost.locate(this.#options.catalog, listing, targets)
    targets.unsupplied((entry, index, hash) => {
      const lost = index < METADATA ? content : metadata
      if (!lost.has(entry)) lost.set(entry, volumeOf(hash))
    })
    for (const [entry, volume] of content) this.#failFile(entry, volume)
    const bare: number[] = []
    for (const [entry, volume] of metadata)
      if (!content.has(entry) && this.#loseMetadata(entry, volume)) bare.push(entry)
    return bare
  }

  #failFile(entry: number, volume: string | undefined): void {
    const { state, progress } = this.#options
    if (state.entries.has(entry, DROPPED)) return
    progress.drop(entry)
    this.#report(
      'RESTORE_FILE_LOST',
      entry,
      volume,
      'a block of its content is in no volume that can be read'
    )
  }

  /** True for a file, which is as good without. */
  #loseMetadata(entry: number, volume: string | undefined): boolean {
    const { state, progress } = this.#options
    if (state.entries.has(entry, DROPPED)) return false
    const kind = state.entries.kinds.at(entry)
    if (kind === SYMLINK) progress.drop(entry)
    const what = kind === SYMLINK ? 'its target' : 'its metadata'
    this.#report('RESTORE_METADATA_LOST', entry, volume, `${what} is in no volume that can be read`)
    return kind === FILE
  }

  #report(code: string, entry: number, volume: string | undefined, reason: string): void {
    const { state, issues } = this.#options
    const path = state.entries.storedPath(entry)
    const where = volume === undefined ? '' : ` (${volume})`
    issues.add({
      code,
      severity: 'error',
      message: `${path} cannot be restored completely: ${reason}${where}`,
      path,
      ...(volume === undefined ? {} : { volume })
    })
  }
}
