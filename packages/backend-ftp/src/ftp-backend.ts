import { Readable } from 'node:stream'
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
  resolveRange,
  type StorageBackend,
  type StorageEntry,
  StorageError,
  untilAborted
} from '@tercet/interface'
import { replyOf } from './ftp-errors.ts'
import { entryOf, type FtpEntry, FtpFiles } from './ftp-files.ts'
import { type FtpBackendOptions, type ResolvedFtpOptions, resolveFtpOptions } from './ftp-options.ts'
import { FtpSession } from './ftp-session.ts'

/** Bytes that may wait between the source and the connection. */
const AHEAD_BYTES = 256 * 1024
/** How long a connection for no data at all stays open: some servers fail when TLS ends as soon as it has begun. */
const EMPTY_MS = 50

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

interface Piece {
  readonly chunk?: Uint8Array | undefined
  /** Nothing of the file is on its way any more. */
  readonly isWhole: boolean
}

interface KnownServer {
  readonly home: string
  readonly features: ReadonlySet<string>
}

class FtpBackend extends BaseBackend {
  readonly scheme: string
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly #pool: Pool<FtpSession>
  readonly #options: ResolvedFtpOptions
  /** Absolute, without a slash at its end. */
  readonly #root: string
  readonly #hasTimes: boolean
  readonly #unfinished: UnfinishedUploads

  constructor(
    pool: Pool<FtpSession>,
    options: ResolvedFtpOptions,
    scheme: string,
    displayName: string,
    { home, features }: KnownServer
  ) {
    super()
    this.#pool = pool
    this.#options = options
    const { path } = options
    this.#root = (path.startsWith('/') ? path : `${home}/${path}`)
      .replaceAll(/\/{2,}/g, '/')
      .replace(/\/$/, '')
    this.#hasTimes = features.has('MLST') // the times of other listings have no zone
    this.scheme = scheme
    this.displayName = displayName
    this.#unfinished = new UnfinishedUploads(
      (file, call) => this.#with(call, (files) => files.remove(file)),
      options.clock
    )
    this.capabilities = capabilities({
      atomicPut: true,
      rename: true,
      modifiedTimeResolutionMs: this.#hasTimes ? 1000 : undefined,
      rangedGet: true,
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
      for (const info of await this.#folder(folder, options)) {
        options?.signal?.throwIfAborted()
        const path = prefix + info.name
        if (!isStoragePath(path)) continue
        if (info.isDirectory) {
          if (options?.recursive !== false) folders.push(path)
        } else if (isUnfinished(info.name)) this.#unfinished.note(this.#file(path), info.modifiedAt)
        else if (info.isFile && isListed(path, options)) yield this.#entry(path, entryOf(info))
      }
    }
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.#begin(options, path)
    return this.#entry(path, await this.#with(options, (files) => this.#find(files, path)))
  }

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.#begin(options, path)
    resolveRange(options, 0)
    const signal = options?.signal
    const lease = await this.#pool.lease(signal)
    const giveUp = (): void => lease.connection.close()
    signal?.addEventListener('abort', giveUp)
    let isWell = false
    try {
      for await (const { chunk, isWhole } of abortable(
        this.#read(this.#filesOf(lease), path, options),
        signal
      )) {
        isWell = false
        if (chunk !== undefined) yield chunk
        isWell = isWhole
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      isWell = replyOf(error) !== undefined
      throw error
    } finally {
      signal?.removeEventListener('abort', giveUp)
      await lease.release(isWell)
    }
  }

  async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    this.#begin(options, path)
    if (options?.ifAbsent) throw this.unsupported('put with ifAbsent')
    if (options?.ifMatch !== undefined) throw this.unsupported('put with ifMatch')
    if (options?.lockUntil !== undefined) throw this.unsupported('put with lockUntil')
    this.#unfinished.removeAbandoned()
    const file = this.#file(path)
    const temporary = file.slice(0, file.lastIndexOf('/') + 1) + temporaryName()
    try {
      return await this.#with(options, async (files) => {
        await this.#upload(files, path, temporary, source, options)
        const stored = await files.look(temporary)
        if (stored.sizeBytes !== source.size) throw this.#cut(path, source.size, stored.sizeBytes)
        options?.signal?.throwIfAborted()
        await files.replace(temporary, file)
        return this.#entry(path, stored)
      })
    } catch (error) {
      this.#unfinished.remove(temporary)
      throw error
    }
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

  override async createFolder(path: string, options?: CallOptions): Promise<void> {
    this.#begin(options, ...(path === '' ? [] : [path]))
    await this.#with(options, (files) => files.makeFolder(this.#file(path)))
  }

  protected override async close(): Promise<void> {
    await this.#unfinished.settled()
    await this.#pool.close()
  }

  #begin(options: CallOptions | undefined, ...paths: readonly string[]): void {
    this.begin(options, ...paths)
    const path = paths.find((each) => isUnfinished(each.slice(each.lastIndexOf('/') + 1)))
    if (path === undefined) return
    const problem = `${JSON.stringify(path)} is a name of unfinished uploads`
    throw new StorageError('STORAGE_INVALID_PATH', problem, { context: { path } })
  }

  /** The absolute name on the server. */
  #file(path: string): string {
    return path === '' ? this.#root || '/' : `${this.#root}/${path}`
  }

  #filesOf({ connection }: Lease<FtpSession>): FtpFiles {
    return new FtpFiles(connection, this.displayName)
  }

  /** Works with a connection; who gives up closes it, so that nothing goes on. */
  async #with<Result>(
    options: CallOptions | undefined,
    work: (files: FtpFiles) => Promise<Result>
  ): Promise<Result> {
    const signal = options?.signal
    const lease = await this.#pool.lease(signal)
    try {
      const result = await untilAborted(work(this.#filesOf(lease)), signal)
      await lease.release(true)
      return result
    } catch (error) {
      await lease.release(!signal?.aborted && replyOf(error) !== undefined)
      throw error
    }
  }

  async *#read(
    files: FtpFiles,
    path: string,
    options: GetOptions | undefined
  ): AsyncGenerator<Piece, void, undefined> {
    const { sizeBytes } = await this.#find(files, path)
    const { start, end } = resolveRange(options, sizeBytes)
    if (start < end) {
      const chunks = files.download(this.#file(path), start)
      const wanted = end === sizeBytes ? incoming(chunks, end - start, path) : firstBytes(chunks, end - start)
      for await (const chunk of wanted) yield { chunk, isWhole: false }
    }
    // A connection on which a file was not read to its end cannot be used again.
    yield { isWhole: start === end || end === sizeBytes }
  }

  async #upload(
    files: FtpFiles,
    path: string,
    temporary: string,
    source: ByteSource,
    options: PutOptions | undefined
  ): Promise<void> {
    let failure: { readonly error: unknown } | undefined
    const { clock } = this.#options
    const chunks = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        yield* outgoing(source, options)
        if (source.size === 0) await clock.sleep(EMPTY_MS, { signal: options?.signal })
      } catch (error) {
        failure = { error }
        throw error
      }
    }
    try {
      const body = Readable.from(chunks(), { objectMode: false, highWaterMark: AHEAD_BYTES })
      await files.upload(body, temporary)
    } catch (error) {
      if (failure !== undefined) throw failure.error
      const refusal = files.explain(error, { call: 'put', path })
      const folder = this.#file(path).replace(/\/[^/]*$/, '') || '/'
      if (replyOf(error) === undefined || (await files.isFolder(folder))) throw refusal
      throw new StorageError(
        'STORAGE_NOT_FOUND',
        `Cannot put ${JSON.stringify(path)} at ${this.displayName}: its folder does not exist`,
        { cause: error, context: { path } }
      )
    }
  }

  /** @throws StorageError `STORAGE_NOT_FOUND` also for what is no file */
  async #find(files: FtpFiles, path: string): Promise<FtpEntry> {
    const found = await files.look(this.#file(path))
    if (found.isFile) return found
    throw new StorageError(
      'STORAGE_NOT_FOUND',
      `There is no file ${JSON.stringify(path)} at ${this.displayName}`,
      {
        context: { path, reply: 550 }
      }
    )
  }

  /** What is directly in a folder; nothing when the folder is not there but the root is. */
  async #folder(
    path: string,
    options: CallOptions | undefined
  ): Promise<Awaited<ReturnType<FtpFiles['folder']>>> {
    return await this.#with(options, async (files) => {
      try {
        return await files.folder(this.#file(path))
      } catch (error) {
        if (path === '' || !isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
        await files.folder(this.#file(''))
        return []
      }
    })
  }

  #entry(path: string, { sizeBytes, modifiedAt }: FtpEntry): StorageEntry {
    return { path, sizeBytes, modifiedAt: this.#hasTimes ? modifiedAt : undefined }
  }

  #cut(path: string, announced: number, seen: number): StorageError {
    return new StorageError(
      'STORAGE_UNAVAILABLE',
      `${this.displayName} stored ${seen} of ${announced} bytes of ${JSON.stringify(path)}`,
      { retry: 'may-help', context: { path, announced, seen } }
    )
  }
}

async function* firstBytes(
  chunks: AsyncIterable<Uint8Array>,
  count: number
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = count
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left)
    left -= chunk.byteLength
    if (left <= 0) return
  }
}

/** A command that was cut may have made a file whose name was cut, too. */
function isUnfinished(name: string): boolean {
  return isTemporaryName(name.replace(/~$/, '')) || /^\.tercet-put-[0-9a-f]{0,24}(\.(t|tm)?)?$/.test(name)
}

function isStoragePath(path: string): boolean {
  try {
    assertStoragePath(path)
    return true
  } catch {
    return false
  }
}
