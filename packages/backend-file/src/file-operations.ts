import { constants, type Dirent, type Stats } from 'node:fs'
import * as fs from 'node:fs/promises'

/** What a name in a folder stands for. Links are never followed. */
export type FileType = 'file' | 'folder' | 'link' | 'other'

export interface FileInfo {
  readonly type: FileType
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  /** When content or attributes were last changed; nobody can set it. */
  readonly changedAtMs: number
  /** Permission bits. */
  readonly mode: number
}

export interface FolderItem {
  readonly name: string
  /** Undefined where the file system does not tell without a `stat`. */
  readonly type: FileType | undefined
}

/** A file that is open for reading, or that was created by `open` and is being written from start to end. */
export interface OpenFile {
  stat(): Promise<FileInfo>
  /** Fills as much of `into` as there are bytes from `position` on; resolves with their number. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Appends all of `bytes`. */
  write(bytes: Uint8Array): Promise<void>
  /** Resolves when the content survives a power cut. */
  sync(): Promise<void>
  close(): Promise<void>
}

export type OpenPurpose = 'read' | 'sync' | 'create'

/**
 * The calls that the backend makes to the file system, so that a test can stand in for it: with one that forgets what
 * was not synced, that is full, or that runs out of anything else. Errors carry the system's `code`, such as `ENOENT`.
 */
export interface FileOperations {
  /**
   * `read` and `sync` (of what somebody else wrote) refuse links (`ELOOP`); `create` refuses names that are taken
   * (`EEXIST`).
   */
  open(path: string, purpose: OpenPurpose, mode?: number): Promise<OpenFile>
  stat(path: string): Promise<FileInfo>
  /** Names that are not UTF-8 are left out. */
  readFolder(path: string): AsyncIterable<FolderItem>
  makeFolder(path: string, mode: number): Promise<void>
  /** Makes the names in a folder survive a power cut. */
  syncFolder(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** A second name for the same file; refuses names that are taken. */
  link(existing: string, path: string): Promise<void>
  unlink(path: string): Promise<void>
  setMode(path: string, mode: number): Promise<void>
  /** Copies to a new name, by sharing the blocks where the file system can; with `only-shared` in no other way. */
  copy(from: string, to: string, how: 'any' | 'only-shared'): Promise<void>
  space(path: string): Promise<{ readonly totalBytes: number; readonly freeBytes: number }>
}

// A FIFO must not block the open; constants that a system lacks are undefined.
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
// Windows syncs only what is open for writing.
const SYNC_FLAGS = process.platform === 'win32' ? constants.O_RDWR : READ_FLAGS
const FOLDER_BATCH = 1024

/** The file system of this machine. */
export const nodeFileOperations: FileOperations = Object.freeze({
  async open(path: string, purpose: OpenPurpose, mode?: number) {
    return openFile(
      await fs.open(path, purpose === 'create' ? 'wx' : purpose === 'sync' ? SYNC_FLAGS : READ_FLAGS, mode)
    )
  },
  stat: async (path: string) => infoOf(await fs.lstat(path)),
  async *readFolder(path: string) {
    const folder = await fs.opendir(path, { encoding: 'buffer', bufferSize: FOLDER_BATCH } as never)
    for await (const item of folder as unknown as AsyncIterable<Dirent<Buffer>>) {
      const name = decodeName(item.name)
      if (name !== undefined) yield { name, type: typeOf(item) }
    }
  },
  makeFolder: (path: string, mode: number) => fs.mkdir(path, { mode }).then(() => {}),
  async syncFolder(path: string) {
    if (process.platform === 'win32') return // a folder cannot be opened there; NTFS journals names
    const folder = await fs.open(path, constants.O_RDONLY)
    try {
      await folder.sync()
    } catch (error) {
      // Some network and FUSE file systems know no sync of folders; there is nothing else that could be done.
      if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    } finally {
      await folder.close()
    }
  },
  rename: fs.rename,
  link: fs.link,
  unlink: fs.unlink,
  setMode: fs.chmod,
  copy(from: string, to: string, how: 'any' | 'only-shared') {
    const clone = how === 'any' ? constants.COPYFILE_FICLONE : constants.COPYFILE_FICLONE_FORCE
    return fs.copyFile(from, to, clone | constants.COPYFILE_EXCL)
  },
  async space(path: string) {
    const { bsize, blocks, bavail } = await fs.statfs(path)
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize }
  }
})

function openFile(handle: fs.FileHandle): OpenFile {
  return {
    stat: async () => infoOf(await handle.stat()),
    async read(into, position) {
      let filled = 0
      while (filled < into.byteLength) {
        const { bytesRead } = await handle.read(into, filled, into.byteLength - filled, position + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return filled
    },
    async write(bytes) {
      let written = 0
      while (written < bytes.byteLength) {
        written += (await handle.write(bytes, written, bytes.byteLength - written)).bytesWritten
      }
    },
    sync: () => handle.sync(),
    close: () => handle.close()
  }
}

/** What `lstat` and `fstat` told. */
export function infoOf(stats: Stats): FileInfo {
  return {
    type: typeOf(stats) ?? 'other',
    sizeBytes: Number(stats.size),
    modifiedAtMs: Number(stats.mtimeMs),
    changedAtMs: Number(stats.ctimeMs),
    mode: Number(stats.mode) & 0o7777
  }
}

function typeOf(
  item: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO'>
): FileType | undefined {
  if (item.isFile()) return 'file'
  if (item.isDirectory()) return 'folder'
  return item.isSymbolicLink() ? 'link' : undefined
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeName(name: Buffer): string | undefined {
  try {
    return utf8.decode(name)
  } catch {
    return undefined
  }
}
