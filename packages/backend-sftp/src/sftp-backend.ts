import {
  displayAddress,
  incoming,
  isTemporaryName,
  type Lease,
  outgoing,
  Pool,
  temporaryName,
  UnfinishedUploads
} from '@tercet/backend-kit'
import {
  abortable,
  assertStoragePath,
  BaseBackend,
  type ByteSource,
  type CallOptions,
  type Capabilities,
  capabilities,
  type DeleteFailure,
  type GetOptions,
  isListed,
  isTercetError,
  type ListOptions,
  type PutOptions,
  type Quota,
  resolveRange,
  type StorageBackend,
  type StorageEntry,
  StorageError,
  untilAborted
} from '@tercet/interface'
import type { Attributes, FolderItem } from 'ssh2'
import { sftpError, statusOf } from './sftp-errors.ts'
import { findExtensions, type SftpExtensions, SftpFiles } from './sftp-files.ts'
import { type ResolvedSftpOptions, resolveSftpOptions, type SftpBackendOptions } from './sftp-options.ts'
import { SftpSession } from './sftp-session.ts'
import { readFile, writeFile } from './sftp-transfer.ts'

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

class SftpBackend extends BaseBackend {
  readonly scheme = 'sftp'
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly #pool: Pool<SftpSession>
  readonly #options: ResolvedSftpOptions
  readonly #extensions: SftpExtensions
  readonly #unfinished: UnfinishedUploads

  constructor(
    pool: Pool<SftpSession>,
    options: ResolvedSftpOptions,
    displayName: string,
    extensions: SftpExtensions
  ) {
    super()
    this.#pool = pool
    this.#options = options
    this.#extensions = extensions
    this.displayName = displayName
    this.#unfinished = new UnfinishedUploads(
      (path, call) => this.#with(call, (files) => files.remove(path)),
      options.clock
    )
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

  async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    this.#begin(options, ...(options?.under === undefined ? [] : [options.under]))
    const folders = [options?.under ?? '']
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const prefix = folder === '' ? '' : `${folder}/`
      for (const { filename, attrs } of await this.#folder(folder, options)) {
        options?.signal?.throwIfAborted()
        const path = prefix + filename
        if (filename === '.' || filename === '..' || !isStoragePath(path)) continue
        if (attrs.isDirectory()) {
          if (options?.recursive !== false) folders.push(path)
        } else if (isTemporaryName(filename))
          this.#unfinished.note(this.#file(path), new Date(attrs.mtime * 1000))
        else if (attrs.isFile() && isListed(path, options)) yield entryOf(path, attrs)
      }
    }
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.#begin(options, path)
    return entryOf(path, await this.#with(options, (files) => this.#find(files, path)))
  }

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.#begin(options, path)
    resolveRange(options, 0)
    const lease = await this.#pool.lease(options?.signal)
    let isWell = false
    try {
      yield* abortable(this.#read(lease, path, options), options?.signal)
      isWell = true
    } catch (error) {
      if (options?.signal?.aborted) throw options.signal.reason
      const translated = sftpError(error, { where: this.displayName, call: 'get', path })
      isWell = isAnswer(translated)
      throw translated
    } finally {
      await lease.release(isWell)
    }
  }

  async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    this.#begin(options, path)
    if (options?.ifAbsent && !this.#extensions.hardLink) throw this.unsupported('put with ifAbsent')
    if (options?.ifMatch !== undefined) throw this.unsupported('put with ifMatch')
    if (options?.lockUntil !== undefined) throw this.unsupported('put with lockUntil')
    this.#unfinished.removeAbandoned()
    return await this.#publish(path, options, async (files, temporary, session) => {
      await files.withFile(temporary, 'wx', (handle) =>
        writeFile(session, handle, outgoing(source, options), (error) =>
          this.#whyNotWritten(error, files, path)
        )
      )
      const stored = await files.look(temporary)
      if (stored.size !== source.size) throw this.#cut(path, source.size, stored.size)
      return stored
    })
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    this.#begin(options, path)
    await this.#with(options, (files) => files.remove(this.#file(path)))
  }

  override async deleteMany(
    paths: readonly string[],
    options?: CallOptions
  ): Promise<readonly DeleteFailure[]> {
    this.begin(options)
    const failures: DeleteFailure[] = []
    const queue = [...paths]
    const lane = async (): Promise<void> => {
      for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
        try {
          await this.delete(path, options)
        } catch (error) {
          options?.signal?.throwIfAborted()
          failures.push({ path, error })
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(this.#options.maxConnections, queue.length) }, lane))
    return failures
  }

  override async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    this.#begin(options, from, to)
    await this.#with(options, async (files) => {
      await this.#find(files, from)
      if (from !== to) await files.replace(this.#file(from), this.#file(to))
    })
  }

  override async copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry> {
    this.#begin(options, from, to)
    if (!this.#extensions.copyData) throw this.unsupported('copy')
    return await this.#publish(to, options, async (files, temporary) => {
      await this.#find(files, from)
      await files.copy(this.#file(from), temporary)
      return await files.look(temporary)
    })
  }

  override async createFolder(path: string, options?: CallOptions): Promise<void> {
    this.#begin(options, ...(path === '' ? [] : [path]))
    await this.#with(options, (files) => files.makeFolder(this.#file(path)))
  }

  override async quota(options?: CallOptions): Promise<Quota> {
    this.begin(options)
    if (!this.#extensions.statvfs) throw this.unsupported('quota')
    const space = await this.#with(options, (files) => files.space(this.#file('')))
    return { totalBytes: space.f_blocks * space.f_frsize, freeBytes: space.f_bavail * space.f_frsize }
  }

  protected override async close(): Promise<void> {
    await this.#unfinished.settled()
    await this.#pool.close()
  }

  #begin(options: CallOptions | undefined, ...paths: readonly string[]): void {
    this.begin(options, ...paths)
    const path = paths.find((each) => isTemporaryName(each.slice(each.lastIndexOf('/') + 1)))
    if (path === undefined) return
    const problem = `${JSON.stringify(path)} is a name of unfinished uploads`
    throw new StorageError('STORAGE_INVALID_PATH', problem, { context: { path } })
  }

  /** The name on the server. */
  #file(path: string): string {
    const { path: root } = this.#options
    if (path === '') return root === '' ? '.' : root
    if (root === '') return `./${path}`
    return root.endsWith('/') ? root + path : `${root}/${path}`
  }

  #filesOf({ connection }: Lease<SftpSession>): SftpFiles {
    return new SftpFiles(connection, this.#extensions, this.displayName)
  }

  /** Works with a connection; who gives up closes it, so that nothing goes on. */
  async #with<Result>(
    options: CallOptions | undefined,
    work: (files: SftpFiles, session: SftpSession) => Promise<Result>
  ): Promise<Result> {
    const signal = options?.signal
    const lease = await this.#pool.lease(signal)
    try {
      const result = await untilAborted(work(this.#filesOf(lease), lease.connection), signal)
      await lease.release(true)
      return result
    } catch (error) {
      await lease.release(!signal?.aborted && isAnswer(error))
      throw error
    }
  }

  /** @throws StorageError `STORAGE_NOT_FOUND` also for what is no file */
  async #find(files: SftpFiles, path: string): Promise<Attributes> {
    const found = await files.look(this.#file(path))
    if (found.isFile()) return found
    throw new StorageError(
      'STORAGE_NOT_FOUND',
      `There is no file ${JSON.stringify(path)} at ${this.displayName}`,
      {
        context: { path, status: 2 }
      }
    )
  }

  /** What is directly in a folder; nothing when the folder is not there but the root is. */
  async #folder(path: string, options: CallOptions | undefined): Promise<readonly FolderItem[]> {
    return await this.#with(options, async (files) => {
      try {
        return await files.folder(this.#file(path))
      } catch (error) {
        if (path === '' || !isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
        await files.look(this.#file(''))
        return []
      }
    })
  }

  /** Lets `fill` complete a file under a temporary name in the same folder, then gives it its own. */
  async #publish(
    path: string,
    options: PutOptions | undefined,
    fill: (files: SftpFiles, temporary: string, session: SftpSession) => Promise<Attributes>
  ): Promise<StorageEntry> {
    const file = this.#file(path)
    const temporary = file.slice(0, file.lastIndexOf('/') + 1) + temporaryName()
    try {
      return await this.#with(options, async (files, session) => {
        const filled = await fill(files, temporary, session)
        options?.signal?.throwIfAborted()
        if (options?.ifAbsent) await files.linkIfAbsent(temporary, file)
        else await files.replace(temporary, file)
        return entryOf(path, filled)
      })
    } catch (error) {
      this.#unfinished.remove(temporary)
      throw error
    }
  }

  /** Most servers do not say that they are full. */
  async #whyNotWritten(error: unknown, files: SftpFiles, path: string): Promise<StorageError> {
    const translated = sftpError(error, { where: this.displayName, call: 'put', path })
    if (statusOf(translated) !== 4 || translated.code !== 'STORAGE_UNEXPECTED' || !this.#extensions.statvfs)
      return translated
    const space = await files.space(this.#file('')).catch(() => undefined)
    if (space === undefined || space.f_bavail * space.f_frsize > 1024 * 1024) return translated
    return new StorageError(
      'STORAGE_FULL',
      `Cannot put ${JSON.stringify(path)} at ${this.displayName}: no space is left`,
      {
        cause: error,
        context: { path }
      }
    )
  }

  async *#read(
    lease: Lease<SftpSession>,
    path: string,
    options: GetOptions | undefined
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const files = this.#filesOf(lease)
    const file = this.#file(path)
    const { size } = await this.#find(files, path) // a folder can be opened, too
    const { start, end } = resolveRange(options, size)
    if (start === end) return
    const handle = await files.open(file, 'r')
    yield* incoming(readFile(lease.connection, handle, start, end), end - start, path)
    await files.close(handle, file)
  }

  #cut(path: string, announced: number, seen: number): StorageError {
    return new StorageError(
      'STORAGE_UNAVAILABLE',
      `${this.displayName} stored ${seen} of ${announced} bytes of ${JSON.stringify(path)}`,
      { retry: 'may-help', context: { path, announced, seen } }
    )
  }
}

/** The server has answered, so that the connection is well. */
function isAnswer(error: unknown): boolean {
  return statusOf(error) !== undefined || isTercetError(error, 'STORAGE_EXISTS')
}

function isStoragePath(path: string): boolean {
  try {
    assertStoragePath(path)
    return true
  } catch {
    return false
  }
}

function entryOf(path: string, { size, mtime }: Attributes): StorageEntry {
  return { path, sizeBytes: size, modifiedAt: new Date(mtime * 1000) }
}
