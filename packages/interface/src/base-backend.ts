import type { ByteSource } from './byte-source.ts'
import type { CallOptions } from './call-options.ts'
import type { Capabilities, ChecksumAlgorithm } from './capabilities.ts'
import { StorageError } from './errors.ts'
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
 * `STORAGE_UNSUPPORTED` until it is overridden.
 */
export abstract class BaseBackend implements StorageBackend {
  abstract readonly scheme: string
  abstract readonly displayName: string
  abstract readonly capabilities: Capabilities

  abstract list(options?: ListOptions): AsyncIterable<StorageEntry>
  abstract stat(path: string, options?: CallOptions): Promise<StorageEntry>
  abstract get(path: string, options?: GetOptions): AsyncIterable<Uint8Array>
  abstract put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry>
  abstract delete(path: string, options?: CallOptions): Promise<void>

  async deleteMany(paths: readonly string[], options?: CallOptions): Promise<readonly DeleteFailure[]> {
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

  async rename(_from: string, _to: string, _options?: CallOptions): Promise<void> {
    throw this.unsupported('rename')
  }

  async copy(_from: string, _to: string, _options?: CallOptions): Promise<StorageEntry> {
    throw this.unsupported('copy')
  }

  async createFolder(_path: string, _options?: CallOptions): Promise<void> {
    throw this.unsupported('createFolder')
  }

  async checksum(_path: string, algorithm: ChecksumAlgorithm, _options?: CallOptions): Promise<Uint8Array> {
    throw this.unsupported(`checksum ${algorithm}`)
  }

  async quota(_options?: CallOptions): Promise<Quota> {
    throw this.unsupported('quota')
  }

  async setLock(_path: string, _until: Date, _options?: CallOptions): Promise<void> {
    throw this.unsupported('setLock')
  }

  async getLock(_path: string, _options?: CallOptions): Promise<Date | undefined> {
    throw this.unsupported('getLock')
  }

  async restoreArchived(_path: string, _options?: CallOptions): Promise<void> {
    throw this.unsupported('restoreArchived')
  }

  async localFile(_path: string, _options?: CallOptions): Promise<string | undefined> {
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** The rejection of a method or option that this backend does not support. */
  protected unsupported(what: string): StorageError {
    return new StorageError('STORAGE_UNSUPPORTED', `${this.displayName} does not support ${what}`, {
      context: { scheme: this.scheme, what }
    })
  }
}
