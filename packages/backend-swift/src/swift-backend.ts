import { createHttpAgents } from '@tercet/backend-kit'
import {
  assertStoragePath,
  BaseBackend,
  type ByteSource,
  type CallOptions,
  type Capabilities,
  type ChecksumAlgorithm,
  capabilities,
  type DeleteFailure,
  type GetOptions,
  type ListOptions,
  type PutOptions,
  type Quota,
  type StorageBackend,
  type StorageEntry,
  StorageError,
  type StoreEndpoint
} from '@tercet/interface'
import { deleteObject, deleteObjects } from './delete-objects.ts'
import { listObjects } from './list-objects.ts'
import { putObject } from './put-object.ts'
import { headObject, readObject } from './read-object.ts'
import { readServiceInfo, type ServiceInfo } from './service-info.ts'
import { headerOf } from './swift-auth.ts'
import { resolveSwiftOptions, type SwiftBackendOptions } from './swift-options.ts'
import { SwiftSession } from './swift-session.ts'

/**
 * A backend on a container of OpenStack Object Storage. Logs in and asks what the service can do.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`, `CONFIG_MISSING`
 * @throws StorageError `STORAGE_ACCESS_DENIED`, `STORAGE_UNAVAILABLE` and others, when one cannot log in
 */
export async function openSwiftBackend(
  options: SwiftBackendOptions,
  callOptions?: CallOptions
): Promise<StorageBackend> {
  const session = newSession(options)
  try {
    return new SwiftBackend(session, await readServiceInfo(session, callOptions?.signal))
  } catch (error) {
    session.agents[Symbol.dispose]()
    throw error
  }
}

/** Makes the container of these options; resolves when it exists already. */
export async function createSwiftContainer(
  options: SwiftBackendOptions,
  callOptions?: CallOptions
): Promise<void> {
  const session = newSession(options)
  using _ = session.agents
  await session.command(
    'create container',
    { method: 'PUT', headers: { 'content-length': '0' } },
    callOptions?.signal
  )
}

function newSession(options: SwiftBackendOptions): SwiftSession {
  const resolved = resolveSwiftOptions(options)
  const { trust, proxy, maxConnections: maxSockets } = resolved
  return new SwiftSession(createHttpAgents({ trust, proxy, maxSockets }), resolved)
}

class SwiftBackend extends BaseBackend {
  readonly scheme = 'openstack'
  readonly displayName: string
  readonly endpoint: StoreEndpoint
  readonly capabilities: Capabilities
  readonly #session: SwiftSession

  constructor(session: SwiftSession, { maxDeletes, maxFileSizeBytes }: ServiceInfo) {
    super()
    this.#session = session
    this.displayName = session.where
    this.endpoint = { host: new URL(session.options.authUrl).hostname }
    this.capabilities = capabilities({
      atomicPut: true,
      serverSideCopy: true,
      deleteBatchSize: maxDeletes,
      checksums: Object.freeze(['MD5'] as const),
      modifiedTimeResolutionMs: 1000,
      rangedGet: true,
      quota: true,
      listing: 'eventual',
      nestedNames: true,
      maxFileSizeBytes
    })
  }

  async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    this.begin(options)
    if (options?.under !== undefined) assertStoragePath(options.under)
    yield* listObjects(this.#session, options)
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, path)
    return await headObject(this.#session, 'stat', path, options?.signal)
  }

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.begin(options, path)
    yield* readObject(this.#session, path, options)
  }

  async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    this.begin(options, path)
    // The service looks before it stores, and of several that look at the same time all may find nothing.
    if (options?.ifAbsent === true || options?.ifMatch !== undefined)
      throw this.unsupported('put with a condition')
    if (options?.lockUntil !== undefined) throw this.unsupported('put with lockUntil')
    const { maxFileSizeBytes: most = Number.POSITIVE_INFINITY } = this.capabilities
    if (source.size > most)
      throw new StorageError(
        'STORAGE_FULL',
        `Cannot put ${JSON.stringify(path)}: objects may have ${most} bytes, not ${source.size}`,
        { context: { path, sizeBytes: source.size } }
      )
    return await putObject(this.#session, path, source, options)
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    await deleteObject(this.#session, path, options)
  }

  override async deleteMany(
    paths: readonly string[],
    options?: CallOptions
  ): Promise<readonly DeleteFailure[]> {
    this.begin(options)
    return await deleteObjects(this.#session, paths, this.capabilities.deleteBatchSize, options)
  }

  override async copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, from, to)
    const headers = { 'x-copy-from': `/${this.#session.encoded(from)}`, 'content-length': '0' }
    await this.#session.command('copy', { method: 'PUT', path: to, headers }, options?.signal)
    return await headObject(this.#session, 'copy', to, options?.signal)
  }

  override async checksum(
    path: string,
    algorithm: ChecksumAlgorithm,
    options?: CallOptions
  ): Promise<Uint8Array> {
    this.begin(options, path)
    if (algorithm !== 'MD5') return await super.checksum(path, algorithm)
    const { tag = '' } = await headObject(this.#session, 'checksum', path, options?.signal)
    if (/^[0-9a-f]{32}$/.test(tag)) return Buffer.from(tag, 'hex')
    throw new StorageError('STORAGE_UNSUPPORTED', `The store has no MD5 of ${JSON.stringify(path)}`, {
      context: { path, what: 'checksum' }
    })
  }

  /** The quota of the container, else that of the account. */
  override async quota(options?: CallOptions): Promise<Quota> {
    this.begin(options)
    for (const level of ['container', 'account'] as const) {
      const answer = await this.#session.command('quota', { method: 'HEAD', of: level }, options?.signal)
      const total = Number(headerOf(answer, `x-${level}-meta-quota-bytes`) ?? Number.NaN)
      const used = Number(headerOf(answer, `x-${level}-bytes-used`) ?? Number.NaN)
      if (Number.isNaN(total)) continue
      return { totalBytes: total, ...(Number.isNaN(used) ? {} : { freeBytes: Math.max(0, total - used) }) }
    }
    return {}
  }

  protected override async close(): Promise<void> {
    this.#session.agents[Symbol.dispose]()
  }
}
