import { BlockIndex, type Catalog, EVERYTHING, freeVersionTime, keysOf } from '@tercet/core'
import type { VolumeSettings } from '@tercet/volume-format'
import { completeVersion, type PublishOptions, publishVersion, wasBuildingFull } from './publish-version.ts'
import { findUnstoredEntries } from './unstored-entries.ts'
import { hasDifferences, isEmptyBeginning } from './version-worth.ts'

/** What was left of an interrupted run. */
export type Recovery =
  | { readonly kind: 'none' }
  /** Its list had arrived; only the note of that was missing. */
  | { readonly kind: 'completed'; readonly seq: number }
  /** A version was made up of what it had stored and of the version before. */
  | { readonly kind: 'published'; readonly seq: number; readonly droppedEntries: number }
  /** It had stored nothing of use. */
  | { readonly kind: 'discarded' }

/**
 * Brings an interrupted run to a good end. The listing has been reconciled before, so the catalog
 * knows which volumes arrived. Entries whose blocks did not are as in the version before again; with what remains, the
 * version is published as a partial one, or as a full one when only its list was on the way.
 */
export async function recoverInterrupted(publish: PublishOptions): Promise<Recovery> {
  const { catalog, settings } = publish
  const building = catalog.filesets.building()
  if (building === undefined) return { kind: 'none' }
  const { seq, volumeId } = building
  const list = volumeId === undefined ? undefined : catalog.volumes.byId(volumeId)
  if (volumeId !== undefined && (list?.state === 'uploaded' || list?.state === 'verified')) {
    completeVersion(catalog, seq, volumeId, wasBuildingFull(catalog))
    return { kind: 'completed', seq }
  }
  const dropped = dropUnstoredEntries(catalog, seq, settings)
  const isFull = list !== undefined && dropped === 0 && wasBuildingFull(catalog)
  // Nobody knows how far its walk had come; of a walk that had ended, the marks are there already.
  if (list === undefined) catalog.carried.add(seq, [EVERYTHING])
  if (!hasDifferences(catalog, seq) || isEmptyBeginning(catalog, seq)) {
    catalog.filesets.remove(seq)
    return { kind: 'discarded' }
  }
  // The name of a list that was given up is never used again.
  if (list !== undefined) {
    const recipe = { prefix: settings.prefix, key: publish.key }
    catalog.filesets.relabel(seq, { time: freeVersionTime(catalog, recipe, building.time + 1) })
  }
  await publishVersion(seq, isFull, publish)
  return { kind: 'published', seq, droppedEntries: dropped }
}

/**
 * Takes back what the version `seq` says of entries that are not stored: it has them as the version before, if at all,
 * and marked. Returns how many these are.
 */
export function dropUnstoredEntries(catalog: Catalog, seq: number, settings: VolumeSettings): number {
  const index = BlockIndex.create({ expectedBlocks: catalog.blocks.count() })
  index.load(catalog.blocks.sound())
  const paths = Array.from(findUnstoredEntries(catalog, index, seq, settings), (row) => row.path)
  const keys = keysOf(paths)
  if (paths.length > 0)
    catalog.transaction(() => {
      catalog.changes.revert(seq, keys)
      catalog.changes.markStale(seq, keys)
    })
  return paths.length
}
