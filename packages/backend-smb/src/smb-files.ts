import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type DownloadRange,
  type FileFacts,
  incoming,
  makeFolders,
  type NamedFile,
  outgoing,
  type PooledFiles
} from '@tercet/backend-kit'
import { type ByteSource, isTercetError, type PutOptions, StorageError } from '@tercet/interface'
import { parseListing, parseSpace, type ShareSpace } from './listing.ts'
import { readPipe, writePipe } from './pipe-transfer.ts'
import { makeHollowFile, readTail } from './read-tail.ts'
import { localName, remoteName } from './smb-names.ts'
import type { SmbProcess } from './smb-process.ts'

/** Name, in the folder of a process, of the file that holds the end of an object. */
const TAIL = 'tail'
/**
 * Going on behind a local file, smbclient asks for more than there is, and takes an answer that comes when the end has been
 * seen for a broken connection. With this buffer, smaller than any read, it asks for one piece at a time.
 */
const ONE_READ_BYTES = 65_536

/** What a backend does with the files of a share, in terms of smbclient's commands. */
export class SmbFiles implements PooledFiles {
  readonly #smb: SmbProcess
  readonly #root: string

  /** @param root the folder of the backend in the share */
  constructor(smb: SmbProcess, root: string) {
    this.#smb = smb
    this.#root = root
  }

  async look(path: string): Promise<FileFacts> {
    return await this.#look(this.#inShare(path), path)
  }

  async folder(path: string): Promise<Iterable<NamedFile>> {
    const name = remoteName(this.#inShare(path), path)
    const pattern = path === '' && this.#root === '' ? '"\\*"' : `${name.slice(0, -1)}\\*"`
    try {
      const told = await this.#smb.run(`ls ${pattern}`, { call: 'list', path })
      return parseListing(told)
    } catch (error) {
      // The top of some shares has not even the entry of itself.
      if (isTercetError(error) && error.context['status'] === 'NO_SUCH_FILE') return []
      throw error
    }
  }

  async upload(
    path: string,
    source: ByteSource,
    options: PutOptions | undefined,
    shownPath: string
  ): Promise<void> {
    const remote = remoteName(this.#inShare(path), shownPath)
    const failed = { call: 'put', path: shownPath }
    // A digest that was announced is compared on the way, which only what passes through here can be.
    const file = options?.sha256 === undefined ? source.localFile : undefined
    const local = file === undefined ? undefined : localName(file.path)
    if (file !== undefined && local !== undefined) {
      await assertSize(file.path, source.size)
      await this.#smb.run(`put ${local} ${remote}`, failed)
      return
    }
    const pipe = await this.#smb.pipe()
    const said = this.#smb.run(`put ${this.#smb.pipeName} ${remote}`, failed)
    // What the source failed with tells more than that the server got less.
    const [sent, stored] = await Promise.allSettled([writePipe(pipe, outgoing(source, options), said), said])
    for (const outcome of [sent, stored]) if (outcome.status === 'rejected') throw outcome.reason
  }

  /** Looks and gets at once: smbclient is told both before it has answered. It refuses what is no file. */
  async *downloadWhole(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    const remote = remoteName(this.#inShare(path), path)
    let size: number | undefined
    const chunks = this.#downloadAll(remote, path, [`ls ${remote}`], (told) => {
      size = parseListing(told).next().value?.sizeBytes
    })
    yield* incoming(chunks, () => size, path)
  }

  async *download(path: string, range: DownloadRange): AsyncGenerator<Uint8Array, void, undefined> {
    const { start, end, sizeBytes } = range
    const remote = remoteName(this.#inShare(path), path)
    const chunks = start === 0 ? this.#downloadAll(remote, path) : this.#downloadFrom(remote, path, range)
    let left = end - start
    for await (const chunk of end === sizeBytes ? incoming(chunks, left, path) : chunks) {
      yield chunk.byteLength > left ? chunk.subarray(0, left) : chunk
      left -= chunk.byteLength
      if (left <= 0 && end !== sizeBytes) return
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await this.#smb.run(`del ${remoteName(this.#inShare(path), path)}`, { call: 'delete', path })
    } catch (error) {
      if (!isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
    }
  }

  async replace(from: string, to: string): Promise<void> {
    const [source, target] = [remoteName(this.#inShare(from), to), remoteName(this.#inShare(to), to)]
    await this.#smb.run(`rename ${source} ${target} -f`, { call: 'rename', path: to })
  }

  /** A link is refused by the server itself when the name is taken, even while others try the same. */
  async placeIfAbsent(from: string, to: string): Promise<void> {
    const [source, target] = [remoteName(this.#inShare(from), to), remoteName(this.#inShare(to), to)]
    const failed = { call: 'put', path: to }
    try {
      await this.#smb.run(`hardlink ${source} ${target}`, failed)
    } catch (error) {
      if (!isTercetError(error, 'STORAGE_UNSUPPORTED')) throw error
      await this.#smb.run(`rename ${source} ${target}`, failed) // a file system without links
      return
    }
    await this.remove(from)
  }

  async copy(from: string, to: string): Promise<void> {
    const [source, target] = [remoteName(this.#inShare(from), from), remoteName(this.#inShare(to), from)]
    await this.#smb.run(`scopy ${source} ${target}`, { call: 'copy', path: from })
  }

  async makeFolder(path: string): Promise<void> {
    await makeFolders(
      {
        where: this.#smb.where,
        make: async (folder) => {
          await this.#smb.run(`mkdir ${remoteName(folder)}`, { call: 'make', path: folder })
        },
        isFolder: (folder) => this.#isFolder(folder),
        above: (folder) => (folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : undefined)
      },
      this.#inShare(path)
    )
  }

  /** Space of the share, which is told behind every listing; this one is short. Undefined where it is not told. */
  async space(): Promise<ShareSpace | undefined> {
    const told = await this.#smb.command('ls "\\.*"', { call: 'quota' })
    return parseSpace(told)
  }

  #inShare(path: string): string {
    if (path === '') return this.#root
    return this.#root === '' ? path : `${this.#root}/${path}`
  }

  async #look(name: string, path: string): Promise<FileFacts> {
    const told = await this.#smb.run(`ls ${remoteName(name, path)}`, { call: 'look at', path })
    const [found] = parseListing(told)
    if (found !== undefined) return found
    const problem = `There is nothing at ${JSON.stringify(path)} at ${this.#smb.where}`
    throw new StorageError('STORAGE_NOT_FOUND', problem, { context: { path } })
  }

  async #isFolder(name: string): Promise<boolean> {
    if (name === '') return true
    try {
      return (await this.#look(name, name)).isFolder
    } catch (error) {
      if (isTercetError(error, 'STORAGE_NOT_FOUND')) return false
      throw error
    }
  }

  async *#downloadAll(
    remote: string,
    path: string,
    before: readonly string[] = [],
    onTold: (told: string) => void = () => {}
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const pipe = await this.#smb.pipe()
    let said: Promise<string> | undefined
    let isRead = false
    try {
      yield* readPipe(pipe, () => {
        const lines = [...before, `get ${remote} ${this.#smb.pipeName}`]
        said = this.#smb.run(lines.join('\n'), { call: 'get', path })
        return said
      })
      isRead = true
      onTold((await said) ?? '')
    } finally {
      // What is on the way to somebody who has left breaks the connection.
      if (!isRead) this.#smb.close()
    }
  }

  /** It can go on behind a local file only, so it gets one that seems to have what is before already. */
  async *#downloadFrom(
    remote: string,
    path: string,
    { start, end, sizeBytes }: DownloadRange
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const file = join(this.#smb.folder, TAIL)
    await makeHollowFile(file, start)
    let isDone = false
    const lines = [`iosize ${ONE_READ_BYTES}`, `reget ${remote} ${TAIL}`, `iosize ${this.#smb.bufferBytes}`]
    const said = this.#smb.run(lines.join('\n'), { call: 'get', path }).finally(() => {
      isDone = true
    })
    said.catch(() => {}) // told behind the last byte
    try {
      yield* readTail(file, start, end, said)
      if (isDone || end === sizeBytes) await said
    } finally {
      // What comes behind the range is stopped only with the process that fetches it.
      if (!isDone) this.#smb.close()
    }
  }
}

async function assertSize(file: string, announced: number): Promise<void> {
  const { size: seen } = await stat(file)
  if (seen === announced) return
  throw new StorageError(
    'STORAGE_SOURCE_MISMATCH',
    `The source announced ${announced} bytes; its file has ${seen}`,
    { context: { announced, seen } }
  )
}
