import type { ReplicaSettings } from '../sync-options.ts'
import type { RetainedFile } from './compare-places.ts'

/** Renamed files that have been kept long enough, or of which enough later ones are kept. */
export function findExpired(
  retained: readonly RetainedFile[],
  { retentionKeepMs, retentionKeepCount }: ReplicaSettings,
  nowMs: number
): RetainedFile[] {
  if (retentionKeepMs === undefined && retentionKeepCount === undefined) return []
  const seen = new Map<string, number>()
  const latestFirst = [...retained].sort(
    (a, b) => b.retainedAtMs - a.retainedAtMs || (a.path < b.path ? 1 : -1)
  )
  return latestFirst.filter(({ original, retainedAtMs }) => {
    const later = seen.get(original) ?? 0
    seen.set(original, later + 1)
    const isOld = retentionKeepMs !== undefined && nowMs - retainedAtMs > retentionKeepMs
    return isOld || (retentionKeepCount !== undefined && later >= retentionKeepCount)
  })
}
