import { systemClock } from '@tercet/interface'
import type { RepairAction, RepairReason } from './repair-plan.ts'
import type { RepairTools } from './repair-tools.ts'

/** Where nothing is there that could be read again. */
const NOTHING_TO_READ: ReadonlySet<RepairReason> = new Set(['missing', 'empty', 'unindexed'])

/**
 * What was found damaged once may be sound after all, as when it was read badly; it is read again before it is given up.
 * Tells which actions are left, and which volumes are sound.
 */
export async function setFalseAlarmsAside(
  { context, maintenance, frame }: RepairTools,
  actions: readonly RepairAction[]
): Promise<{ readonly left: readonly RepairAction[]; readonly sound: readonly string[] }> {
  const { catalog, clock = systemClock } = context
  const left: RepairAction[] = []
  const sound: string[] = []
  for (const action of actions) {
    const volume = catalog.volumes.byName(action.volume)
    if (volume === undefined) continue
    const verdict = NOTHING_TO_READ.has(action.reason)
      ? undefined
      : await maintenance.store.checkContent(volume, { signal: frame.signal })
    if (verdict?.good !== true) {
      left.push(action)
      continue
    }
    sound.push(volume.name)
    if (action.reason === 'unreadable') continue
    catalog.ledger.record({ volumeName: volume.name, verifiedAt: clock.now(), outcome: 'sound' })
  }
  return { left, sound }
}
