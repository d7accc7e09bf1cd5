import {
  displayAddress,
  incoming,
  isTemporaryName,
  temporaryName,
  UnfinishedUploads
} from '@tercet/backend-kit'
import {
  abortable,
  BaseBackend,
  type ByteSource,
  type CallOptions,
  type Capabilities,
  capabilities,
  type DeleteFailure,
  type GetOptions,
  isListed,
  isRanged,
  isTercetError,
  type ListOptions,
  type PutOptions,
  type Quota,
  resolveRange,
  type StorageBackend,
  type StorageEntry,
  StorageError
} from '@tercet/interface'
import type { Properties } from './properties.ts'
import { readRange } from './read-range.ts'
import { uploadFile } from './upload-file.ts'
import { askProperties, WebdavFiles } from './webdav-files.ts'
import {
  type ResolvedWebdavOptions,
  resolveWebdavOptions,
  type WebdavBackendOptions
} from './webdav-options.ts'
import { folderOf, WebdavPlaces } from './webdav-places.ts'
import { WebdavSession } from './webdav-session.ts'

/** Paths in one folder from which on a listing of it is cheaper than a look at each. */
const MANY_PATHS = 8

/**
 * Opens a backend on a folder of a WebDAV server (RFC 4918): logs in and finds out what the server tells. The folder need
 * not exist: `createFolder('')` makes it.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`; StorageError `STORAGE_INVALID_URL`, `STORAGE_ACCESS_DENIED`,
 * `STORAGE_UNTRUSTED`, `STORAGE_UNAVAILABLE`, `STORAGE_UNSUPPORTED` when it is no WebDAV server; the reason of the signal
 */
export async function openWebdavBackend(
  options: WebdavBackendOptions,
  callOptions?: CallOptions
): Promise<StorageBackend> {
  const resolved = resolveWebdavOptions(options)
  const where = displayNameOf(resolved.url)
  const session = await WebdavSession.open(resolved, where, callOptions)
  try {
    const root = await probe(session, resolved.url.href, where, callOptions)
    return new WebdavBackend(session, resolved, where, root?.freeBytes !== undefined)
  } catch (error) {
    session[Symbol.dispose]()
    throw error
  }
}

/** What the server tells of the root; undefined when there is none yet. */
async function probe(
  session: WebdavSession,
  url: string,
  where: string,
  options: CallOptions | undefined
): Promise<Properties | undefined> {
  try {
    const request = { url, call: 'open', withQuota: true, signal: options?.signal }
    return (await askProperties(session, request))[0]
  } catch (error) {
    if (isTercetError(error, 'STORAGE_NOT_FOUND')) return undefined
    const isForeign =
      isTercetError(error, 'STORAGE_UNSUPPORTED') || isTercetError(error, 'STORAGE_UNEXPECTED')
    if (!isForeign) throw error
    throw new StorageError('STORAGE_UNSUPPORTED', `${where} does not speak WebDAV`, {
      cause: error,
      context: { scheme: 'webdav' }
    })
  }
}

class WebdavBackend extends BaseBackend {
  readonly scheme: string
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly #session: WebdavSession
  readonly #options: ResolvedWebdavOptions
  readonly #places: WebdavPlaces
  readonly #files: WebdavFiles
  readonly #unfinished: UnfinishedUploads

  constructor(
    session: WebdavSession,
    options: ResolvedWebdavOptions,
    displayName: string,
    hasQuota: boolean
  ) {
    super()
    this.#session = session
    this.#options = options
    this.#places = new WebdavPlaces(options.url)
    this.#files = new WebdavFiles(session, this.#places, displayName)
    this.#unfinished = new UnfinishedUploads((path, call) => this.#files.remove(path, call), options.clock)
    this.scheme = options.url.protocol === 'https:' ? 'webdavs' : 'webdav'
    this.displayName = displayName
    this.capabilities = capabilities({
      atomicPut: true,
      rename: true,
      serverSideCopy: true,
      modifiedTimeResolutionMs: 1000,
      rangedGet: true,
      quota: hasQuota,
      listing: 'immediate',
      nestedNames: true,
      createFolder: true
    })
  }

  async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    this.#begin(options, ...(options?.under === undefined ? [] : [options.under]))
    const folders = [options?.under ?? '']
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const [path, properties] of await this.#files.folder(folder, options)) {
        options?.signal?.throwIfAborted()
        if (properties.isFolder) {
          if (options?.recursive !== false) folders.push(path)
        } else if (isUnfinished(path)) this.#unfinished.note(path, properties.modifiedAt)
        else if (isListed(path, options)) yield entryOf(path, properties)
      }
    }
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.#begin(options, path)
    return entryOf(path, await this.#files.find(path, 'stat', options))
  }

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.#begin(options, path)
    resolveRange(options, 0)
    if (options?.length === 0) {
      await this.#files.find(path, 'get', options)
      return
    }
    const offset = options?.offset ?? 0
    const last = options?.length === undefined ? '' : String(offset + options.length - 1)
    const request = {
      method: 'GET',
      url: this.#places.rawUrlOf(path),
      headers: isRanged(options) ? { Range: `bytes=${offset}-${last}` } : {},
      call: 'get',
      path,
      signal: options?.signal
    }
    const answer = await this.#session
      .request(request, [416])
      .catch((error) => this.#unlessFolder(error, path, options))
    try {
      if (answer.status === 416) return // there is nothing from this byte on
      const { chunks, length } = readRange(answer, offset, options?.length)
      yield* abortable(length === undefined ? chunks : incoming(chunks, length, path), options?.signal)
    } catch (error) {
      throw this.#session.translate(error, request)
    } finally {
      answer.body.destroy()
    }
  }

  async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    this.#begin(options, path)
    if (options?.ifAbsent) throw this.unsupported('put with ifAbsent')
    if (options?.ifMatch !== undefined) throw this.unsupported('put with ifMatch')
    if (options?.lockUntil !== undefined) throw this.unsupported('put with lockUntil')
    this.#unfinished.removeAbandoned()
    return await this.#publish(path, 'put', options, async (temporary) => {
      await uploadFile(this.#session, { url: this.#places.rawUrlOf(temporary), path }, source, options)
      const stored = await this.#files.find(temporary, 'put', options)
      if (stored.sizeBytes !== undefined && stored.sizeBytes !== source.size)
        throw this.#cut(path, source.size, stored.sizeBytes)
      return stored
    })
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    this.#begin(options, path)
    try {
      await this.#files.find(path, 'delete', options) // deleting a folder would delete all that is in it
      await this.#files.remove(path, options)
    } catch (error) {
      if (!isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
    }
  }

  override async deleteMany(
    paths: readonly string[],
    options?: CallOptions
  ): Promise<readonly DeleteFailure[]> {
    this.begin(options)
    const known = await this.#filesAmong(paths, options)
    const failures: DeleteFailure[] = []
    const queue = [...new Set(paths)]
    const lane = async (): Promise<void> => {
      for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
        try {
          this.#begin(options, path)
          if (known === undefined) await this.delete(path, options)
          else if (known.has(path)) await this.#files.remove(path, options)
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
    await this.#files.find(from, 'rename', options)
    if (from === to) return
    try {
      await this.#files.transfer('MOVE', from, to, 'rename', options)
    } catch (error) {
      throw await this.#explain(error, to, options)
    }
  }

  override async copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry> {
    this.#begin(options, from, to)
    await this.#files.find(from, 'copy', options)
    return await this.#publish(to, 'copy', options, async (temporary) => {
      await this.#files.transfer('COPY', from, temporary, 'copy', options)
      return await this.#files.find(temporary, 'copy', options)
    })
  }

  override async createFolder(path: string, options?: CallOptions): Promise<void> {
    this.#begin(options, ...(path === '' ? [] : [path]))
    await this.#files.makeFolder(path, options)
  }

  override async quota(options?: CallOptions): Promise<Quota> {
    this.begin(options)
    if (!this.capabilities.quota) throw this.unsupported('quota')
    const request = { url: this.#places.root.href, call: 'quota', withQuota: true, signal: options?.signal }
    const { freeBytes, usedBytes } = (await askProperties(this.#session, request))[0] ?? {}
    const isWhole = freeBytes !== undefined && usedBytes !== undefined
    return { freeBytes, totalBytes: isWhole ? freeBytes + usedBytes : undefined }
  }

  protected override async close(): Promise<void> {
    await this.#unfinished.settled()
    this.#session[Symbol.dispose]()
  }

  #begin(options: CallOptions | undefined, ...paths: readonly string[]): void {
    this.begin(options, ...paths)
    const path = paths.find(isUnfinished)
    if (path === undefined) return
    const problem = `${JSON.stringify(path)} is a name of unfinished uploads`
    throw new StorageError('STORAGE_INVALID_PATH', problem, { context: { path } })
  }

  /** Lets `fill` complete an object under a temporary name in the same folder, then gives it its own. */
  async #publish(
    path: string,
    call: string,
    options: CallOptions | undefined,
    fill: (temporary: string) => Promise<Properties>
  ): Promise<StorageEntry> {
    const folder = folderOf(path)
    const temporary = folder === '' ? temporaryName() : `${folder}/${temporaryName()}`
    try {
      const filled = await fill(temporary)
      options?.signal?.throwIfAborted()
      await this.#files.transfer('MOVE', temporary, path, call, options)
      return entryOf(path, filled)
    } catch (error) {
      this.#unfinished.remove(temporary)
      throw await this.#explain(error, path, options)
    }
  }

  /** Those of many paths that are files; undefined where a look at each is cheaper. */
  async #filesAmong(
    paths: readonly string[],
    options: CallOptions | undefined
  ): Promise<ReadonlySet<string> | undefined> {
    const valid = paths.filter((path) => this.#places.isPath(path))
    const folders = new Set(valid.map(folderOf))
    if (valid.length < MANY_PATHS * folders.size) return undefined
    const files = new Set<string>()
    for (const folder of folders)
      for (const [path, { isFolder }] of await this.#files.folder(folder, options))
        if (!isFolder) files.add(path)
    return files
  }

  /** Servers answer differently when the folder is missing that should hold something new. */
  async #explain(error: unknown, path: string, options: CallOptions | undefined): Promise<unknown> {
    const status = statusOf(error)
    if (status === undefined || ![403, 404, 405, 409, 500].includes(status)) return error
    const url = this.#places.folderUrlOf(folderOf(path))
    const isThere = await this.#files.isFolder(url, options).catch(() => true)
    if (isThere) return error
    return new StorageError(
      'STORAGE_NOT_FOUND',
      `Cannot store ${JSON.stringify(path)} at ${this.displayName}: its folder does not exist`,
      { cause: error, context: { path, status } }
    )
  }

  /** Servers answer differently to a get of a folder. */
  async #unlessFolder(error: unknown, path: string, options: CallOptions | undefined): Promise<never> {
    if ([301, 302, 307, 308, 403, 405].includes(statusOf(error) ?? 0)) {
      const url = this.#places.folderUrlOf(path)
      if (await this.#files.isFolder(url, options).catch(() => false)) throw this.#files.notFound(path, error)
    }
    throw error
  }

  #cut(path: string, announced: number, seen: number): StorageError {
    return new StorageError(
      'STORAGE_UNAVAILABLE',
      `${this.displayName} stored ${seen} of ${announced} bytes of ${JSON.stringify(path)}`,
      { retry: 'may-help', context: { path, announced, seen } }
    )
  }
}

function isUnfinished(path: string): boolean {
  return isTemporaryName(path.slice(path.lastIndexOf('/') + 1))
}

function statusOf(error: unknown): number | undefined {
  const status = isTercetError(error) ? error.context['status'] : undefined
  return typeof status === 'number' ? status : undefined
}

function entryOf(path: string, { sizeBytes, modifiedAt }: Properties): StorageEntry {
  return { path, sizeBytes, modifiedAt }
}

function displayNameOf({ protocol, hostname, port, pathname }: URL): string {
  return displayAddress({
    scheme: protocol === 'https:' ? 'webdavs' : 'webdav',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? undefined : Number(port),
    path: decodeURIComponent(pathname).replace(/^\/+|\/+$/g, '')
  })
}
