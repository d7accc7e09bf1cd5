// What this package uses of the client, which has no declarations of its own.
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events'
  import type { Socket } from 'node:net'

  interface Attributes {
    readonly size: number
    readonly mode: number
    /** Seconds since 1970. */
    readonly mtime: number
    isFile(): boolean
    isDirectory(): boolean
  }

  interface FolderItem {
    readonly filename: string
    readonly attrs: Attributes
  }

  interface FileSystemSpace {
    readonly f_frsize: number
    readonly f_blocks: number
    readonly f_bavail: number
  }

  type Callback<Result = void> = (error: Error | null | undefined, result: Result) => void

  interface SftpChannel extends EventEmitter {
    open(path: string, flags: string, attributes: object, callback: Callback<Buffer>): void
    close(handle: Buffer, callback: Callback): void
    read(
      handle: Buffer,
      into: Buffer,
      offset: number,
      length: number,
      position: number,
      callback: (error: Error | null | undefined, bytesRead: number) => void
    ): void
    write(
      handle: Buffer,
      bytes: Buffer,
      offset: number,
      length: number,
      position: number,
      callback: Callback
    ): void
    fstat(handle: Buffer, callback: Callback<Attributes>): void
    lstat(path: string, callback: Callback<Attributes>): void
    stat(path: string, callback: Callback<Attributes>): void
    readdir(path: string, callback: Callback<readonly FolderItem[]>): void
    mkdir(path: string, callback: Callback): void
    unlink(path: string, callback: Callback): void
    rename(from: string, to: string, callback: Callback): void
    realpath(path: string, callback: Callback<string>): void
    ext_openssh_rename(from: string, to: string, callback: Callback): void
    ext_openssh_hardlink(existing: string, path: string, callback: Callback): void
    ext_openssh_fsync(handle: Buffer, callback: Callback): void
    ext_openssh_statvfs(path: string, callback: Callback<FileSystemSpace>): void
    ext_copy_data(
      from: Buffer,
      fromOffset: number,
      length: number,
      to: Buffer,
      toOffset: number,
      callback: Callback
    ): void
  }

  interface ConnectOptions {
    readonly sock: Socket
    readonly username: string
    readonly password?: string | undefined
    readonly privateKey?: string | undefined
    readonly passphrase?: string | undefined
    readonly agent?: string | undefined
    readonly tryKeyboard?: boolean | undefined
    readonly readyTimeout?: number | undefined
    readonly keepaliveInterval?: number | undefined
    readonly hostVerifier: (key: Buffer) => boolean
    readonly algorithms?: { readonly serverHostKey?: readonly string[] | undefined } | undefined
  }

  class Client extends EventEmitter {
    connect(options: ConnectOptions): this
    sftp(callback: Callback<SftpChannel>): void
    end(): void
    destroy(): void
  }

  interface Ssh2 {
    readonly Client: typeof Client
    readonly utils: {
      parseKey(key: string, passphrase?: string): { type: string } | Error | readonly object[]
    }
  }

  const ssh2: Ssh2
  export default ssh2
  export type { Attributes, Client, ConnectOptions, FileSystemSpace, FolderItem, SftpChannel }
}
