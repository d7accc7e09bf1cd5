import { doomIndexes } from '../compact/doom-volumes.ts'
import type { RepairAction } from './repair-plan.ts'
import type { RepairTools } from './repair-tools.ts'

/** New indexes first, then those go that are of no use. */
export async function mendIndexes(
  { context, maintenance, frame, done }: RepairTools,
  actions: readonly RepairAction[]
): Promise<void> {
  const { catalog } = context
  const indexes = actions.filter(({ type }) => type === 'dindex')
  const volumes = indexes.flatMap(({ volume }) => catalog.volumes.byName(volume) ?? [])
  await frame.completeIndexes(maintenance, new Set(volumes.map(({ id }) => id)))
  await frame.delete(maintenance, doomIndexes(catalog, volumes))
  for (const action of indexes) done(action, action.means === 'drop' ? 'drop' : 'rebuild')
  for (const action of actions) if (action.reason === 'unindexed') done(action, 'rebuild')
}
