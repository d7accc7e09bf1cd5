import { isTercetError, StorageError } from '@tercet/interface'
import type { Attributes, FileSystemSpace, FolderItem, SftpChannel } from 'ssh2'
import { sftpError, statusOf } from './sftp-errors.ts'
import type { SftpSession } from './sftp-session.ts'

/** What a server can do beyond the protocol. */
export interface SftpExtensions {
  readonly posixRename: boolean
  readonly hardLink: boolean
  readonly fsync: boolean
  readonly statvfs: boolean
  readonly copyData: boolean
}

/** Finds out by requests that do nothing: the client refuses to send those that the server has not announced. */
export async function findExtensions(session: SftpSession): Promise<SftpExtensions> {
  const nowhere = '/nowhere/.tercet-probe'
  const handle = Buffer.from('none')
  const isSent = (send: (sftp: SftpChannel, answer: () => void) => void): Promise<boolean> =>
    session
      .ask((sftp, answer) => send(sftp, () => answer(undefined, undefined)))
      .then(
        () => true,
        (error: unknown) => {
          if (session.isOpen) return false
          throw error
        }
      )
  return {
    posixRename: await isSent((sftp, answer) => sftp.ext_openssh_rename(nowhere, nowhere, answer)),
    hardLink: await isSent((sftp, answer) => sftp.ext_openssh_hardlink(nowhere, nowhere, answer)),
    fsync: await isSent((sftp, answer) => sftp.ext_openssh_fsync(handle, answer)),
    statvfs: await isSent((sftp, answer) => sftp.ext_openssh_statvfs('.', answer)),
    copyData: await isSent((sftp, answer) => sftp.ext_copy_data(handle, 0, 0, handle, 0, answer))
  }
}

/** Single steps on the files of a server, with errors in the words of the contract. */
export class SftpFiles {
  readonly #session: SftpSession
  readonly #extensions: SftpExtensions
  readonly #where: string

  constructor(session: SftpSession, extensions: SftpExtensions, where: string) {
    this.#session = session
    this.#extensions = extensions
    this.#where = where
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

  /** Of what has this name itself: links are not followed. */
  look(file: string): Promise<Attributes> {
    return this.#do('look at', file, (sftp, answer) => sftp.lstat(file, answer))
  }

  folder(folder: string): Promise<readonly FolderItem[]> {
    return this.#do('list', folder, (sftp, answer) => sftp.readdir(folder, answer))
  }

  space(folder: string): Promise<FileSystemSpace> {
    return this.#do('look at', folder, (sftp, answer) => sftp.ext_openssh_statvfs(folder, answer))
  }

  /** Lets `use` work with an open file and closes it. */
  async withFile<Result>(
    file: string,
    flags: 'r' | 'wx',
    use: (handle: Buffer) => Promise<Result>
  ): Promise<Result> {
    const handle = await this.open(file, flags)
    try {
      const result = await use(handle)
      if (flags === 'wx' && this.#extensions.fsync)
        await this.#do('sync', file, (sftp, answer) => sftp.ext_openssh_fsync(handle, answer))
      return result
    } finally {
      await this.close(handle, file)
    }
  }

  open(file: string, flags: 'r' | 'wx'): Promise<Buffer> {
    const mode = flags === 'r' ? {} : { mode: 0o600 }
    return this.#do('open', file, (sftp, answer) => sftp.open(file, flags, mode, answer))
  }

  /** Where that fails the connection does, too. */
  async close(handle: Buffer, file: string): Promise<void> {
    await this.#do('close', file, (sftp, answer) => sftp.close(handle, answer)).catch(() => {})
  }

  sizeOf(handle: Buffer, file: string): Promise<Attributes> {
    return this.#do('look at', file, (sftp, answer) => sftp.fstat(handle, answer))
  }

  /** All of one file to a new one, without sending it. */
  async copy(from: string, to: string): Promise<void> {
    await this.withFile(from, 'r', (source) =>
      this.withFile(to, 'wx', (target) =>
        this.#do('copy', from, (sftp, answer) => sftp.ext_copy_data(source, 0, 0, target, 0, answer))
      )
    )
  }

  /** Removes a file; nothing happens when there is none, or a folder. */
  async remove(file: string): Promise<void> {
    try {
      await this.#do('delete', file, (sftp, answer) => sftp.unlink(file, answer))
    } catch (error) {
      if (isTercetError(error, 'STORAGE_NOT_FOUND')) return
      if (!(await this.isFolder(file))) throw error
    }
  }

  async isFolder(folder: string): Promise<boolean> {
    const found = await this.#session
      .ask<Attributes>((sftp, answer) => sftp.stat(folder, answer))
      .catch(() => undefined)
    return found?.isDirectory() === true
  }

  /** Makes a folder and those above it. */
  async makeFolder(folder: string): Promise<void> {
    try {
      await this.#do('make', folder, (sftp, answer) => sftp.mkdir(folder, answer))
    } catch (error) {
      if (await this.isFolder(folder)) return
      const parent = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))
      if (statusOf(error) === 4 || parent === '' || !isTercetError(error, 'STORAGE_NOT_FOUND'))
        throw statusOf(error) === 4 ? this.#inTheWay(folder, error) : error
      await this.makeFolder(parent)
      await this.#do('make', folder, (sftp, answer) => sftp.mkdir(folder, answer)).catch(async (again) => {
        if (!(await this.isFolder(folder))) throw again
      })
    }
  }

  /** Gives a file another name, in the place of what has that name. */
  async replace(from: string, to: string): Promise<void> {
    if (this.#extensions.posixRename) {
      await this.#do('rename', to, (sftp, answer) => sftp.ext_openssh_rename(from, to, answer))
      return
    }
    // The protocol's own rename refuses names that are taken: the old file makes room, and comes back when that fails.
    try {
      await this.#do('rename', to, (sftp, answer) => sftp.rename(from, to, answer))
    } catch (error) {
      const isTaken = await this.look(to).then(
        (found) => found.isFile(),
        () => false
      )
      if (!isTaken) throw error
      const aside = `${from}~`
      await this.#do('rename', to, (sftp, answer) => sftp.rename(to, aside, answer))
      try {
        await this.#do('rename', to, (sftp, answer) => sftp.rename(from, to, answer))
      } catch (failure) {
        await this.#do('rename', to, (sftp, answer) => sftp.rename(aside, to, answer)).catch(() => {})
        throw failure
      }
      await this.remove(aside)
    }
  }

  /** Gives a file a name that nothing has; the old name goes. */
  async linkIfAbsent(from: string, to: string): Promise<void> {
    try {
      await this.#do('link', to, (sftp, answer) => sftp.ext_openssh_hardlink(from, to, answer))
    } catch (error) {
      const isTaken = await this.look(to).then(
        () => true,
        () => false
      )
      if (!isTaken) throw error
      throw new StorageError('STORAGE_EXISTS', `${JSON.stringify(to)} at ${this.#where} exists`, {
        cause: error,
        context: { path: to }
      })
    }
    await this.remove(from)
  }

  #inTheWay(folder: string, cause: unknown): StorageError {
    return new StorageError(
      'STORAGE_INVALID_PATH',
      `Cannot make the folder ${JSON.stringify(folder)} at ${this.#where}: something else has its name`,
      { cause, context: { path: folder } }
    )
  }
}
