import { deleteInLanes, displayAddress, FileServerBackend, incoming } from '@tercet/backend-kit'
import {
  abortable,
  type CallOptions,
  type Capabilities,
  capabilities,
  type DeleteFailure,
  type GetOptions,
  isRanged,
  isTercetError,
  type Quota,
  resolveRange,
  type StorageBackend,
  StorageError
} from '@tercet/interface'
import type { Properties } from './properties.ts'
import { readRange } from './read-range.ts'
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

class WebdavBackend extends FileServerBackend<WebdavFiles> {
  readonly scheme: string
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly #session: WebdavSession
  readonly #maxConnections: number
  readonly #places: WebdavPlaces

  constructor(
    session: WebdavSession,
    { url, clock, maxConnections }: ResolvedWebdavOptions,
    displayName: string,
    hasQuota: boolean
  ) {
    super({ clock, lanes: maxConnections })
    this.#session = session
    this.#maxConnections = maxConnections
    this.#places = new WebdavPlaces(url)
    this.scheme = url.protocol === 'https:' ? 'webdavs' : 'webdav'
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

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.begin(options, path)
    resolveRange(options, 0)
    const signal = options?.signal
    if (options?.length === 0) {
      await this.with(options, (files) => this.find(files, path))
      return
    }
    const offset = options?.offset ?? 0
    const last = options?.length === undefined ? '' : offset + options.length - 1
    const answer = await this.with(options, (files) =>
      files.open(path, isRanged(options) ? `${offset}-${last}` : undefined)
    )
    try {
      if (answer.status === 416) return // there is nothing from this byte on
      const { chunks, length } = readRange(answer, offset, options?.length)
      yield* abortable(length === undefined ? chunks : incoming(chunks, length, path), signal)
    } catch (error) {
      throw this.#session.translate(error, { call: 'get', path, signal })
    } finally {
      answer.body.destroy()
    }
  }

  override async deleteMany(
    paths: readonly string[],
    options?: CallOptions
  ): Promise<readonly DeleteFailure[]> {
    this.begin(options)
    const known = await this.#filesAmong(paths, options)
    return await deleteInLanes([...new Set(paths)], this.#maxConnections, options, async (path) => {
      this.begin(options, path)
      if (known === undefined) await this.delete(path, options)
      else if (known.has(path)) await this.with(options, (files) => files.removeFile(path))
    })
  }

  override async quota(options?: CallOptions): Promise<Quota> {
    this.begin(options)
    if (!this.capabilities.quota) throw this.unsupported('quota')
    const { freeBytes, usedBytes } = (await this.with(options, (files) => files.space())) ?? {}
    const isWhole = freeBytes !== undefined && usedBytes !== undefined
    return { freeBytes, totalBytes: isWhole ? freeBytes + usedBytes : undefined }
  }

  protected override async with<Result>(
    options: CallOptions | undefined,
    work: (files: WebdavFiles) => Promise<Result>
  ): Promise<Result> {
    return await work(new WebdavFiles(this.#session, this.#places, options?.signal))
  }

  protected override async close(): Promise<void> {
    await super.close()
    this.#session[Symbol.dispose]()
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
      for await (const { path } of this.list({
        ...(folder === '' ? {} : { under: folder }),
        recursive: false,
        signal: options?.signal
      }))
        files.add(path)
    return files
  }
}

function displayNameOf({ protocol, hostname, port, pathname }: URL): string {
  return displayAddress({
    scheme: protocol === 'https:' ? 'webdavs' : 'webdav',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? undefined : Number(port),
    path: decodeURIComponent(pathname).replace(/^\/+|\/+$/g, '')
  })
}
