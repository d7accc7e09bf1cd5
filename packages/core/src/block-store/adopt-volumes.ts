import type { CallOptions } from '@tercet/interface'
import { parseVolumeName } from '@tercet/volume-format'
import type { Catalog } from '../catalog/catalog.ts'
import type { StoredVolumeReader } from '../volumes/stored-volume.ts'
import type { ShelvedVolume } from './volume-shelf.ts'

/** A volume at the destination that no catalog knows. */
export interface FoundVolume {
  readonly name: string
  readonly sizeBytes: number | undefined
}

export interface AdoptVolumesOptions extends CallOptions {
  readonly catalog: Catalog
  readonly found: readonly FoundVolume[]
  readonly open: (name: string) => Promise<ShelvedVolume>
}

/**
 * Enters volumes of an earlier catalog that was lost: their blocks by what the dindexes say, and by themselves where none
 * speaks of them. Each is one transaction, so that an interruption leaves nothing half.
 *
 * @throws VolumeError, CryptoError for a volume that cannot be read; StorageError; `signal.reason`
 */
export async function adoptVolumes({ catalog, found, open, signal }: AdoptVolumesOptions): Promise<void> {
  const sizes = new Map(found.map(({ name, sizeBytes }) => [name, sizeBytes]))
  const ofType = (type: string) => found.filter(({ name }) => parseVolumeName(name)?.type === type)
  const take = async (name: string, enter: (reader: StoredVolumeReader) => void): Promise<void> => {
    signal?.throwIfAborted()
    using volume = await open(name)
    catalog.transaction(() => enter(volume.reader))
  }
  for (const { name } of ofType('dindex'))
    if (catalog.volumes.byName(name) === undefined)
      await take(name, (reader) => {
        if (reader.type === 'dindex') enterIndex(catalog, name, reader, sizes)
      })
  for (const { name } of ofType('dblock'))
    if (catalog.volumes.byName(name) === undefined)
      await take(name, (reader) => {
        if (reader.type === 'dblock') enterBlocks(catalog, name, sizes.get(name), reader)
      })
}

function enterIndex(
  catalog: Catalog,
  name: string,
  reader: Extract<StoredVolumeReader, { type: 'dindex' }>,
  sizes: ReadonlyMap<string, number | undefined>
): void {
  const id = catalog.volumes.add({
    name,
    type: 'dindex',
    state: 'uploaded',
    size: sizes.get(name),
    processed: true
  })
  for (const volume of reader.volumes()) {
    // What it describes may be gone, or be described twice.
    if (!sizes.has(volume.name)) continue
    const known = catalog.volumes.byName(volume.name)?.id
    catalog.volumes.linkIndex(id, known ?? enterBlocks(catalog, volume.name, sizes.get(volume.name), volume))
  }
}

function enterBlocks(
  catalog: Catalog,
  name: string,
  size: number | undefined,
  {
    count,
    hashes,
    sizes
  }: { readonly count: number; readonly hashes: Uint8Array; readonly sizes: Uint32Array }
): number {
  const volumeId = catalog.volumes.add({ name, type: 'dblock', state: 'uploaded', size, processed: true })
  if (count > 0) catalog.blocks.add({ volumeId, first: catalog.blocks.nextOrdinal(), count, hashes, sizes })
  return volumeId
}
