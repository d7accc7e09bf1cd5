import { createSpool, type FetchedVolume, fetchVolume, type Spool } from '@tercet/core'
import type { CallOptions, StorageBackend } from '@tercet/interface'

/**
 * Brings volumes to this machine, and counts them. Bytes are not checked here: whoever opens the volume does that in
 * the same pass as decrypting it.
 */
export class VolumeFetcher implements Disposable {
  readonly #backend: StorageBackend
  readonly #spoolFolder: string | undefined
  #spool: Spool | undefined
  #volumes = 0
  #bytes = 0

  constructor(backend: StorageBackend, spoolFolder: string | undefined) {
    this.#backend = backend
    this.#spoolFolder = spoolFolder
  }

  /** Volumes fetched so far. */
  get volumes(): number {
    return this.#volumes
  }

  /** Their sizes together. */
  get bytes(): number {
    return this.#bytes
  }

  /** @throws StorageError; CoreError `SPOOL_FULL`, `SPOOL_FAILED`; `signal.reason` */
  async fetch(name: string, options: CallOptions = {}): Promise<FetchedVolume> {
    this.#spool ??= createSpool({ folder: this.#spoolFolder })
    const volume = await fetchVolume(this.#backend, this.#spool, name, options)
    this.#volumes += 1
    this.#bytes += volume.sizeBytes
    return volume
  }

  [Symbol.dispose](): void {
    this.#spool?.[Symbol.dispose]()
  }
}

/** Names and sizes of everything at the destination. */
export async function listDestination(
  backend: StorageBackend,
  options: CallOptions = {},
  archived?: Set<string>
): Promise<Map<string, number | undefined>> {
  const listing = new Map<string, number | undefined>()
  for await (const entry of backend.list(options)) {
    listing.set(entry.path, entry.sizeBytes)
    if (entry.archived === true) archived?.add(entry.path)
  }
  return listing
}
