import type { FileFacts, NamedFile, ServerFiles } from '@tercet/backend-kit'
import {
  type ByteSource,
  type CallOptions,
  isTercetError,
  type PutOptions,
  StorageError
} from '@tercet/interface'
import { type Properties, parseProperties, propertiesQuery } from './properties.ts'
import { uploadFile } from './upload-file.ts'
import { folderOf, type WebdavPlaces } from './webdav-places.ts'
import { statusOf, type WebdavAnswer, type WebdavSession } from './webdav-session.ts'

/** A question about one URL. */
export interface PropertiesRequest extends CallOptions {
  readonly url: string
  readonly call: string
  readonly path?: string | undefined
  readonly withQuota?: boolean | undefined
  /** 1: what is directly in the folder, too. @defaultValue 0 */
  readonly depth?: 0 | 1 | undefined
}

export async function askProperties(
  session: WebdavSession,
  request: PropertiesRequest
): Promise<Properties[]> {
  const { url, call, path, withQuota, depth = 0, signal } = request
  const xml = await session.ask({
    method: 'PROPFIND',
    url,
    headers: { Depth: String(depth), 'Content-Type': 'application/xml; charset=utf-8' },
    body: propertiesQuery(withQuota),
    call,
    path,
    signal
  })
  try {
    return await parseProperties(xml)
  } catch (error) {
    throw session.unexpected({ call, path }, 'the answer is no list of properties', error)
  }
}

/** What a backend does with files and folders, in terms of the protocol; for one call of the backend. */
export class WebdavFiles implements ServerFiles {
  readonly #session: WebdavSession
  readonly #places: WebdavPlaces
  readonly #signal: AbortSignal | undefined

  constructor(session: WebdavSession, places: WebdavPlaces, signal: AbortSignal | undefined) {
    this.#session = session
    this.#places = places
    this.#signal = signal
  }

  async look(path: string): Promise<FileFacts> {
    const [found] = await this.#ask({ url: this.#places.rawUrlOf(path), call: 'look at', path })
    if (found !== undefined) return factsOf(found)
    throw this.#notFound(path, 'There is nothing at')
  }

  async folder(path: string): Promise<Iterable<NamedFile>> {
    const prefix = path === '' ? '' : `${path}/`
    const found = await this.#ask({ url: this.#places.folderUrlOf(path), call: 'list', depth: 1 })
    return found.values().flatMap((properties) => {
      const each = this.#places.pathOf(properties.href)
      if (each === undefined || each === path || !each.startsWith(prefix)) return []
      const name = each.slice(prefix.length)
      return name.includes('/') ? [] : [{ name, ...factsOf(properties) }]
    })
  }

  async upload(
    path: string,
    source: ByteSource,
    options: PutOptions | undefined,
    shownPath: string
  ): Promise<void> {
    try {
      await uploadFile(this.#session, { url: this.#places.rawUrlOf(path), path: shownPath }, source, options)
    } catch (error) {
      throw await this.#explain(error, shownPath)
    }
  }

  /** The answer to a get of a path; 416 when nothing is in the range. */
  async open(path: string, range: string | undefined): Promise<WebdavAnswer> {
    const headers = range === undefined ? {} : { Range: `bytes=${range}` }
    const request = { method: 'GET', url: this.#places.rawUrlOf(path), headers, call: 'get', path }
    try {
      return await this.#session.request({ ...request, signal: this.#signal }, [416])
    } catch (error) {
      // Servers answer differently to a get of a folder.
      const isOdd = [301, 302, 307, 308, 403, 405].includes(statusOf(error) ?? 0)
      if (isOdd && (await this.#isFolder(this.#places.folderUrlOf(path)).catch(() => false)))
        throw this.#notFound(path, 'There is no file', error)
      throw error
    }
  }

  /** Deleting a folder would delete all that is in it. */
  async remove(path: string): Promise<void> {
    try {
      if ((await this.look(path)).isFile) await this.removeFile(path)
    } catch (error) {
      if (!isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
    }
  }

  /** Removes what is known to be a file, or to be nothing. */
  async removeFile(path: string): Promise<void> {
    const status = await this.#order('DELETE', this.#places.rawUrlOf(path), 'delete', path, {}, [404])
    if (status === 207)
      throw this.#session.unexpected({ call: 'delete', path }, 'the server did not delete it')
  }

  async replace(from: string, to: string): Promise<void> {
    await this.#transfer('MOVE', from, to, {})
  }

  async copy(from: string, to: string): Promise<void> {
    await this.#transfer('COPY', from, to, { Depth: '0' })
  }

  async makeFolder(path: string): Promise<void> {
    const above = this.#places.foldersDownTo(path).slice(0, -1)
    const pending = [this.#places.folderUrlOf(path)]
    for (let url = pending.at(-1); url !== undefined; url = pending.at(-1)) {
      const status = await this.#order('MKCOL', url, 'createFolder', path, {}, [301, 404, 405, 409, 500])
      if (status < 300 || (await this.#isFolder(url))) pending.pop()
      else if (above.length > 0 && status !== 405) pending.push(above.pop() as string)
      else {
        throw new StorageError(
          'STORAGE_INVALID_PATH',
          `Cannot make the folder ${JSON.stringify(path)} at ${this.#session.where}: something else has its name`,
          { context: { path, status } }
        )
      }
    }
  }

  /** What the server tells of the space for the root. */
  async space(): Promise<Properties | undefined> {
    return (await this.#ask({ url: this.#places.root.href, call: 'quota', withQuota: true }))[0]
  }

  #ask(request: PropertiesRequest): Promise<Properties[]> {
    return askProperties(this.#session, { ...request, signal: this.#signal })
  }

  async #order(
    method: string,
    url: string,
    call: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    accepted: readonly number[] = []
  ): Promise<number> {
    return await this.#session.order({ method, url, headers, call, path, signal: this.#signal }, accepted)
  }

  /** Replaces what is at `to`. */
  async #transfer(
    method: 'MOVE' | 'COPY',
    from: string,
    to: string,
    more: Readonly<Record<string, string>>
  ): Promise<void> {
    const call = method === 'MOVE' ? 'rename' : 'copy'
    const headers = { Destination: this.#places.rawUrlOf(to), Overwrite: 'T', ...more }
    try {
      const status = await this.#order(method, this.#places.rawUrlOf(from), call, to, headers)
      if (status === 207)
        throw this.#session.unexpected({ call, path: to }, 'the server did a part of it only')
    } catch (error) {
      throw await this.#explain(error, to)
    }
  }

  async #isFolder(url: string): Promise<boolean> {
    try {
      return (await this.#ask({ url, call: 'look at' }))[0]?.isFolder === true
    } catch (error) {
      if (isTercetError(error, 'STORAGE_NOT_FOUND') || isTercetError(error, 'STORAGE_CONFLICT')) return false
      throw error
    }
  }

  /** Servers answer differently when the folder is missing that should hold something new. */
  async #explain(error: unknown, path: string): Promise<unknown> {
    const status = statusOf(error)
    if (status === undefined || ![403, 404, 405, 409, 500].includes(status)) return error
    if (await this.#isFolder(this.#places.folderUrlOf(folderOf(path))).catch(() => true)) return error
    return new StorageError(
      'STORAGE_NOT_FOUND',
      `Cannot store ${JSON.stringify(path)} at ${this.#session.where}: its folder does not exist`,
      { cause: error, context: { path, status } }
    )
  }

  #notFound(path: string, problem: string, cause?: unknown): StorageError {
    return new StorageError(
      'STORAGE_NOT_FOUND',
      `${problem} ${JSON.stringify(path)} at ${this.#session.where}`,
      { cause, context: { path } }
    )
  }
}

function factsOf({ isFolder, sizeBytes, modifiedAt }: Properties): FileFacts {
  return { isFile: !isFolder, isFolder, sizeBytes, modifiedAt }
}
