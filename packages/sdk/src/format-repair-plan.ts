import type { RepairAction } from '@tercet/engine'
import { formatBytes, formatCounted, printable } from './format.ts'
import type { RepairPlan } from './repair.ts'

const CATALOG_STATES = {
  missing: 'is missing; it is made from the destination',
  unfinished: 'was made in part; the rest is taken in',
  outdated: 'lacks volumes of the destination; they are taken in',
  current: 'is as it should be'
} as const

const REASONS = {
  missing: 'is missing',
  size: 'has another size than was stored',
  damaged: 'was found damaged',
  unreadable: 'cannot be read',
  unindexed: 'has no index',
  empty: 'describes nothing'
} as const

/** Volumes that are spelt out; the plan says how many more there are. */
const SHOWN = 20

/** What becomes of the catalog, and of each volume that is not as it should be, with the reason. */
export function formatRepairPlan({
  catalog,
  volumesToFetch,
  bytesToFetch,
  destination
}: RepairPlan): readonly string[] {
  const fetched =
    volumesToFetch.length === 0
      ? 'nothing'
      : `${formatCounted(volumesToFetch.length, 'volume')}, ${formatBytes(bytesToFetch)}`
  const lines = [`Catalog   ${CATALOG_STATES[catalog]}`, `Fetch     ${fetched}`]
  if (destination === undefined)
    return [...lines, 'Mend      what the catalog tells when it is as it should be']
  const { actions, endsBackup, openVolumes } = destination
  const more = actions.length - SHOWN
  return [
    ...lines,
    ...(endsBackup ? ['End       the backup that was interrupted, as a partial version'] : []),
    ...(openVolumes > 0
      ? [`End       ${formatCounted(openVolumes, 'upload or removal', 'uploads and removals')}`]
      : []),
    `Mend      ${actions.length === 0 ? 'nothing' : formatCounted(actions.length, 'volume')}`,
    ...actions.slice(0, SHOWN).map(actionLine),
    ...(more > 0 ? [`  and ${more} more`] : [])
  ]
}

function actionLine(action: RepairAction): string {
  return printable(`  ${action.volume}  ${REASONS[action.reason]}: ${meansText(action)}`)
}

function meansText({ type, means, reason, neededBlocks, neededBytes }: RepairAction): string {
  if (means === 'copy') return 'copy it from the replica'
  if (means === 'drop') return 'nothing needs it; drop it'
  if (reason === 'unindexed') return 'make an index from the catalog'
  if (type !== 'dblock') return 'make it anew from the catalog'
  return `find ${formatCounted(neededBlocks, 'block')} again, ${formatBytes(neededBytes)}`
}
