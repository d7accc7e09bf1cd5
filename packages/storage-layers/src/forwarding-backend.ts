import type {
  ByteSource,
  CallOptions,
  Capabilities,
  ChecksumAlgorithm,
  DeleteFailure,
  GetOptions,
  ListOptions,
  LocalFolder,
  PromiseMethod,
  PutOptions,
  Quota,
  StorageBackend,
  StorageEntry,
  StoreEndpoint
} from '@tercet/interface'

/**
 * A start for a layer: passes every call on to the backend inside. A layer that treats all calls alike overrides
 * `around`, and `list`, `get` and `put` where bytes or entries flow.
 */
export abstract class ForwardingBackend implements StorageBackend {
  readonly scheme: string
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly localFolder: LocalFolder | undefined
  readonly endpoint: StoreEndpoint | undefined
  protected readonly inner: StorageBackend

  constructor(inner: StorageBackend) {
    this.scheme = inner.scheme
    this.displayName = inner.displayName
    this.capabilities = inner.capabilities
    this.localFolder = inner.localFolder
    this.endpoint = inner.endpoint
    this.inner = inner
  }

  list(options?: ListOptions): AsyncIterable<StorageEntry> {
    return this.inner.list(options)
  }

  get(path: string, options?: GetOptions): AsyncIterable<Uint8Array> {
    return this.inner.get(path, options)
  }

  put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    return this.around('put', options, (passed) => this.inner.put(path, source, { ...options, ...passed }))
  }

  stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    return this.around('stat', options, (passed) => this.inner.stat(path, passed))
  }

  delete(path: string, options?: CallOptions): Promise<void> {
    return this.around('delete', options, (passed) => this.inner.delete(path, passed))
  }

  deleteMany(paths: readonly string[], options?: CallOptions): Promise<readonly DeleteFailure[]> {
    return this.around('deleteMany', options, (passed) => this.inner.deleteMany(paths, passed))
  }

  rename(from: string, to: string, options?: CallOptions): Promise<void> {
    return this.around('rename', options, (passed) => this.inner.rename(from, to, passed))
  }

  copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry> {
    return this.around('copy', options, (passed) => this.inner.copy(from, to, passed))
  }

  createFolder(path: string, options?: CallOptions): Promise<void> {
    return this.around('createFolder', options, (passed) => this.inner.createFolder(path, passed))
  }

  checksum(path: string, algorithm: ChecksumAlgorithm, options?: CallOptions): Promise<Uint8Array> {
    return this.around('checksum', options, (passed) => this.inner.checksum(path, algorithm, passed))
  }

  quota(options?: CallOptions): Promise<Quota> {
    return this.around('quota', options, (passed) => this.inner.quota(passed))
  }

  setLock(path: string, until: Date, options?: CallOptions): Promise<void> {
    return this.around('setLock', options, (passed) => this.inner.setLock(path, until, passed))
  }

  getLock(path: string, options?: CallOptions): Promise<Date | undefined> {
    return this.around('getLock', options, (passed) => this.inner.getLock(path, passed))
  }

  restoreArchived(path: string, options?: CallOptions): Promise<void> {
    return this.around('restoreArchived', options, (passed) => this.inner.restoreArchived(path, passed))
  }

  localFile(path: string, options?: CallOptions): Promise<string | undefined> {
    return this.around('localFile', options, (passed) => this.inner.localFile(path, passed))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inner[Symbol.asyncDispose]()
  }

  /** Makes one call; `call` may be called again, and with another signal. */
  protected around<T>(
    _method: PromiseMethod,
    options: CallOptions | undefined,
    call: (options: CallOptions | undefined) => Promise<T>
  ): Promise<T> {
    return call(options)
  }
}
