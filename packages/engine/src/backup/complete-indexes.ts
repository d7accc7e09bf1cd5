import {
  type Catalog,
  type CatalogVolume,
  newVolumeName,
  registerIndex,
  type Spool,
  VolumeFileWriter,
  type VolumeKey,
  type VolumeStore
} from '@tercet/core'
import type { Clock } from '@tercet/interface'
import { type CompressionSetting, createCompressor, createDindexWriter } from '@tercet/volume-format'
import type { StoredSettings } from '../common/stored-settings.ts'

export interface CompleteIndexesOptions {
  readonly settings: StoredSettings
  readonly compression: CompressionSetting
  readonly key: VolumeKey | undefined
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  /** Put the contents of blocklists in as well. */
  readonly withLists: boolean
  /** Ids of indexes that are lost, or of no use. */
  readonly notCounting?: ReadonlySet<number> | undefined
}

/** Makes a dindex for each dblock that has none, from the catalog alone: an upload was interrupted between the two. */
export async function completeIndexes(
  catalog: Catalog,
  store: VolumeStore,
  spool: Spool,
  options: CompleteIndexesOptions
): Promise<void> {
  const { notCounting = new Set<number>() } = options
  const lacking = [...catalog.volumes.all({ type: 'dblock', states: ['uploaded', 'verified'] })].filter(
    ({ id, hash }) =>
      hash !== undefined && catalog.volumes.indexesOf(id).every((index) => notCounting.has(index))
  )
  for (const dblock of lacking) {
    const file = writeIndex(catalog, spool, dblock, options)
    const pending = registerIndex(catalog, file, [dblock.id])
    await store.upload(pending, { signal: options.signal })
  }
}

function writeIndex(catalog: Catalog, spool: Spool, dblock: CatalogVolume, options: CompleteIndexesOptions) {
  const { settings, key } = options
  const name = newVolumeName({ prefix: settings.prefix, key, compression: options.compression }, 'dindex')
  const path = spool.pathOf(name)
  const sink = new VolumeFileWriter({ path, key, fileHash: settings.fileHash })
  using compressor = createCompressor(options.compression)
  try {
    const writer = createDindexWriter({
      sink,
      settings,
      compressor,
      createdAt: new Date(options.clock.now())
    })
    const runs = catalog.blocks.ofVolume(dblock.id)
    const hashes = Buffer.concat(runs.map((run) => run.hashes))
    const sizes = Uint32Array.from(runs.flatMap((run) => [...run.sizes]))
    const width = hashes.length / Math.max(1, sizes.length)
    for (let at = 0; options.withLists && at < hashes.length; at += width) {
      const hash = hashes.subarray(at, at + width)
      const blocks = catalog.blocksets.blocklist(hash)
      if (blocks !== undefined) writer.addList(hash, blocks)
    }
    writer.addVolume({
      name: dblock.name,
      hashes,
      sizes,
      ...(dblock.hash === undefined || dblock.size === undefined
        ? {}
        : { volumeHash: dblock.hash, volumeSize: dblock.size })
    })
    writer.finish()
    return { name, path, ...sink.finish() }
  } catch (error) {
    sink.discard()
    throw error
  }
}
