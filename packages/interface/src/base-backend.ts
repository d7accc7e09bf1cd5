import type { ByteSource } from './byte-source.ts'
import type { CallOptions } from './call-options.ts'
import type { Capabilities, ChecksumAlgorithm } from './capabilities.ts'
import { StorageError } from './errors.ts'
import { assertStoragePath } from './paths.ts'
import type {
  DeleteFailure,
  GetOptions,
  ListOptions,
  PutOptions,
  Quota,
  StorageBackend,
  StorageEntry
} from './storage-backend.ts'

/**
 * A start for a backend of one's own: what a store must do is abstract, what it may do rejects with
 * `STORAGE_UNSUPPORTED` until it is overridden. A method of one's own calls {@link BaseBackend.begin} first.
 */
export abstract class BaseBackend implements StorageBackend {
  #isClosed = false

  abstract readonly scheme: string
  abstract readonly displayName: string
  abstract readonly capabilities: Capabilities

  abstract list(options?: ListOptions): AsyncIterable<StorageEntry>
  abstract stat(path: string, options?: CallOptions): Promise<StorageEntry>
  abstract get(path: string, options?: GetOptions): AsyncIterable<Uint8Array>
  abstract put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry>
  abstract delete(path: string, options?: CallOptions): Promise<void>

  async deleteMany(paths: readonly string[], options?: CallOptions): Promise<readonly DeleteFailure[]> {
    this.begin(options)
    const failures: DeleteFailure[] = []
    for (const path of paths) {
      options?.signal?.throwIfAborted()
      try {
        await this.delete(path, options)
      } catch (error) {
        if (options?.signal?.aborted) throw options.signal.reason
        failures.push({ path, error })
      }
    }
    return failures
  }

  async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    this.begin(options, from, to)
    throw this.unsupported('rename')
  }

  async copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, from, to)
    throw this.unsupported('copy')
  }

  async createFolder(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, ...(path === '' ? [] : [path]))
    throw this.unsupported('createFolder')
  }

  async checksum(path: string, algorithm: ChecksumAlgorithm, options?: CallOptions): Promise<Uint8Array> {
    this.begin(options, path)
    throw this.unsupported(`checksum ${algorithm}`)
  }

  async quota(options?: CallOptions): Promise<Quota> {
    this.begin(options)
    throw this.unsupported('quota')
  }

  async setLock(path: string, _until: Date, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    throw this.unsupported('setLock')
  }

  async getLock(path: string, options?: CallOptions): Promise<Date | undefined> {
    this.begin(options, path)
    throw this.unsupported('getLock')
  }

  async restoreArchived(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    throw this.unsupported('restoreArchived')
  }

  async localFile(path: string, options?: CallOptions): Promise<string | undefined> {
    this.begin(options, path)
    return undefined
  }

  /** Ends the backend; every later call rejects with `STORAGE_CLOSED`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.close()
  }

  /** Frees what the backend holds; called once. */
  protected async close(): Promise<void> {}

  /**
   * What every method checks first.
   *
   * @throws StorageError `STORAGE_CLOSED` after disposal, `STORAGE_INVALID_PATH` for a path that breaks the rules; the reason
   * of a signal that was aborted
   */
  protected begin(options: CallOptions | undefined, ...paths: readonly string[]): void {
    if (this.#isClosed) {
      throw new StorageError('STORAGE_CLOSED', `${this.displayName} was closed`, {
        context: { scheme: this.scheme }
      })
    }
    for (const path of paths) assertStoragePath(path)
    options?.signal?.throwIfAborted()
  }

  /** The rejection of a method or option that this backend does not support. */
  protected unsupported(what: string): StorageError {
    return new StorageError('STORAGE_UNSUPPORTED', `${this.displayName} does not support ${what}`, {
      context: { scheme: this.scheme, what }
    })
  }
}
