import type { Catalog, CatalogVolume } from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import { HashTable } from '../common/hash-table.ts'
import type { StoredSettings } from '../common/stored-settings.ts'
import type { CopyJob } from './compact-jobs.ts'
import type { LiveBlocks } from './live-blocks.ts'

/** Says for one volume after the other which of its blocks are copied. */
export class CompactSources {
  readonly #catalog: Catalog
  readonly #live: LiveBlocks
  readonly #lists: HashTable
  readonly #width: number
  #nextOrdinal: number

  constructor(catalog: Catalog, settings: StoredSettings, live: LiveBlocks) {
    this.#catalog = catalog
    this.#live = live
    this.#width = hashSizeBytes(settings.blockHash)
    this.#lists = new HashTable(this.#width)
    for (const hash of catalog.blocksets.blocklistHashes()) this.#lists.add(hash)
    this.#nextOrdinal = catalog.blocks.nextOrdinal()
  }

  /** The copies of its blocks get ordinals that no other ones have. */
  jobFor(volume: CatalogVolume, path: string, sizeBytes: number): CopyJob {
    const hashes: Uint8Array[] = []
    for (const run of this.#catalog.blocks.ofVolume(volume.id))
      for (let i = 0; i < run.count; i++)
        if (this.#live.has(run.first + i))
          hashes.push(run.hashes.subarray(i * this.#width, (i + 1) * this.#width))
    const firstOrdinal = this.#nextOrdinal
    this.#nextOrdinal += hashes.length
    return {
      path,
      name: volume.name,
      sizeBytes: volume.size ?? sizeBytes,
      hash: volume.hash,
      hashes: Buffer.concat(hashes),
      isList: Uint8Array.from(hashes, (hash) => (this.#lists.find(hash) >= 0 ? 1 : 0)),
      firstOrdinal
    }
  }
}
