import { CreateBucketCommand, RestoreObjectCommand } from '@aws-sdk/client-s3'
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
  type StoreEndpoint
} from '@tercet/interface'
import { copyObject } from './copy-object.ts'
import { deleteObject, deleteObjects, MOST_DELETES } from './delete-objects.ts'
import { DirectRequests } from './direct-request.ts'
import { listObjects } from './list-objects.ts'
import { extendLock, readLock } from './object-locks.ts'
import { putObject } from './put-object.ts'
import { readChecksum } from './read-checksum.ts'
import { readObject } from './read-object.ts'
import { createS3Client } from './s3-client.ts'
import { endpointOf } from './s3-endpoint.ts'
import { entryOfHead, headObject } from './s3-entries.ts'
import { s3CodeOf } from './s3-errors.ts'
import { type ResolvedS3Options, resolveS3Options, type S3BackendOptions } from './s3-options.ts'
import { S3Session } from './s3-session.ts'

/**
 * A backend on a bucket of Amazon S3 or of a store that is compatible with it. Does no I/O yet: the bucket is looked for
 * by the first call.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`
 */
export function createS3Backend(options: S3BackendOptions): StorageBackend {
  return new S3Backend(resolveS3Options(options))
}

/**
 * Makes the bucket of these options, with object locks where a `lockMode` is given. Resolves when one's own bucket
 * exists already.
 *
 * @throws StorageError also `STORAGE_EXISTS` when the name belongs to somebody else
 */
export async function createS3Bucket(options: S3BackendOptions, callOptions?: CallOptions): Promise<void> {
  const resolved = resolveS3Options(options)
  const { client, agents } = createS3Client(resolved)
  using _ = agents
  const session = new S3Session(client, resolved)
  const needsPlace = resolved.isAmazon && resolved.region !== 'us-east-1'
  try {
    await session.request('create bucket', undefined, callOptions?.signal, (requestOptions) =>
      client.send(
        new CreateBucketCommand({
          Bucket: resolved.bucket,
          ...(resolved.lockMode === undefined ? {} : { ObjectLockEnabledForBucket: true }),
          ...(needsPlace
            ? { CreateBucketConfiguration: { LocationConstraint: resolved.region as 'eu-west-1' } }
            : {})
        }),
        requestOptions
      )
    )
  } catch (error) {
    if (s3CodeOf(error) !== 'BucketAlreadyOwnedByYou') throw error
  }
}

class S3Backend extends BaseBackend {
  readonly scheme = 's3'
  readonly displayName: string
  readonly endpoint: StoreEndpoint
  readonly capabilities: Capabilities
  readonly #session: S3Session
  readonly #agents: HttpAgents

  constructor(options: ResolvedS3Options) {
    super()
    const { client, agents } = createS3Client(options)
    // Amazon's own hosts, and what they ask for besides, are left to the client.
    const { endpoint } = options
    const direct =
      endpoint === undefined || options.isAmazon
        ? undefined
        : new DirectRequests(client, agents, endpoint, options)
    this.#session = new S3Session(client, options, direct)
    this.#agents = agents
    this.displayName = this.#session.where
    this.endpoint = endpointOf(options.endpoint)
    this.capabilities = promisesOf(options)
  }

  async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    this.begin(options)
    if (options?.under !== undefined) assertStoragePath(options.under)
    yield* listObjects(this.#session, options)
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, path)
    return entryOfHead(this.#session, path, await headObject(this.#session, 'stat', path, options?.signal))
  }

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.begin(options, path)
    yield* readObject(this.#session, path, options)
  }

  async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    this.begin(options, path)
    const isConditional = options?.ifAbsent === true || options?.ifMatch !== undefined
    if (isConditional && !this.capabilities.conditionalPut) throw this.unsupported('put with a condition')
    if (options?.lockUntil !== undefined && !this.capabilities.objectLock)
      throw this.unsupported('put with lockUntil')
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
    return await deleteObjects(this.#session, paths, options)
  }

  override async copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, from, to)
    return await copyObject(this.#session, from, to, options)
  }

  override async checksum(
    path: string,
    algorithm: ChecksumAlgorithm,
    options?: CallOptions
  ): Promise<Uint8Array> {
    this.begin(options, path)
    if (!this.capabilities.checksums.includes(algorithm)) return await super.checksum(path, algorithm)
    return await readChecksum(this.#session, path, algorithm, options?.signal)
  }

  override async setLock(path: string, until: Date, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    if (!this.capabilities.objectLock) return await super.setLock(path, until)
    await extendLock(this.#session, path, until, options)
  }

  override async getLock(path: string, options?: CallOptions): Promise<Date | undefined> {
    this.begin(options, path)
    if (!this.capabilities.objectLock) return await super.getLock(path)
    return (await readLock(this.#session, 'getLock', path, options))?.until
  }

  override async restoreArchived(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    if (!this.capabilities.archive) return await super.restoreArchived(path)
    if (!(await this.stat(path, options)).archived) return
    const session = this.#session
    try {
      await session.request('restoreArchived', path, options?.signal, (requestOptions) =>
        session.client.send(
          new RestoreObjectCommand({
            ...session.at(path),
            RestoreRequest: { Days: session.options.restoreDays, GlacierJobParameters: { Tier: 'Standard' } }
          }),
          requestOptions
        )
      )
    } catch (error) {
      if (s3CodeOf(error) !== 'RestoreAlreadyInProgress') throw error
    }
  }

  protected override async close(): Promise<void> {
    this.#session.client.destroy()
    this.#agents[Symbol.dispose]()
  }
}

function promisesOf(options: ResolvedS3Options): Capabilities {
  const checksums: ChecksumAlgorithm[] = []
  if (options.etagIsMd5) checksums.push('MD5')
  if (options.crc32) checksums.push('CRC32')
  return capabilities({
    atomicPut: true,
    conditionalPut: options.conditionalPut,
    serverSideCopy: true,
    deleteBatchSize: options.batchDelete ? MOST_DELETES : 1,
    checksums: Object.freeze(checksums),
    modifiedTimeResolutionMs: 1000,
    rangedGet: true,
    resumablePut: options.etagIsMd5,
    objectLock: options.lockMode !== undefined,
    archive: options.archiveClasses.length > 0,
    listing: 'immediate',
    nestedNames: true
  })
}
