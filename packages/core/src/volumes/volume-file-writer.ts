import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  type AesCryptEncryptor,
  type ByteSink,
  createAesCryptEncryptor,
  createHasher,
  type HashAlgorithm,
  type Hasher
} from '@tercet/crypto'
import { loadNative, type PageCache } from '@tercet/native'
import { spoolError } from './spool.ts'
import { aesKeyOf, type VolumeKey } from './volume-key.ts'

export interface VolumeFileOptions {
  readonly path: string
  /** Undefined, or of OpenPGP: the volume is not encrypted while it is written. */
  readonly key: VolumeKey | undefined
  /** The algorithm of the volume's hash. */
  readonly fileHash: HashAlgorithm
  /**
   * Is told of the file while it grows, so that whoever syncs it has little to wait for. Of no use for a file that is
   * removed again.
   */
  readonly pages?: Pick<PageCache, 'wrote'> | undefined
}

/** Brought to the disk at once. */
const PIECE_BYTES = 1024 * 1024

/**
 * Writes one volume file to the spool: encrypts, hashes and stores in one pass, and keeps nothing; archive writers
 * gather small entries themselves. The file is readable by its owner only and is not synced, because it does not have
 * to survive this run.
 */
export class VolumeFileWriter implements ByteSink {
  readonly path: string
  readonly #fd: number
  readonly #hasher: Hasher
  readonly #encryptor: AesCryptEncryptor | undefined
  readonly #pages: Pick<PageCache, 'wrote'> | undefined
  #behindBytes = 0
  #sizeBytes = 0
  #open = true

  /** @throws CoreError `SPOOL_FULL`, `SPOOL_FAILED` */
  constructor(options: VolumeFileOptions) {
    this.path = options.path
    try {
      this.#fd = openSync(options.path, 'wx', 0o600)
    } catch (error) {
      throw spoolError(error, dirname(options.path))
    }
    this.#hasher = createHasher(options.fileHash)
    this.#pages = options.pages
    const key = aesKeyOf(options.key)
    const out: ByteSink = { write: (bytes) => this.#store(bytes) }
    try {
      this.#encryptor = key && createAesCryptEncryptor(key, out, { ciphers: loadNative()?.aesCbc })
    } catch (error) {
      this.discard()
      throw error
    }
  }

  /** @throws CoreError `SPOOL_FULL`, `SPOOL_FAILED`; the file is of no use then and should be discarded */
  write(bytes: Uint8Array): void {
    if (this.#encryptor === undefined) this.#store(bytes)
    else this.#encryptor.write(bytes)
  }

  /** Completes the file. @throws CoreError `SPOOL_FULL`, `SPOOL_FAILED` */
  finish(): { sizeBytes: number; hash: Uint8Array } {
    this.#encryptor?.finish()
    this.#close()
    return { sizeBytes: this.#sizeBytes, hash: new Uint8Array(this.#hasher.digest()) }
  }

  /** Removes the file. */
  discard(): void {
    this.#close()
    rmSync(this.path, { force: true })
  }

  #store(bytes: Uint8Array): void {
    this.#hasher.update(bytes)
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done)
      }
    } catch (error) {
      throw spoolError(error, dirname(this.path))
    }
    this.#sizeBytes += bytes.length
    this.#writeBehind()
  }

  /** Whole pieces only: what is still being added to would be written twice. */
  #writeBehind(): void {
    const from = this.#behindBytes
    const length = this.#sizeBytes - (this.#sizeBytes % PIECE_BYTES) - from
    if (length === 0) return
    this.#pages?.wrote(this.#fd, from, length)
    this.#behindBytes = from + length
  }

  #close(): void {
    if (!this.#open) return
    this.#open = false
    try {
      closeSync(this.#fd)
    } catch (error) {
      throw spoolError(error, dirname(this.path))
    }
  }
}
