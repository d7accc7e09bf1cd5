import { type Catalog, type CatalogVolume, type EntryKeys, keysOf } from '@tercet/core'
import { hashBytes, toBase64 } from '@tercet/crypto'
import { blocksOnlyIn, visitNeeds } from '../browse/affected.ts'
import type { StoredSettings } from '../common/stored-settings.ts'

/** Which damage was dealt with: the entries that need it are marked, or need it no more. */
const KEY = 'damage-seen'
const PATHS_AT_ONCE = 1024

/** Damage that was not known to the runs before. */
export interface NewDamage {
  readonly volumes: readonly CatalogVolume[]
  /** Entries of the newest version that cannot be brought back, and are going to be read again. */
  readonly entries: number
}

/**
 * Has the walk read all entries again whose content or metadata is only in volumes that were found damaged, so that
 * the next version is whole. All entries are looked through once for each new verdict, and not at all without one.
 */
export function rereadLostEntries(
  catalog: Catalog,
  settings: StoredSettings,
  { dryRun }: { readonly dryRun: boolean }
): NewDamage | undefined {
  const volumes = catalog.volumes.damaged()
  const seen = fingerprint(volumes)
  if (catalog.settings.get(KEY) === seen) return undefined
  let entries = 0
  const count = function* (): Generator<EntryKeys> {
    for (const paths of lostPaths(catalog, settings, volumes)) {
      entries += paths.length
      yield keysOf(paths)
    }
  }
  if (dryRun) for (const _keys of count());
  else
    catalog.transaction(() => {
      catalog.changes.setLost(count())
      catalog.settings.set(KEY, seen)
    })
  return { volumes, entries }
}

/** To be called when entries came into the catalog that no run has looked through. */
export function forgetSeenDamage(catalog: Catalog): void {
  catalog.settings.set(KEY, undefined)
}

/** Undefined: no damage. */
function fingerprint(volumes: readonly CatalogVolume[]): string | undefined {
  if (volumes.length === 0) return undefined
  const names = volumes.map(({ name }) => name).sort()
  return toBase64(hashBytes('SHA256', new TextEncoder().encode(names.join('\n'))))
}

/** Paths of the newest version that need a block of these volumes of which there is no other copy. */
function* lostPaths(
  catalog: Catalog,
  settings: StoredSettings,
  volumes: readonly CatalogVolume[]
): Generator<string[]> {
  const newest = catalog.filesets.versions()[0]
  const lost = blocksOnlyIn(catalog, settings, new Set(volumes.map(({ id }) => id)))
  if (newest === undefined || lost.count === 0) return
  let paths: string[] = []
  for (const row of catalog.entries.of({ seq: newest.seq })) {
    let isLost = false
    visitNeeds(catalog, settings, lost, row, () => {
      isLost = true
    })
    if (!isLost) continue
    paths.push(row.path)
    if (paths.length < PATHS_AT_ONCE) continue
    yield paths
    paths = []
  }
  yield paths
}
