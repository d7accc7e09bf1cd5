import { PassThrough, type Readable } from 'node:stream'
import type { FailedCall } from '@tercet/backend-kit'
import { isTercetError, StorageError } from '@tercet/interface'
import type { FileInfo } from 'basic-ftp'
import { ftpError, replyOf } from './ftp-errors.ts'
import type { FtpSession } from './ftp-session.ts'

/** A file or folder of the server. */
export interface FtpEntry {
  readonly isFolder: boolean
  readonly isFile: boolean
  readonly sizeBytes: number
  readonly modifiedAt: Date | undefined
}

/** Bytes that may wait between a connection and who reads them. */
const AHEAD_BYTES = 256 * 1024

/** Single steps on the files of a server, with errors in the words of the contract. Paths are absolute. */
export class FtpFiles {
  readonly #session: FtpSession
  readonly #where: string

  constructor(session: FtpSession, where: string) {
    this.#session = session
    this.#where = where
  }

  get #hasFacts(): boolean {
    return this.#session.features.has('MLST')
  }

  async #do<Result>(call: string, path: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      throw this.explain(error, { call, path })
    }
  }

  explain(error: unknown, failed: Omit<FailedCall, 'where'>): StorageError {
    return ftpError(error, { where: this.#where, ...failed })
  }

  /** @throws StorageError `STORAGE_NOT_FOUND` only when the server says so, or when its folder does not have it */
  async look(file: string): Promise<FtpEntry> {
    const { client } = this.#session
    try {
      if (this.#hasFacts) return entryOfFacts((await client.send(`MLST ${file}`)).message)
    } catch (error) {
      const failure = this.explain(error, { call: 'look at', path: file })
      if (replyOf(error) === undefined || isTercetError(failure, 'STORAGE_NOT_FOUND')) throw failure
    }
    const slash = file.lastIndexOf('/')
    const entries = await this.folder(file.slice(0, slash) || '/')
    const found = entries.find(({ name }) => name === file.slice(slash + 1))
    if (found !== undefined) return entryOf(found)
    throw this.#notFound(file)
  }

  /** What is directly in a folder. */
  folder(folder: string): Promise<readonly FileInfo[]> {
    return this.#do('list', folder, async () => {
      const { client } = this.#session
      await this.#enter(folder)
      const entries = await client.list() // without an argument, in which some servers see patterns and options
      return entries.filter(({ name }) => name !== '.' && name !== '..')
    })
  }

  async isFolder(folder: string): Promise<boolean> {
    try {
      await this.#session.client.cd(folder)
      return true
    } catch (error) {
      if (replyOf(error) !== undefined) return false
      throw this.explain(error, { call: 'look at', path: folder })
    }
  }

  async upload(source: Readable, file: string): Promise<void> {
    try {
      await this.#session.client.uploadFrom(source, file)
    } finally {
      source.destroy()
    }
  }

  /** Bytes of a file from `start` on; the connection must be closed unless all are read. */
  async *download(file: string, start: number): AsyncGenerator<Uint8Array, void, undefined> {
    const stream = new PassThrough({ highWaterMark: AHEAD_BYTES })
    const done = this.#session.client.downloadTo(stream, file, start).then(
      () => undefined,
      (error: unknown) => {
        const failure = this.explain(error, { call: 'get', path: file })
        stream.destroy(failure)
        return failure
      }
    )
    for await (const chunk of stream) yield chunk as Uint8Array
    const failure = await done
    if (failure !== undefined) throw failure
  }

  /** Removes a file; nothing happens when there is none, or a folder. */
  async remove(file: string): Promise<void> {
    try {
      await this.#do('delete', file, () => this.#session.client.send(`DELE ${file}`))
    } catch (error) {
      if (isTercetError(error, 'STORAGE_NOT_FOUND')) return
      if (replyOf(error) === undefined || (await this.#isFile(file))) throw error
    }
  }

  /** Makes a folder and those above it. */
  async makeFolder(folder: string): Promise<void> {
    if (folder === '' || folder === '/' || (await this.isFolder(folder))) return
    await this.makeFolder(folder.slice(0, folder.lastIndexOf('/')))
    try {
      await this.#do('make', folder, () => this.#session.client.send(`MKD ${folder}`))
    } catch (error) {
      if (await this.isFolder(folder)) return
      if (replyOf(error) === undefined || isTercetError(error, 'STORAGE_ACCESS_DENIED')) throw error
      throw new StorageError(
        'STORAGE_INVALID_PATH',
        `Cannot make the folder ${JSON.stringify(folder)} at ${this.#where}: something else has its name`,
        { cause: error, context: { path: folder } }
      )
    }
  }

  /** Gives a file another name, in the place of what has that name. */
  async replace(from: string, to: string): Promise<void> {
    const rename = (a: string, b: string): Promise<unknown> =>
      this.#do('rename', to, () => this.#session.client.rename(a, b))
    try {
      await rename(from, to)
    } catch (error) {
      // Some servers do not replace: then the old file makes room, and comes back when that fails.
      const isRefused = replyOf(error) !== undefined && !isTercetError(error, 'STORAGE_NOT_FOUND')
      if (!isRefused || !(await this.#isFile(to)) || !(await this.#isFile(from))) throw error
      const aside = `${from}~`
      await rename(to, aside)
      try {
        await rename(from, to)
      } catch (failure) {
        await rename(aside, to).catch(() => {})
        throw failure
      }
      await this.remove(aside)
    }
  }

  async #isFile(file: string): Promise<boolean> {
    try {
      return (await this.look(file)).isFile
    } catch (error) {
      if (isTercetError(error, 'STORAGE_NOT_FOUND')) return false
      throw error
    }
  }

  async #enter(folder: string): Promise<void> {
    try {
      await this.#session.client.cd(folder)
    } catch (error) {
      const failure = this.explain(error, { call: 'list', path: folder })
      // Most servers only say that it failed; a folder that nobody may enter is told by those that say more.
      throw failure.code === 'STORAGE_UNEXPECTED' ? this.#notFound(folder, error) : failure
    }
  }

  #notFound(path: string, cause?: unknown): StorageError {
    return new StorageError(
      'STORAGE_NOT_FOUND',
      `There is nothing at ${JSON.stringify(path)} at ${this.#where}`,
      {
        cause,
        context: { path, reply: 550 }
      }
    )
  }
}

export function entryOf(info: FileInfo): FtpEntry {
  return {
    isFolder: info.isDirectory,
    isFile: info.isFile,
    sizeBytes: info.size,
    modifiedAt: info.modifiedAt
  }
}

/** The answer to MLST (RFC 3659, section 7): facts such as `type=file;size=10;modify=20261121150000;`. */
function entryOfFacts(message: string): FtpEntry {
  const line = message.split('\n').find((each) => /^ ?[a-z][^ ]*=[^ ]*; /i.test(each)) ?? ''
  const facts = new Map<string, string>()
  for (const fact of line.trimStart().split('; ')[0]?.split(';') ?? []) {
    const [name = '', ...value] = fact.split('=')
    facts.set(name.toLowerCase(), value.join('='))
  }
  const type = facts.get('type')?.toLowerCase()
  if (type === undefined) throw new Error('The answer to MLST has no type')
  return {
    isFolder: /^[cp]?dir$/.test(type),
    isFile: type === 'file',
    sizeBytes: Number(facts.get('size')),
    modifiedAt: dateOf(facts.get('modify'))
  }
}

/** UTC, as RFC 3659, section 2.3 has it. */
function dateOf(text: string | undefined): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(text ?? '')?.map(Number) ?? []
  if (year === undefined || month === undefined) return undefined
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second))
}
