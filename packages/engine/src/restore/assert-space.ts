import { dirname } from 'node:path'
import { freeBytes } from '@tercet/source-fs'
import { EngineError } from '../common/engine-error.ts'
import type { RestorePlan } from './restore-plan.ts'

/** @throws EngineError `RESTORE_NO_SPACE` */
export function assertSpace(plan: RestorePlan): void {
  const { root } = plan.state
  const free = freeAt(root)
  if (free === undefined || free >= plan.bytesToWrite) return
  throw new EngineError(
    'RESTORE_NO_SPACE',
    `Restoring needs ${plan.bytesToWrite} bytes, but only ${free} are free at ${root}. Free some space, restore to another place, or select less`,
    { context: { needed: plan.bytesToWrite, free, path: root } }
  )
}

/** Free space where a folder is or is going to be; undefined when the system does not tell. */
function freeAt(folder: string): number | undefined {
  return freeBytes(folder) ?? (dirname(folder) === folder ? undefined : freeAt(dirname(folder)))
}
