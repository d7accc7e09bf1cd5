import { doomVolumes } from '../compact/doom-volumes.ts'
import type { BlockMender } from './block-mender.ts'
import { BlockNeeds } from './make-repair-plan.ts'
import type { RepairAction } from './repair-plan.ts'
import type { RepairTools } from './repair-tools.ts'

/** Stores blocks of lost volumes again, as far as they are found, and gives up the volumes that nothing needs then. */
export async function mendBlocks(
  { context, maintenance, frame, done }: RepairTools,
  mender: BlockMender,
  actions: readonly RepairAction[]
): Promise<void> {
  const { catalog } = context
  const lost = actions.filter(({ type, reason }) => type === 'dblock' && reason !== 'unindexed')
  const volumes = lost.flatMap(({ volume }) => catalog.volumes.byName(volume) ?? [])
  if (volumes.length === 0) return
  await mender.mend(volumes)
  const needs = new BlockNeeds(catalog, volumes)
  const useless = volumes.filter(({ id }) => {
    let isNeeded = false
    needs.visit(id, () => {
      isNeeded = true
    })
    return !isNeeded
  })
  await frame.delete(maintenance, doomVolumes(catalog, useless))
  for (const { name } of useless) {
    const action = lost.find(({ volume }) => volume === name)!
    done(action, action.neededBlocks === 0 ? 'drop' : 'rebuild')
  }
}
