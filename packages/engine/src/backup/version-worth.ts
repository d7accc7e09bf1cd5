import type { Catalog, Fileset } from '@tercet/core'

/** Whether the version that is being built differs from the one before, marks of what could not be read aside. */
export function hasDifferences(catalog: Catalog, seq: number): boolean {
  const before = versionBefore(catalog, seq)
  const differences =
    before === undefined ? catalog.entries.of({ seq, changedOnly: true }) : catalog.compare(before.seq, seq)
  for (const _difference of differences) return true
  return false
}

/**
 * Whether the version that is being built is the first one and has no file. Ended early, it is not worth keeping: its
 * blocks serve the next run all the same.
 */
export function isEmptyBeginning(catalog: Catalog, seq: number | undefined): boolean {
  if (seq === undefined || versionBefore(catalog, seq) !== undefined) return false
  for (const { type } of catalog.entries.of({ seq, changedOnly: true })) if (type === 'file') return false
  return true
}

/** A version that is not complete is followed by one that is, even where nothing has changed. */
export function makesWhole(
  newest: Fileset | undefined,
  { hasCarriedOver }: { readonly hasCarriedOver: boolean },
  listedOnly: boolean
): boolean {
  if (newest === undefined) return false
  return !newest.isFull || (newest.carried > 0 && !hasCarriedOver && !listedOnly)
}

function versionBefore(catalog: Catalog, seq: number): Fileset | undefined {
  return catalog.filesets.all().findLast((fileset) => fileset.seq < seq)
}
