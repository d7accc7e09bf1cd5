import type { CatalogReader } from '@tercet/core'
import { type HashAlgorithm, hashSizeBytes } from '@tercet/crypto'
import { HashTable } from '../common/hash-table.ts'
import type { KnownBlocks } from './verify-jobs.ts'

/** What volumes should hold by the catalog. */
export class CatalogBlocks {
  readonly #catalog: CatalogReader
  readonly #width: number
  /** Hashes of all blocklists; made for the first index. */
  #blocklists: HashTable | undefined

  constructor(catalog: CatalogReader, blockHash: HashAlgorithm) {
    this.#catalog = catalog
    this.#width = hashSizeBytes(blockHash)
  }

  ofVolume(volumeId: number): KnownBlocks {
    const runs = this.#catalog.blocks.ofVolume(volumeId)
    const sizes = new Uint32Array(runs.reduce((sum, run) => sum + run.count, 0))
    let at = 0
    for (const run of runs) {
      sizes.set(run.sizes, at)
      at += run.count
    }
    return { hashes: Buffer.concat(runs.map((run) => run.hashes)), sizes }
  }

  /** Hashes of those that are blocklists, packed. */
  blocklistsAmong(volumes: readonly KnownBlocks[]): Uint8Array {
    const blocklists = this.#allBlocklists()
    const found: Uint8Array[] = []
    for (const { hashes } of volumes) {
      for (let at = 0; at < hashes.length; at += this.#width)
        if (blocklists.find(hashes, at) >= 0) found.push(hashes.subarray(at, at + this.#width))
    }
    return Buffer.concat(found)
  }

  #allBlocklists(): HashTable {
    if (this.#blocklists === undefined) {
      this.#blocklists = new HashTable(this.#width)
      for (const hash of this.#catalog.blocksets.blocklistHashes()) this.#blocklists.add(hash)
    }
    return this.#blocklists
  }
}
