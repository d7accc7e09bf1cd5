import { displayAddress, Pool, PooledBackend } from '@tercet/backend-kit'
import {
  type CallOptions,
  type Capabilities,
  capabilities,
  isTercetError,
  type Quota,
  type StorageBackend,
  untilAborted
} from '@tercet/interface'
import { SmbFiles } from './smb-files.ts'
import { type ResolvedSmbOptions, resolveSmbOptions, type SmbBackendOptions } from './smb-options.ts'
import { SmbProcess } from './smb-process.ts'

/**
 * Opens a backend on a folder of an SMB share: starts one smbclient, which logs in. The folder need not exist:
 * `createFolder('')` makes it.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`; StorageError `STORAGE_UNSUPPORTED` when smbclient is not installed,
 * `STORAGE_ACCESS_DENIED`, `STORAGE_NOT_FOUND` when there is no such share, `STORAGE_UNAVAILABLE`, `STORAGE_TIMEOUT`,
 * `STORAGE_UNTRUSTED` when it cannot encrypt as it was asked to; the reason of the signal
 */
export async function openSmbBackend(
  options: SmbBackendOptions,
  callOptions?: CallOptions
): Promise<StorageBackend> {
  const resolved = resolveSmbOptions(options)
  const { host, share, port, path } = resolved
  const where = displayAddress({ scheme: 'smb', host, port, path: path === '' ? share : `${share}/${path}` })
  const pool = new Pool<SmbProcess>({
    limit: resolved.maxConnections,
    open: (signal) => SmbProcess.start(resolved, where, signal),
    close: (smb) => smb.close(),
    isUsable: ({ isOpen }) => isOpen,
    isAlive: (smb) => smb.isAlive()
  })
  const signal = callOptions?.signal
  const hasSpace = await pool.use(signal, async (smb) => {
    const files = new SmbFiles(smb, path)
    return (await untilAborted(files.space(), signal)) !== undefined
  })
  return new SmbBackend(pool, resolved, where, hasSpace)
}

class SmbBackend extends PooledBackend<SmbProcess, SmbFiles> {
  readonly scheme = 'smb'
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly #path: string

  constructor(pool: Pool<SmbProcess>, options: ResolvedSmbOptions, displayName: string, hasSpace: boolean) {
    super(pool, { clock: options.clock, lanes: options.maxConnections })
    this.#path = options.path
    this.displayName = displayName
    this.capabilities = capabilities({
      atomicPut: true,
      conditionalPut: true,
      rename: true,
      serverSideCopy: true,
      modifiedTimeResolutionMs: 1000,
      rangedGet: true,
      quota: hasSpace,
      listing: 'immediate',
      nestedNames: true,
      createFolder: true
    })
  }

  override async quota(options?: CallOptions): Promise<Quota> {
    this.begin(options)
    if (!this.capabilities.quota) throw this.unsupported('quota')
    return (await this.with(options, (files) => files.space())) ?? {}
  }

  protected override filesOf(smb: SmbProcess): SmbFiles {
    return new SmbFiles(smb, this.#path)
  }

  protected override isAnswer(error: unknown): boolean {
    return isTercetError(error) && error.context['answered'] === true
  }
}
