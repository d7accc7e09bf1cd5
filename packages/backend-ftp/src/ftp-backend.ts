import { displayAddress, Pool, PooledBackend } from '@tercet/backend-kit'
import { type CallOptions, type Capabilities, capabilities, type StorageBackend } from '@tercet/interface'
import { replyOf } from './ftp-errors.ts'
import { FtpFiles, type FtpPlace } from './ftp-files.ts'
import { type FtpBackendOptions, type ResolvedFtpOptions, resolveFtpOptions } from './ftp-options.ts'
import { FtpSession } from './ftp-session.ts'

/**
 * Opens a backend on a folder of an FTP server: logs in and finds out what the server can do. The folder need not exist:
 * `createFolder('')` makes it.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`; StorageError `STORAGE_ACCESS_DENIED`, `STORAGE_UNTRUSTED`,
 * `STORAGE_UNAVAILABLE`, `STORAGE_TIMEOUT`, `STORAGE_UNSUPPORTED` for a server without the TLS that was asked for; the reason of
 * the signal
 */
export async function openFtpBackend(
  options: FtpBackendOptions,
  callOptions?: CallOptions
): Promise<StorageBackend> {
  const resolved = resolveFtpOptions(options)
  const { host, port, path, encryption } = resolved
  const scheme = encryption === 'none' ? 'ftp' : 'ftps'
  const where = displayAddress({
    scheme,
    host,
    port: port === 21 ? undefined : port,
    path: path.replace(/^\/+/, '')
  })
  const pool = new Pool<FtpSession>({
    limit: resolved.maxConnections,
    open: (signal) => FtpSession.open(resolved, where, signal),
    close: (session) => session.close(),
    isUsable: ({ isOpen }) => isOpen
  })
  const known = await pool.use(callOptions?.signal, async ({ home, features }) => ({ home, features }))
  return new FtpBackend(pool, resolved, scheme, where, known)
}

interface KnownServer {
  readonly home: string
  readonly features: ReadonlySet<string>
}

class FtpBackend extends PooledBackend<FtpSession, FtpFiles> {
  readonly scheme: string
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly #place: FtpPlace

  constructor(
    pool: Pool<FtpSession>,
    { clock, maxConnections, path }: ResolvedFtpOptions,
    scheme: string,
    displayName: string,
    { home, features }: KnownServer
  ) {
    super(pool, { clock, lanes: maxConnections })
    const root = (path.startsWith('/') ? path : `${home}/${path}`)
      .replaceAll(/\/{2,}/g, '/')
      .replace(/\/$/, '')
    this.#place = { root, where: displayName, clock }
    this.scheme = scheme
    this.displayName = displayName
    this.capabilities = capabilities({
      atomicPut: true,
      rename: true,
      modifiedTimeResolutionMs: features.has('MLST') ? 1000 : undefined,
      rangedGet: true,
      listing: 'immediate',
      nestedNames: true,
      createFolder: true
    })
  }

  protected override filesOf(session: FtpSession): FtpFiles {
    return new FtpFiles(session, this.#place)
  }

  protected override isAnswer(error: unknown): boolean {
    return replyOf(error) !== undefined
  }
}
