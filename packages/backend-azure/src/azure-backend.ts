import type { HttpAgents } from '@tercet/backend-kit'
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
  type StorageBackend,
  type StorageEntry,
  StorageError,
  type StoreEndpoint
} from '@tercet/interface'
import { type AzureClient, createAzureClient } from './azure-client.ts'
import { endpointOf } from './azure-endpoint.ts'
import { blobProperties, entryOf } from './azure-entries.ts'
import { azureCodeOf } from './azure-errors.ts'
import { type AzureBackendOptions, type ResolvedAzureOptions, resolveAzureOptions } from './azure-options.ts'
import { AzureSession } from './azure-session.ts'
import { deleteBlob, deleteBlobs, MOST_DELETES } from './delete-blobs.ts'
import { listBlobs } from './list-blobs.ts'
import { putBlob } from './put-blob.ts'
import { readBlob } from './read-blob.ts'

const CAPABILITIES = capabilities({
  atomicPut: true,
  conditionalPut: true,
  serverSideCopy: true,
  deleteBatchSize: MOST_DELETES,
  checksums: Object.freeze(['MD5'] as const),
  modifiedTimeResolutionMs: 1000,
  rangedGet: true,
  resumablePut: true,
  archive: true,
  listing: 'immediate',
  nestedNames: true
})

/** How often it is looked whether a copy that the store makes has ended. */
const COPY_POLL_MS = 500

/**
 * A backend on a container of Azure Blob Storage. Does no I/O yet: the container is looked for by the first call.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`, `CONFIG_MISSING`
 */
export function createAzureBackend(options: AzureBackendOptions): StorageBackend {
  const resolved = resolveAzureOptions(options)
  return new AzureBackend(createAzureClient(resolved), resolved)
}

/** Makes the container of these options; resolves when it exists already. */
export async function createAzureContainer(
  options: AzureBackendOptions,
  callOptions?: CallOptions
): Promise<void> {
  const resolved = resolveAzureOptions(options)
  const client = createAzureClient(resolved)
  using _ = client.agents
  const session = new AzureSession(client, resolved)
  try {
    await session.request('create container', undefined, callOptions?.signal, (requestOptions) =>
      client.container.create(requestOptions)
    )
  } catch (error) {
    if (azureCodeOf(error) !== 'ContainerAlreadyExists') throw error
  }
}

class AzureBackend extends BaseBackend {
  readonly scheme = 'azure'
  readonly displayName: string
  readonly endpoint: StoreEndpoint
  readonly capabilities: Capabilities = CAPABILITIES
  readonly #session: AzureSession
  readonly #agents: HttpAgents

  constructor(client: AzureClient, options: ResolvedAzureOptions) {
    super()
    this.#session = new AzureSession(client, options)
    this.#agents = client.agents
    this.displayName = this.#session.where
    this.endpoint = endpointOf(client.container.url)
  }

  async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    this.begin(options)
    if (options?.under !== undefined) assertStoragePath(options.under)
    yield* listBlobs(this.#session, options)
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, path)
    return entryOf(path, await blobProperties(this.#session, 'stat', path, options?.signal))
  }

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.begin(options, path)
    yield* readBlob(this.#session, path, options)
  }

  async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    this.begin(options, path)
    if (options?.lockUntil !== undefined) throw this.unsupported('put with lockUntil')
    return await putBlob(this.#session, path, source, options)
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    await deleteBlob(this.#session, path, options)
  }

  override async deleteMany(
    paths: readonly string[],
    options?: CallOptions
  ): Promise<readonly DeleteFailure[]> {
    this.begin(options)
    return await deleteBlobs(this.#session, paths, options)
  }

  override async copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, from, to)
    const { url } = this.#session.blob(from) // with the signature, where that is how one is known
    await this.#session.request('copy', from, options?.signal, async (requestOptions) => {
      const poller = await this.#session
        .blob(to)
        .beginCopyFromURL(url, { ...requestOptions, intervalInMs: COPY_POLL_MS })
      await poller.pollUntilDone()
    })
    return await this.stat(to, options)
  }

  override async checksum(
    path: string,
    algorithm: ChecksumAlgorithm,
    options?: CallOptions
  ): Promise<Uint8Array> {
    this.begin(options, path)
    if (algorithm !== 'MD5') return await super.checksum(path, algorithm)
    const { contentMD5 } = await blobProperties(this.#session, 'checksum', path, options?.signal)
    if (contentMD5 !== undefined) return contentMD5
    throw new StorageError('STORAGE_UNSUPPORTED', `The store has no MD5 of ${JSON.stringify(path)}`, {
      context: { path, what: 'checksum' }
    })
  }

  override async restoreArchived(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    const { accessTier, archiveStatus } = await blobProperties(
      this.#session,
      'restoreArchived',
      path,
      options?.signal
    )
    if (accessTier !== 'Archive' || archiveStatus !== undefined) return
    await this.#session.request('restoreArchived', path, options?.signal, (requestOptions) =>
      this.#session.blob(path).setAccessTier(this.#session.options.restoreTier, requestOptions)
    )
  }

  protected override async close(): Promise<void> {
    this.#agents[Symbol.dispose]()
  }
}
