import type { CompactPlan, CompactRules, CompactVolume, VolumeUse } from './compact-plan.ts'

/** A volume of which more than its use is known. */
export interface CompactCandidate extends VolumeUse {
  /** It stays as it is, whatever is in it. */
  readonly held: boolean
  /** It can be deleted, but not read now. */
  readonly unreadable: boolean
}

/**
 * Decides what a compaction does (behaviour section 16.1). A pure function. Wasteful volumes are rewritten when enough is
 * wasted in all, small ones when there are too many of them; where not everything may be fetched, those come first that give back the
 * most for a byte fetched.
 *
 * @param candidates all volumes of blocks, oldest first
 */
export function decideCompaction(
  candidates: readonly CompactCandidate[],
  rules: CompactRules
): Omit<CompactPlan, 'issues'> {
  const free = candidates.filter(({ held }) => !held)
  const volumesToDelete = free.filter(isUnused).map((volume) => chosen(volume, 'unused'))
  const left = free.filter((volume) => !isUnused(volume) && !volume.unreadable)
  const wasteful = new Set(left.filter((volume) => isWasteful(volume, rules)))
  const small = new Set(left.filter(({ sizeBytes }) => sizeBytes <= rules.smallVolumeBytes))
  const dataBytes = sum(candidates, ({ dataBytes }) => dataBytes)
  const isEnough = reaches(sum([...wasteful], wasted), dataBytes, rules.threshold)
  const areSmallMany = areMany(
    Array.from(small, ({ sizeBytes }) => sizeBytes),
    rules
  )
  const wanted = left.flatMap((volume) => {
    if (isEnough && wasteful.has(volume)) return [chosen(volume, 'wasteful')]
    return areSmallMany && small.has(volume) ? [chosen(volume, 'small')] : []
  })
  const affordable = withinBudget(wanted, rules)
  const volumesToRewrite = wanted.filter((volume) => affordable.has(volume))
  const bytesToFetch = sum(volumesToRewrite, size)
  const bytesToStore = sum(volumesToRewrite, keptSize)
  return {
    rules,
    volumesToDelete,
    volumesToRewrite,
    volumesDeferred: wanted.filter((volume) => !affordable.has(volume)),
    volumes: candidates.length,
    dataBytes,
    wastedBytes: sum(candidates, wasted),
    bytesToFetch,
    bytesToReadBack: rules.readsBack ? bytesToStore : 0,
    bytesToStore,
    bytesToFree: sum(volumesToDelete, size) + bytesToFetch - bytesToStore
  }
}

/** Whether small volumes of these sizes are worth being put together. */
export function areMany(
  sizes: readonly number[],
  { maxSmallVolumes, volumeSizeBytes }: Pick<CompactRules, 'maxSmallVolumes' | 'volumeSizeBytes'>
): boolean {
  return (
    sizes.length > 1 && (sizes.length > maxSmallVolumes || sum(sizes, (bytes) => bytes) > volumeSizeBytes)
  )
}

function isUnused({ dataBytes, wastedBytes }: VolumeUse): boolean {
  return wastedBytes >= dataBytes
}

function isWasteful({ dataBytes, wastedBytes }: VolumeUse, { threshold, volumeSizeBytes }: CompactRules) {
  return reaches(wastedBytes, dataBytes, threshold) || reaches(wastedBytes, volumeSizeBytes, threshold)
}

/** Without any waste there is nothing to gain, however low the threshold is. */
function reaches(part: number, whole: number, percent: number): boolean {
  return part > 0 && part * 100 >= whole * percent
}

/** Those that give back the most for a byte fetched, up to the budget. */
function withinBudget(
  volumes: readonly CompactVolume[],
  { maxDownloadBytes, readsBack }: CompactRules
): ReadonlySet<CompactVolume> {
  const affordable = new Set<CompactVolume>()
  const share = ({ dataBytes, wastedBytes }: VolumeUse) => wastedBytes / dataBytes
  let bytes = 0
  for (const volume of volumes.toSorted((a, b) => share(b) - share(a) || a.sizeBytes - b.sizeBytes)) {
    bytes += volume.sizeBytes + (readsBack ? keptSize(volume) : 0)
    if (bytes > maxDownloadBytes) break
    affordable.add(volume)
  }
  return affordable
}

function chosen(volume: VolumeUse, reason: CompactVolume['reason']): CompactVolume {
  const { name, sizeBytes, dataBytes, wastedBytes } = volume
  return { name, sizeBytes, dataBytes, wastedBytes, reason }
}

const size = ({ sizeBytes }: VolumeUse): number => sizeBytes
const wasted = ({ wastedBytes }: VolumeUse): number => wastedBytes

/** What a volume holds is compressed about evenly. */
function keptSize({ sizeBytes, dataBytes, wastedBytes }: VolumeUse): number {
  return Math.round((sizeBytes * (dataBytes - wastedBytes)) / Math.max(1, dataBytes))
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
