import {
  type DownloadRange,
  type FailedCall,
  type FileFacts,
  incoming,
  makeFolders,
  type NamedFile,
  outgoing,
  type PooledFiles,
  replaceFile
} from '@tercet/backend-kit'
import { type ByteSource, type Clock, isTercetError, type PutOptions, StorageError } from '@tercet/interface'
import type { FileInfo } from 'basic-ftp'
import { entryOfFacts } from './facts.ts'
import { ftpError, replyOf } from './ftp-errors.ts'
import type { FtpSession } from './ftp-session.ts'
import { type OpenFile, openFile, sendFile } from './ftp-transfer.ts'

/** How long a connection for no data at all stays open: some servers fail when TLS ends as soon as it has begun. */
const EMPTY_MS = 50

export interface FtpPlace {
  /** The folder of the backend: absolute, without a slash at its end. */
  readonly root: string
  /** For people. */
  readonly where: string
  readonly clock: Clock
}

/** What a backend does with files and folders, in terms of the protocol. */
export class FtpFiles implements PooledFiles {
  readonly #session: FtpSession
  readonly #place: FtpPlace

  constructor(session: FtpSession, place: FtpPlace) {
    this.#session = session
    this.#place = place
  }

  /** @throws StorageError `STORAGE_NOT_FOUND` only when the server says so, or when its folder does not have it */
  async look(path: string): Promise<FileFacts> {
    const { client } = this.#session
    try {
      if (this.#hasFacts) return entryOfFacts((await client.send(`MLST ${this.#name(path)}`)).message)
    } catch (error) {
      const failure = this.#explain(error, { call: 'look at', path })
      if (replyOf(error) === undefined || isTercetError(failure, 'STORAGE_NOT_FOUND')) throw failure
    }
    const name = path.slice(path.lastIndexOf('/') + 1)
    const found = (await this.#list(parentOf(this.#name(path)))).find((each) => each.name === name)
    if (found !== undefined) return this.#factsOf(found)
    throw this.#notFound(path)
  }

  async folder(path: string): Promise<Iterable<NamedFile>> {
    const entries = await this.#list(this.#name(path))
    return entries.values().map((entry) => ({ name: entry.name, ...this.#factsOf(entry) }))
  }

  async upload(
    path: string,
    source: ByteSource,
    options: PutOptions | undefined,
    shownPath: string
  ): Promise<void> {
    let failure: { readonly error: unknown } | undefined
    const { clock, where } = this.#place
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
      await sendFile(this.#session.client, this.#name(path), chunks())
    } catch (error) {
      if (failure !== undefined) throw failure.error
      const refusal = this.#explain(error, { call: 'put', path: shownPath })
      if (replyOf(error) === undefined || (await this.#isFolder(parentOf(this.#name(path))))) throw refusal
      throw new StorageError(
        'STORAGE_NOT_FOUND',
        `Cannot put ${JSON.stringify(shownPath)} at ${where}: its folder does not exist`,
        { cause: error, context: { path: shownPath } }
      )
    }
  }

  /**
   * Where a server tells the size itself, to look at the file first would only be one more thing to wait for. A name that looks
   * like a size could be taken for one.
   */
  downloadWhole(path: string): AsyncIterable<Uint8Array> | undefined {
    return this.#session.tellsSizes && !path.includes(' bytes)') ? this.#downloadWhole(path) : undefined
  }

  async *download(
    path: string,
    { start, end, sizeBytes }: DownloadRange
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const isToEnd = end === sizeBytes
    const file = await this.#open(path, start)
    if (start === 0 && sizeBytes !== undefined) this.#session.tellsSizes = file.toldBytes === sizeBytes
    const chunks = this.#chunksOf(file, path)
    try {
      yield* incoming(isToEnd ? chunks : firstBytes(chunks, end - start), end - start, path)
    } finally {
      // A connection on which a file was not read to its end cannot be used again.
      if (!isToEnd) this.#session.close()
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await this.#do('delete', path, () => this.#session.client.send(`DELE ${this.#name(path)}`))
    } catch (error) {
      if (isTercetError(error, 'STORAGE_NOT_FOUND')) return
      if (replyOf(error) === undefined || (await this.#isFile(path))) throw error
    }
  }

  async replace(from: string, to: string): Promise<void> {
    const server = {
      rename: async (a: string, b: string) => {
        await this.#do('rename', to, () => this.#session.client.rename(this.#name(a), this.#name(b)))
      },
      isFile: (path: string) => this.#isFile(path),
      remove: (path: string) => this.remove(path),
      isRefusal: (error: unknown) =>
        replyOf(error) !== undefined && !isTercetError(error, 'STORAGE_NOT_FOUND')
    }
    await replaceFile(server, from, to)
  }

  async makeFolder(path: string): Promise<void> {
    await makeFolders(
      {
        where: this.#place.where,
        make: async (folder) => {
          await this.#do('make', folder, () => this.#session.client.send(`MKD ${folder}`))
        },
        isFolder: (folder) => this.#isFolder(folder),
        above: (folder) => (folder.lastIndexOf('/') <= 0 ? undefined : parentOf(folder))
      },
      this.#name(path)
    )
  }

  /** The times of other listings have no zone. */
  get #hasFacts(): boolean {
    return this.#session.features.has('MLST')
  }

  /** The absolute name on the server. */
  #name(path: string): string {
    const { root } = this.#place
    return path === '' ? root || '/' : `${root}/${path}`
  }

  async #do<Result>(call: string, path: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      throw this.#explain(error, { call, path })
    }
  }

  #explain(error: unknown, failed: Omit<FailedCall, 'where'>): StorageError {
    return ftpError(error, { where: this.#place.where, ...failed })
  }

  async #list(folder: string): Promise<readonly FileInfo[]> {
    const { client } = this.#session
    try {
      await client.cd(folder)
    } catch (error) {
      const failure = this.#explain(error, { call: 'list', path: folder })
      // Most servers only say that it failed; a folder that nobody may enter is told by those that say more.
      throw failure.code === 'STORAGE_UNEXPECTED' ? this.#notFound(folder, error) : failure
    }
    // Without an argument, in which some servers see patterns and options.
    const entries = await this.#do('list', folder, () => client.list())
    return entries.filter(({ name }) => name !== '.' && name !== '..')
  }

  async #isFolder(folder: string): Promise<boolean> {
    try {
      await this.#session.client.cd(folder)
      return true
    } catch (error) {
      if (replyOf(error) !== undefined) return false
      throw this.#explain(error, { call: 'look at', path: folder })
    }
  }

  async #isFile(path: string): Promise<boolean> {
    try {
      return (await this.look(path)).isFile
    } catch (error) {
      if (isTercetError(error, 'STORAGE_NOT_FOUND')) return false
      throw error
    }
  }

  async *#downloadWhole(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    let file: OpenFile
    try {
      file = await this.#open(path, 0)
    } catch (error) {
      // A look tells more than a server that only says no.
      if (replyOf(error) !== undefined && !(await this.look(path)).isFile) throw this.#notFound(path, error)
      throw error
    }
    yield* incoming(this.#chunksOf(file, path), file.toldBytes, path)
  }

  #open(path: string, start: number): Promise<OpenFile> {
    return this.#do('get', path, () => openFile(this.#session, this.#name(path), start))
  }

  /** The connection must be closed unless all are read. */
  async *#chunksOf({ chunks }: OpenFile, path: string): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* chunks
    } catch (error) {
      throw this.#explain(error, { call: 'get', path })
    }
  }

  #factsOf(info: FileInfo): FileFacts {
    return {
      isFile: info.isFile,
      isFolder: info.isDirectory,
      sizeBytes: info.size,
      modifiedAt: this.#hasFacts ? info.modifiedAt : undefined
    }
  }

  #notFound(path: string, cause?: unknown): StorageError {
    return new StorageError(
      'STORAGE_NOT_FOUND',
      `There is nothing at ${JSON.stringify(path)} at ${this.#place.where}`,
      { cause, context: { path, reply: 550 } }
    )
  }
}

async function* firstBytes(
  chunks: AsyncIterable<Uint8Array>,
  length: number
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = length
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left)
    left -= chunk.byteLength
    if (left <= 0) return
  }
}

function parentOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/')) || '/'
}
