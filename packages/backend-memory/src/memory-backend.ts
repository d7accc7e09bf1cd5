import {
  assertStoragePath,
  BaseBackend,
  type ByteSource,
  type CallOptions,
  type Capabilities,
  type ChecksumAlgorithm,
  type DeleteFailure,
  type GetOptions,
  isListed,
  isRanged,
  type ListOptions,
  type PutOptions,
  type Quota,
  resolveRange,
  type StorageBackend,
  type StorageEntry,
  StorageError
} from '@tercet/interface'
import { memoryChecksum } from './memory-checksum.ts'
import { changed, full, taken } from './memory-errors.ts'
import { type MemoryObject, MemoryObjects, type MemorySnapshot } from './memory-objects.ts'
import {
  type MemoryBackendOptions,
  type ResolvedMemoryOptions,
  resolveMemoryOptions
} from './memory-options.ts'
import { assertDigest, readAll } from './read-source.ts'

/** A backend whose content can be looked at, kept and put back; it outlives the disposal of the backend. */
export interface MemoryBackend extends StorageBackend {
  /** What the store holds now. Cheap: the bytes are shared, since they are never changed. */
  snapshot(): MemorySnapshot
  /** Makes the store hold what it held then. */
  restore(snapshot: MemorySnapshot): void
  /** Moves an object to cold storage, from where `restoreArchived` brings it back at once. */
  archive(path: string): void
}

/** A backend that keeps everything in memory, for tests and examples. */
export function createMemoryBackend(options: MemoryBackendOptions = {}): MemoryBackend {
  return new InMemoryBackend(resolveMemoryOptions(options))
}

class InMemoryBackend extends BaseBackend implements MemoryBackend {
  readonly scheme = 'memory'
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly #options: ResolvedMemoryOptions
  readonly #objects = new MemoryObjects()

  constructor(options: ResolvedMemoryOptions) {
    super()
    this.#options = options
    this.displayName = `memory:${options.name}`
    this.capabilities = options.capabilities
    if (options.content !== undefined) this.#objects.restore(options.content)
  }

  snapshot(): MemorySnapshot {
    return this.#objects.snapshot()
  }

  restore(snapshot: MemorySnapshot): void {
    this.#objects.restore(snapshot)
  }

  archive(path: string): void {
    const object = this.#objects.get(path)
    this.#objects.set(path, { ...object, archived: true }, object.tag)
  }

  async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    this.begin(options)
    if (options?.under !== undefined) assertStoragePath(options.under)
    for (const [path, object] of this.#objects.entries()) {
      options?.signal?.throwIfAborted()
      if (isListed(path, options)) yield this.#entry(path, object)
    }
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, path)
    return this.#entry(path, this.#objects.get(path))
  }

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.begin(options, path)
    if (isRanged(options) && !this.capabilities.rangedGet) throw this.unsupported('get of a range')
    resolveRange(options, 0)
    const { bytes } = this.#readable(path)
    const { start, end } = resolveRange(options, bytes.byteLength)
    for (let position = start; position < end; position += this.#options.chunkBytes) {
      options?.signal?.throwIfAborted()
      yield bytes.slice(position, Math.min(end, position + this.#options.chunkBytes))
    }
  }

  async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    this.begin(options, path)
    this.#assertPutOptions(options)
    this.#assertPlace(path)
    const bytes = await readAll(source, options)
    options?.signal?.throwIfAborted()
    if (options?.sha256 !== undefined) assertDigest(path, bytes, options.sha256)
    return this.#store(path, bytes, options)
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    this.#objects.assertUnlocked(path, this.#options.clock.now())
    this.#objects.delete(path)
  }

  override async deleteMany(
    paths: readonly string[],
    options?: CallOptions
  ): Promise<readonly DeleteFailure[]> {
    this.begin(options)
    return await super.deleteMany(paths, options)
  }

  override async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    this.begin(options, from, to)
    if (!this.capabilities.rename) return await super.rename(from, to)
    this.#assertPlace(to)
    const object = this.#objects.get(from)
    for (const path of [from, to]) this.#objects.assertUnlocked(path, this.#options.clock.now())
    this.#objects.delete(from)
    this.#objects.set(to, object, object.tag)
  }

  override async copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, from, to)
    if (!this.capabilities.serverSideCopy) return await super.copy(from, to)
    this.#assertPlace(to)
    return this.#store(to, this.#readable(from).bytes, undefined)
  }

  override async createFolder(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, ...(path === '' ? [] : [path]))
    if (!this.capabilities.createFolder) return await super.createFolder(path)
    if (path !== '') this.#objects.addFolders(path)
  }

  override async checksum(
    path: string,
    algorithm: ChecksumAlgorithm,
    options?: CallOptions
  ): Promise<Uint8Array> {
    this.begin(options, path)
    const known = this.capabilities.checksums.includes(algorithm)
    const digest = known ? memoryChecksum(algorithm, this.#objects.get(path).bytes) : undefined
    return digest ?? (await super.checksum(path, algorithm))
  }

  override async quota(options?: CallOptions): Promise<Quota> {
    this.begin(options)
    if (!this.capabilities.quota) return await super.quota()
    const { capacityBytes } = this.#options
    if (capacityBytes === Number.POSITIVE_INFINITY) return {}
    return { totalBytes: capacityBytes, freeBytes: Math.max(0, capacityBytes - this.#objects.usedBytes) }
  }

  override async setLock(path: string, until: Date, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    if (!this.capabilities.objectLock) return await super.setLock(path, until)
    const object = this.#objects.get(path)
    const lockedUntilMs = Math.max(object.lockedUntilMs ?? 0, until.getTime())
    this.#objects.set(path, { ...object, lockedUntilMs }, object.tag)
  }

  override async getLock(path: string, options?: CallOptions): Promise<Date | undefined> {
    this.begin(options, path)
    if (!this.capabilities.objectLock) return await super.getLock(path)
    const { lockedUntilMs } = this.#objects.get(path)
    return lockedUntilMs === undefined ? undefined : new Date(lockedUntilMs)
  }

  override async restoreArchived(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    if (!this.capabilities.archive) return await super.restoreArchived(path)
    const object = this.#objects.get(path)
    this.#objects.set(path, { ...object, archived: false }, object.tag)
  }

  override async localFile(path: string, options?: CallOptions): Promise<undefined> {
    this.begin(options, path)
  }

  #assertPutOptions(options: PutOptions | undefined): void {
    const conditional = options?.ifAbsent === true || options?.ifMatch !== undefined
    if (conditional && !this.capabilities.conditionalPut) throw this.unsupported('put with a condition')
    if (options?.lockUntil !== undefined && !this.capabilities.objectLock)
      throw this.unsupported('put with lockUntil')
  }

  /** Rejects where an object with this path cannot be. */
  #assertPlace(path: string): void {
    if (path.includes('/') && !this.capabilities.nestedNames) {
      throw new StorageError(
        'STORAGE_INVALID_PATH',
        `${this.displayName} has no folders: ${JSON.stringify(path)}`,
        {
          context: { path }
        }
      )
    }
    if (this.capabilities.createFolder) this.#objects.assertFolderOf(path)
  }

  // Without a wait between the checks and the change, so that concurrent puts cannot come between.
  #store(path: string, bytes: Uint8Array, options: PutOptions | undefined): StorageEntry {
    const present = this.#objects.peek(path)
    if (options?.ifAbsent && present !== undefined) throw taken(path)
    if (options?.ifMatch !== undefined && present?.tag !== options.ifMatch) throw changed(path)
    const nowMs = this.#options.clock.now()
    this.#objects.assertUnlocked(path, nowMs)
    this.#assertRoom(path, bytes.byteLength - (present?.bytes.byteLength ?? 0), bytes.byteLength)
    const lockedUntilMs = options?.lockUntil?.getTime()
    return this.#entry(path, this.#objects.set(path, { bytes, modifiedAtMs: nowMs, lockedUntilMs }))
  }

  #assertRoom(path: string, growth: number, size: number): void {
    const { maxFileSizeBytes } = this.capabilities
    if (maxFileSizeBytes !== undefined && size > maxFileSizeBytes) {
      throw full(path, `objects may have ${maxFileSizeBytes} bytes, not ${size}`)
    }
    if (this.#objects.usedBytes + growth <= this.#options.capacityBytes) return
    throw full(path, `the capacity of ${this.#options.capacityBytes} bytes is used up`)
  }

  #readable(path: string): MemoryObject {
    const object = this.#objects.get(path)
    if (!object.archived) return object
    throw new StorageError('STORAGE_ARCHIVED', `${JSON.stringify(path)} is archived; restore it first`, {
      context: { path }
    })
  }

  #entry(path: string, object: MemoryObject): StorageEntry {
    const { modifiedTimeResolutionMs: resolution, conditionalPut, archive } = this.capabilities
    return {
      path,
      sizeBytes: object.bytes.byteLength,
      ...(resolution === undefined
        ? {}
        : { modifiedAt: new Date(Math.floor(object.modifiedAtMs / resolution) * resolution) }),
      ...(conditionalPut ? { tag: object.tag } : {}),
      ...(archive ? { archived: object.archived === true } : {})
    }
  }
}
