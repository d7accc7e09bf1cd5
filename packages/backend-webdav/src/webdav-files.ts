import { type CallOptions, isTercetError, StorageError } from '@tercet/interface'
import { type Properties, parseProperties, propertiesQuery } from './properties.ts'
import type { WebdavPlaces } from './webdav-places.ts'
import type { WebdavSession } from './webdav-session.ts'

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

/** What a backend does with files and folders, in terms of the protocol. */
export class WebdavFiles {
  readonly #session: WebdavSession
  readonly #places: WebdavPlaces
  readonly #where: string

  constructor(session: WebdavSession, places: WebdavPlaces, where: string) {
    this.#session = session
    this.#places = places
    this.#where = where
  }

  /** What is directly in a folder; nothing when the folder is not there but the root is. */
  async folder(path: string, options: CallOptions | undefined): Promise<(readonly [string, Properties])[]> {
    const url = this.#places.folderUrlOf(path)
    const prefix = path === '' ? '' : `${path}/`
    try {
      const found = await askProperties(this.#session, {
        url,
        call: 'list',
        depth: 1,
        signal: options?.signal
      })
      return found.flatMap((properties) => {
        const each = this.#places.pathOf(properties.href)
        if (each === undefined || each === path || !each.startsWith(prefix)) return []
        return each.slice(prefix.length).includes('/') ? [] : [[each, properties] as const]
      })
    } catch (error) {
      if (path === '' || !isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
      await this.folder('', options)
      return []
    }
  }

  /** @throws StorageError `STORAGE_NOT_FOUND` also for folders */
  async find(path: string, call: string, options: CallOptions | undefined): Promise<Properties> {
    const url = this.#places.rawUrlOf(path)
    const [found] = await askProperties(this.#session, { url, call, path, signal: options?.signal })
    if (found !== undefined && !found.isFolder) return found
    throw this.notFound(path)
  }

  async isFolder(url: string, options: CallOptions | undefined): Promise<boolean> {
    try {
      const [found] = await askProperties(this.#session, { url, call: 'look', signal: options?.signal })
      return found?.isFolder === true
    } catch (error) {
      if (isTercetError(error, 'STORAGE_NOT_FOUND') || isTercetError(error, 'STORAGE_CONFLICT')) return false
      throw error
    }
  }

  /** Makes a folder and those above it. */
  async makeFolder(path: string, options: CallOptions | undefined): Promise<void> {
    const above = this.#places.foldersDownTo(path).slice(0, -1)
    const pending = [this.#places.folderUrlOf(path)]
    for (let url = pending.at(-1); url !== undefined; url = pending.at(-1)) {
      const request = { method: 'MKCOL', url, call: 'createFolder', path, signal: options?.signal }
      const status = await this.#session.order(request, [301, 404, 405, 409, 500])
      if (status < 300 || (await this.isFolder(url, options))) pending.pop()
      else if (above.length > 0 && status !== 405) pending.push(above.pop() as string)
      else {
        throw new StorageError(
          'STORAGE_INVALID_PATH',
          `Cannot make the folder ${JSON.stringify(path)} at ${this.#where}: something else has its name`,
          { context: { path, status } }
        )
      }
    }
  }

  /** Replaces what is at `to`. */
  async transfer(
    method: 'MOVE' | 'COPY',
    from: string,
    to: string,
    call: string,
    options: CallOptions | undefined
  ): Promise<void> {
    const status = await this.#session.order({
      method,
      url: this.#places.rawUrlOf(from),
      headers: {
        Destination: this.#places.rawUrlOf(to),
        Overwrite: 'T',
        ...(method === 'COPY' ? { Depth: '0' } : {})
      },
      call,
      path: to,
      signal: options?.signal
    })
    if (status === 207) throw this.#session.unexpected({ call, path: to }, 'the server did a part of it only')
  }

  /** Removes what is known to be a file, or to be nothing. */
  async remove(path: string, options: CallOptions | undefined): Promise<void> {
    const url = this.#places.rawUrlOf(path)
    const request = { method: 'DELETE', url, call: 'delete', path, signal: options?.signal }
    const status = await this.#session.order(request, [404])
    if (status === 207)
      throw this.#session.unexpected({ call: 'delete', path }, 'the server did not delete it')
  }

  notFound(path: string, cause?: unknown): StorageError {
    return new StorageError(
      'STORAGE_NOT_FOUND',
      `There is no file ${JSON.stringify(path)} at ${this.#where}`,
      {
        cause,
        context: { path }
      }
    )
  }
}
