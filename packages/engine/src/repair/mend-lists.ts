import type { ResolvedVersion } from '@tercet/core'
import { type ListExtras, tryListExtras } from '../rewrite/list-extras.ts'
import { rewriteVersions } from '../rewrite/rewrite-versions.ts'
import type { RepairAction } from './repair-plan.ts'
import type { RepairTools } from './repair-tools.ts'

/** Makes lists of versions anew from the catalog. What a list had besides its entries is lost with it. */
export async function mendLists(tools: RepairTools, actions: readonly RepairAction[]): Promise<void> {
  const { context, maintenance, frame, done } = tools
  const { catalog } = context
  const lists = new Map(
    actions
      .filter(({ type }) => type === 'dlist')
      .map((action) => [catalog.volumes.byName(action.volume)?.id, action])
  )
  const lost = catalog.filesets.versions().filter(({ volumeId }) => lists.has(volumeId))
  await rewriteVersions(context, maintenance, lost, {
    fateOf: () => 'keep',
    extrasOf: async (version) =>
      lists.has(version.volumeId)
        ? { isFull: version.isFull, controlFiles: [] }
        : await extrasOf(tools, version),
    onIssue: (issue) => frame.issues.add(issue),
    onVersion: ({ version, volumeId }) => {
      const action = lists.get(volumeId)!
      frame.issues.add({
        code: 'REPAIR_EXTRAS_LOST',
        severity: 'warning',
        message: `The list of version ${version} was made anew; control files that it may have had are gone`,
        volume: action.volume
      })
      done(action, 'rebuild')
    },
    signal: frame.signal
  })
}

/** Of a version that only has to make room for another label. */
async function extrasOf(
  { context, maintenance, frame }: RepairTools,
  { volumeId }: ResolvedVersion
): Promise<ListExtras | undefined> {
  const list = volumeId === undefined ? undefined : context.catalog.volumes.byId(volumeId)
  if (list === undefined) return undefined
  const read = await tryListExtras(maintenance, list, { signal: frame.signal })
  return 'extras' in read ? read.extras : undefined
}
