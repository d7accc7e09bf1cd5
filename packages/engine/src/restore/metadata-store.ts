import { packedAt } from '../common/growable.ts'
import { BlobStore } from './blob-store.ts'
import { METADATA } from './block-targets.ts'
import type { WriteResult } from './job-types.ts'

/** Blocks of metadata that came before their entries could use them. */
export class MetadataStore implements Disposable {
  readonly #blobs: BlobStore
  readonly #entryCount: number

  constructor(entryCount: number, folder: string | undefined) {
    this.#entryCount = entryCount
    this.#blobs = new BlobStore(folder)
  }

  keep({ metadata, metadataEntries, metadataIndexes }: WriteResult): void {
    metadataEntries.forEach((entry, i) => {
      const piece = (metadataIndexes[i] as number) - METADATA
      this.#blobs.put(entry + piece * this.#entryCount, packedAt(metadata, i))
    })
  }

  /** The metadata of an entry, put together from its blocks; empty when there is none. It is not kept any longer. */
  take(entry: number): Uint8Array {
    const pieces: Uint8Array[] = []
    for (let key = entry; ; key += this.#entryCount) {
      const bytes = this.#blobs.take(key)
      if (bytes === undefined) break
      pieces.push(bytes)
    }
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
  }

  [Symbol.dispose](): void {
    this.#blobs[Symbol.dispose]()
  }
}
