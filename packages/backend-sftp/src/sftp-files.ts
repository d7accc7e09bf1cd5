import {
  type DownloadRange,
  type FileFacts,
  incoming,
  makeFolders,
  type NamedFile,
  outgoing,
  type PooledFiles,
  replaceFile
} from '@tercet/backend-kit'
import { type ByteSource, isTercetError, type PutOptions, StorageError } from '@tercet/interface'
import type { Attributes, FileSystemSpace, FolderItem, SftpChannel } from 'ssh2'
import { sftpError, statusOf } from './sftp-errors.ts'
import type { SftpExtensions } from './sftp-extensions.ts'
import type { SftpSession } from './sftp-session.ts'
import { readFile, writeFile } from './sftp-transfer.ts'

/** Less space than this is none: most servers do not say why a write has failed. */
const NO_SPACE_BYTES = 1024 * 1024

/** What a backend does with files and folders, in terms of the protocol. */
export class SftpFiles implements PooledFiles {
  readonly #session: SftpSession
  readonly #extensions: SftpExtensions
  readonly #root: string
  readonly #where: string

  /** @param root the folder of the backend: absolute, or relative to where the login leads */
  constructor(session: SftpSession, extensions: SftpExtensions, root: string, where: string) {
    this.#session = session
    this.#extensions = extensions
    this.#root = root
    this.#where = where
  }

  /** Of what has this name itself: links are not followed. */
  async look(path: string): Promise<FileFacts> {
    return factsOf(await this.#do('look at', path, (sftp, answer) => sftp.lstat(this.#name(path), answer)))
  }

  async folder(path: string): Promise<Iterable<NamedFile>> {
    const items = await this.#do<readonly FolderItem[]>('list', path, (sftp, answer) =>
      sftp.readdir(this.#name(path), answer)
    )
    return items
      .values()
      .filter(({ filename }) => filename !== '.' && filename !== '..')
      .map(({ filename, attrs }) => ({ name: filename, ...factsOf(attrs) }))
  }

  async upload(
    path: string,
    source: ByteSource,
    options: PutOptions | undefined,
    shownPath: string
  ): Promise<void> {
    await this.#withFile(path, 'wx', (handle) =>
      writeFile(this.#session, handle, outgoing(source, options), (error) =>
        this.#whyNotWritten(error, shownPath)
      )
    )
  }

  async *download(path: string, { start, end }: DownloadRange): AsyncGenerator<Uint8Array, void, undefined> {
    const handle = await this.#open(path, 'r')
    try {
      yield* incoming(readFile(this.#session, handle, start, end), end - start, path)
    } catch (error) {
      throw sftpError(error, { where: this.#where, call: 'get', path })
    }
    await this.#close(handle, path)
  }

  async remove(path: string): Promise<void> {
    try {
      await this.#do('delete', path, (sftp, answer) => sftp.unlink(this.#name(path), answer))
    } catch (error) {
      if (isTercetError(error, 'STORAGE_NOT_FOUND')) return
      if (!(await this.#isFolder(this.#name(path)))) throw error
    }
  }

  async replace(from: string, to: string): Promise<void> {
    if (this.#extensions.posixRename) {
      await this.#do('rename', to, (sftp, answer) =>
        sftp.ext_openssh_rename(this.#name(from), this.#name(to), answer)
      )
      return
    }
    // The protocol's own rename refuses names that are taken.
    const server = {
      rename: (a: string, b: string) =>
        this.#do('rename', to, (sftp, answer) => sftp.rename(this.#name(a), this.#name(b), answer)),
      isFile: async (name: string) => (await this.#peek(name))?.isFile === true,
      remove: (name: string) => this.remove(name),
      isRefusal: (error: unknown) => statusOf(error) !== undefined
    }
    await replaceFile(server, from, to)
  }

  async placeIfAbsent(from: string, to: string): Promise<void> {
    try {
      await this.#do('link', to, (sftp, answer) =>
        sftp.ext_openssh_hardlink(this.#name(from), this.#name(to), answer)
      )
    } catch (error) {
      if ((await this.#peek(to)) === undefined) throw error
      throw new StorageError('STORAGE_EXISTS', `${JSON.stringify(to)} at ${this.#where} exists`, {
        cause: error,
        context: { path: to }
      })
    }
    await this.remove(from)
  }

  async copy(from: string, to: string): Promise<void> {
    await this.#withFile(from, 'r', (source) =>
      this.#withFile(to, 'wx', (target) =>
        this.#do('copy', from, (sftp, answer) => sftp.ext_copy_data(source, 0, 0, target, 0, answer))
      )
    )
  }

  async makeFolder(path: string): Promise<void> {
    await makeFolders(
      {
        where: this.#where,
        make: (folder) => this.#do('make', folder, (sftp, answer) => sftp.mkdir(folder, answer)),
        isFolder: (folder) => this.#isFolder(folder),
        above: (folder) => {
          const slash = folder.lastIndexOf('/')
          return slash <= 0 ? undefined : folder.slice(0, slash)
        }
      },
      this.#name(path)
    )
  }

  space(): Promise<FileSystemSpace> {
    return this.#do('look at', '', (sftp, answer) => sftp.ext_openssh_statvfs(this.#name(''), answer))
  }

  /** The name on the server. */
  #name(path: string): string {
    if (path === '') return this.#root === '' ? '.' : this.#root
    if (this.#root === '') return `./${path}`
    return this.#root.endsWith('/') ? this.#root + path : `${this.#root}/${path}`
  }

  async #do<Result = void>(
    call: string,
    path: string,
    send: (sftp: SftpChannel, answer: (error: Error | null | undefined, result: Result) => void) => void
  ): Promise<Result> {
    try {
      return await this.#session.ask(send)
    } catch (error) {
      throw sftpError(error, { where: this.#where, call, path })
    }
  }

  /** Undefined when nothing can be found out. */
  #peek(path: string): Promise<FileFacts | undefined> {
    return this.look(path).catch(() => undefined)
  }

  async #isFolder(name: string): Promise<boolean> {
    const found = await this.#session
      .ask<Attributes>((sftp, answer) => sftp.stat(name, answer))
      .catch(() => undefined)
    return found?.isDirectory() === true
  }

  /** Lets `use` work with an open file and closes it. */
  async #withFile(path: string, flags: 'r' | 'wx', use: (handle: Buffer) => Promise<unknown>): Promise<void> {
    const handle = await this.#open(path, flags)
    try {
      await use(handle)
      if (flags === 'wx' && this.#extensions.fsync)
        await this.#do('sync', path, (sftp, answer) => sftp.ext_openssh_fsync(handle, answer))
    } finally {
      await this.#close(handle, path)
    }
  }

  #open(path: string, flags: 'r' | 'wx'): Promise<Buffer> {
    const mode = flags === 'r' ? {} : { mode: 0o600 }
    return this.#do('open', path, (sftp, answer) => sftp.open(this.#name(path), flags, mode, answer))
  }

  /** Where that fails the connection does, too. */
  async #close(handle: Buffer, path: string): Promise<void> {
    await this.#do('close', path, (sftp, answer) => sftp.close(handle, answer)).catch(() => {})
  }

  /** Most servers do not say that they are full. */
  async #whyNotWritten(error: unknown, path: string): Promise<StorageError> {
    const translated = sftpError(error, { where: this.#where, call: 'put', path })
    if (statusOf(translated) !== 4 || translated.code !== 'STORAGE_UNEXPECTED' || !this.#extensions.statvfs)
      return translated
    const space = await this.space().catch(() => undefined)
    if (space === undefined || space.f_bavail * space.f_frsize > NO_SPACE_BYTES) return translated
    return new StorageError(
      'STORAGE_FULL',
      `Cannot put ${JSON.stringify(path)} at ${this.#where}: no space is left`,
      { cause: error, context: { path, status: 4 } }
    )
  }
}

function factsOf(attributes: Attributes): FileFacts {
  return {
    isFile: attributes.isFile(),
    isFolder: attributes.isDirectory(),
    sizeBytes: attributes.size,
    modifiedAt: new Date(attributes.mtime * 1000)
  }
}
