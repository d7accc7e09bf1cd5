/** What is known of a file of the primary, held against its bytes as they arrive. */
import { createDigest, type Digest, toHex } from '../digests.ts'
import { SyncError } from '../sync-error.ts'
import { type FileToRead, PrimaryChangedError } from './primary-reader.ts'

/** A digest that the content must have. */
export interface KnownDigest {
  readonly algorithm: Digest
  /** Hexadecimal; undefined: there is none after all. */
  readonly digest: Promise<string | undefined> | string
}

export class ReceivedCheck {
  received = 0
  readonly #file: FileToRead
  readonly #known: KnownDigest | undefined
  readonly #needsDigest: boolean
  #digests = new Map<Digest, ReturnType<typeof createDigest>>()

  constructor(file: FileToRead, known: KnownDigest | undefined, needsDigest: boolean) {
    this.#file = file
    this.#known = known
    this.#needsDigest = needsDigest
    this.restart()
  }

  restart(): void {
    this.received = 0
    this.#digests = new Map()
    const { algorithm } = this.#known ?? {}
    if (algorithm !== undefined) this.#digests.set(algorithm, createDigest(algorithm))
    if (this.#needsDigest && algorithm !== 'SHA256') this.#digests.set('SHA256', createDigest('SHA256'))
  }

  /** @throws PrimaryChangedError when it is longer than it was listed */
  add(chunk: Uint8Array | string): void {
    this.received += chunk.length
    if (this.#file.sizeBytes !== undefined && this.received > this.#file.sizeBytes) {
      throw new PrimaryChangedError(`${this.#file.path} is longer than it was`)
    }
    for (const digest of this.#digests.values()) digest.update(chunk)
  }

  isShort(): boolean {
    return this.#file.sizeBytes !== undefined && this.received < this.#file.sizeBytes
  }

  /**
   * Resolves with the SHA-256, where it was computed.
   *
   * @throws SyncError `SYNC_PRIMARY_CORRUPT`
   */
  async end(): Promise<string | undefined> {
    const results = new Map(
      [...this.#digests].map(([algorithm, digest]) => [algorithm, digest.digest('hex')])
    )
    const should = await this.#known?.digest
    if (this.#known !== undefined && should !== undefined && results.get(this.#known.algorithm) !== should) {
      throw new SyncError(
        'SYNC_PRIMARY_CORRUPT',
        `${this.#file.path} of the primary is not what was stored there; replicas keep what they have. Heal the primary`,
        { context: { path: this.#file.path } }
      )
    }
    return results.get('SHA256')
  }
}

/** Of a record. */
export function recordedDigest(
  recorded: { readonly hash: Uint8Array; readonly hashAlgorithm: Digest } | undefined
): KnownDigest | undefined {
  return recorded === undefined
    ? undefined
    : { algorithm: recorded.hashAlgorithm, digest: toHex(recorded.hash) }
}
