import { existsSync } from 'node:fs'
import { isTercetError } from '@tercet/interface'
import { loadNative } from '@tercet/native'
import { createRestoreTarget } from '@tercet/source-fs'
import { DONE, FILE, IN_PLACE, PRESENT } from './entry-table.ts'
import type { PlanState } from './restore-plan.ts'
import { temporaryPath } from './temporary-path.ts'

/** Removes what a restore that has ended early left under temporary names, as far as it can. */
export function removeTemporaryFiles({ entries, root, pathOf }: PlanState, token: string): void {
  if (!existsSync(root)) return
  ifPossible(() => {
    using target = createRestoreTarget({ root, versionTime: new Date(), native: loadNative() })
    for (let entry = 0; entry < entries.count; entry++) {
      if (entries.kinds.at(entry) !== FILE || entries.has(entry, DONE | PRESENT | IN_PLACE)) continue
      const path = pathOf(entry)
      if (path !== undefined) ifPossible(() => target.removeFile(temporaryPath(path, token, entry)))
    }
  })
}

/** What cannot be removed, or never was there, must not hide why the restore ends. */
function ifPossible(act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!isTercetError(error) && typeof (error as NodeJS.ErrnoException).code !== 'string') throw error
  }
}
