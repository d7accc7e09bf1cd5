import type { CatalogReader } from '@tercet/core'
import type { CompactCandidate } from './decide.ts'
import type { LiveBlocks } from './live-blocks.ts'

/** All stored volumes of blocks, oldest first, with what of them is needed. */
export function volumeUses(catalog: CatalogReader, live: LiveBlocks): CompactCandidate[] {
  const data = new Map<number, number>()
  const wasted = new Map<number, number>()
  for (const { volumeId, first, sizes } of catalog.blocks.all()) {
    let all = 0
    let unused = 0
    for (let i = 0; i < sizes.length; i++) {
      all += sizes[i]!
      if (!live.has(first + i)) unused += sizes[i]!
    }
    data.set(volumeId, (data.get(volumeId) ?? 0) + all)
    wasted.set(volumeId, (wasted.get(volumeId) ?? 0) + unused)
  }
  const isHeld = heldVolumes(catalog)
  const damaged = new Set(catalog.volumes.damaged().map(({ id }) => id))
  const uses: CompactCandidate[] = []
  for (const volume of catalog.volumes.all({ type: 'dblock', states: ['uploaded', 'verified'] })) {
    const { id, name, size = 0, archived } = volume
    uses.push({
      name,
      sizeBytes: size,
      dataBytes: data.get(id) ?? 0,
      wastedBytes: wasted.get(id) ?? 0,
      held: isHeld(id),
      unreadable: archived || damaged.has(id)
    })
  }
  return uses
}

/**
 * An interrupted backup goes on with what it has stored, also with blocks that no entry refers to yet, as those of a file
 * that it had not read to its end. All volumes behind the list of the newest version are its.
 */
function heldVolumes(catalog: CatalogReader): (volumeId: number) => boolean {
  if (catalog.filesets.building() === undefined) return () => false
  const newest = catalog.filesets.versions()[0]?.volumeId ?? 0
  return (volumeId) => volumeId > newest
}
