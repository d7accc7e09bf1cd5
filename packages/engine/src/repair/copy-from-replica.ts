import { isTercetError, systemClock } from '@tercet/interface'
import { proven } from './make-repair-plan.ts'
import type { RepairAction } from './repair-plan.ts'
import type { RepairTools } from './repair-tools.ts'

/** Brings volumes back as they were, where the replica has them. Tells which are left. */
export async function copyFromReplica(
  { context, maintenance, frame, replica, recorded, done }: RepairTools,
  actions: readonly RepairAction[]
): Promise<{ readonly left: readonly RepairAction[]; readonly copiedBytes: number }> {
  const { catalog, clock = systemClock } = context
  const { signal, issues } = frame
  const left: RepairAction[] = []
  let copiedBytes = 0
  for (const action of actions) {
    const volume = catalog.volumes.byName(action.volume)
    if (action.means !== 'copy' || replica === undefined || volume === undefined) {
      left.push(action)
      continue
    }
    try {
      const copy = proven(volume, recorded)
      copiedBytes += await maintenance.store.putBack(copy, replica, { signal })
      if (copy !== volume) catalog.volumes.update(volume.id, { size: copy.size, hash: copy.hash })
      catalog.ledger.record({ volumeName: volume.name, verifiedAt: clock.now(), outcome: 'sound' })
      done(action, 'copy')
    } catch (error) {
      signal?.throwIfAborted()
      if (!isTercetError(error)) throw error
      issues.add({
        code: 'REPAIR_COPY_UNUSABLE',
        severity: 'warning',
        message: `The copy of ${volume.name} could not be used: ${error.message} (${error.code})`,
        volume: volume.name
      })
      left.push(action)
    }
  }
  return { left, copiedBytes }
}
