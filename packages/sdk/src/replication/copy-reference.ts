import type { CatalogReader } from '@tercet/core'

/** What copies are held against: what the catalog knows to have been stored. */
export interface CopyReference {
  /** Sizes of all volumes that were stored and not deleted. */
  readonly volumes: ReadonlyMap<string, number | undefined>
  /** Times of all versions in milliseconds, the newest first. */
  readonly versions: readonly number[]
  /** The last verdict on some volume was that it is damaged. */
  readonly hasDamage: boolean
  /** Since when all volumes were read and found good; undefined: some never were. */
  readonly verifiedSince: number | undefined
}

export function referenceOf(catalog: CatalogReader): CopyReference {
  const volumes = new Map<string, number | undefined>()
  const versions: number[] = []
  let since: number | undefined = Number.POSITIVE_INFINITY
  for (const { name, size, type, time, verifiedAt } of catalog.volumes.all({
    states: ['uploaded', 'verified']
  })) {
    volumes.set(name, size)
    if (type === 'dlist' && time !== undefined) versions.push(time * 1000)
    since = verifiedAt === undefined || since === undefined ? undefined : Math.min(since, verifiedAt)
  }
  return {
    volumes,
    versions: versions.sort((a, b) => b - a),
    hasDamage: catalog.volumes.damaged().length > 0,
    verifiedSince: since === Number.POSITIVE_INFINITY ? undefined : since
  }
}
