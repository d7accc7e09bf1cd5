import { rmSync } from 'node:fs'
import { currentPlatform, joinTarget } from '@tercet/source-fs'
import { DONE, FILE, IN_PLACE, PRESENT } from './entry-table.ts'
import type { PlanState } from './restore-plan.ts'
import { temporaryPath } from './temporary-path.ts'

/** Removes what a restore that has ended early left under temporary names. */
export function removeTemporaryFiles({ entries, root, pathOf }: PlanState, token: string): void {
  for (let entry = 0; entry < entries.count; entry++) {
    if (entries.kinds.at(entry) !== FILE || entries.has(entry, DONE | PRESENT | IN_PLACE)) continue
    const path = pathOf(entry)
    if (path === undefined) continue
    removeIfPossible(joinTarget(root, temporaryPath(path, token, entry), currentPlatform()))
  }
}

/** What cannot be removed, or never was there, must not hide why the restore ends. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error
  }
}
