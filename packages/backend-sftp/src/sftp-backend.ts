import { deleteInBatches, deleteInLanes, displayAddress, Pool, PooledBackend } from '@tercet/backend-kit'
import {
  type CallOptions,
  type Capabilities,
  capabilities,
  type DeleteFailure,
  type Quota,
  type StorageBackend,
  untilAborted
} from '@tercet/interface'
import { statusOf } from './sftp-errors.ts'
import { findExtensions, type SftpExtensions } from './sftp-extensions.ts'
import { SftpFiles } from './sftp-files.ts'
import { type ResolvedSftpOptions, resolveSftpOptions, type SftpBackendOptions } from './sftp-options.ts'
import { SftpSession } from './sftp-session.ts'

/** Deletions that one connection is asked for before the first is answered, so that the way there and back costs nothing. */
const DELETES_IN_FLIGHT = 16
/** Paths that one connection deletes before others get it. */
const DELETES_AT_A_TURN = 256

/**
 * Opens a backend on a folder of an SFTP server: logs in and finds out what the server can do. The folder need not exist:
 * `createFolder('')` makes it.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`; StorageError `STORAGE_UNTRUSTED` for a host key that is not known,
 * `STORAGE_ACCESS_DENIED`, `STORAGE_UNAVAILABLE`, `STORAGE_TIMEOUT`; the reason of the signal
 */
export async function openSftpBackend(
  options: SftpBackendOptions,
  callOptions?: CallOptions
): Promise<StorageBackend> {
  const resolved = resolveSftpOptions(options)
  const { host, port, path } = resolved
  const where = displayAddress({
    scheme: 'sftp',
    host,
    port: port === 22 ? undefined : port,
    path: path.replace(/^\/+/, '')
  })
  const pool = new Pool<SftpSession>({
    limit: resolved.maxConnections,
    open: (signal) => SftpSession.open(resolved, where, signal),
    close: (session) => session.close(),
    isUsable: ({ isOpen }) => isOpen
  })
  const signal = callOptions?.signal
  const extensions = await pool.use(signal, (session) => untilAborted(findExtensions(session), signal))
  return new SftpBackend(pool, resolved, where, extensions)
}

class SftpBackend extends PooledBackend<SftpSession, SftpFiles> {
  readonly scheme = 'sftp'
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly #root: string
  readonly #extensions: SftpExtensions
  readonly #maxConnections: number

  constructor(
    pool: Pool<SftpSession>,
    { clock, maxConnections, path }: ResolvedSftpOptions,
    displayName: string,
    extensions: SftpExtensions
  ) {
    super(pool, { clock, lanes: maxConnections })
    this.#root = path
    this.#extensions = extensions
    this.#maxConnections = maxConnections
    this.displayName = displayName
    this.capabilities = capabilities({
      atomicPut: true,
      conditionalPut: extensions.hardLink,
      rename: true,
      serverSideCopy: extensions.copyData,
      modifiedTimeResolutionMs: 1000,
      rangedGet: true,
      quota: extensions.statvfs,
      listing: 'immediate',
      nestedNames: true,
      createFolder: true
    })
  }

  override async quota(options?: CallOptions): Promise<Quota> {
    this.begin(options)
    if (!this.capabilities.quota) throw this.unsupported('quota')
    const space = await this.with(options, (files) => files.space())
    return { totalBytes: space.f_blocks * space.f_frsize, freeBytes: space.f_bavail * space.f_frsize }
  }

  override async deleteMany(
    paths: readonly string[],
    options?: CallOptions
  ): Promise<readonly DeleteFailure[]> {
    this.begin(options)
    return await deleteInBatches(paths, options, {
      batchSize: DELETES_AT_A_TURN,
      lanes: this.#maxConnections,
      deleteBatch: (batch, signal) =>
        this.with({ signal }, (files) =>
          deleteInLanes(batch, DELETES_IN_FLIGHT, { signal }, async (path) => {
            this.begin({ signal }, path)
            await files.remove(path)
          })
        )
    })
  }

  protected override filesOf(session: SftpSession): SftpFiles {
    return new SftpFiles(session, this.#extensions, this.#root, this.displayName)
  }

  protected override isAnswer(error: unknown): boolean {
    return statusOf(error) !== undefined
  }
}
