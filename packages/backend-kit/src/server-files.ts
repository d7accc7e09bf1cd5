import type { ByteSource, PutOptions } from '@tercet/interface'

/** What a server tells of a name. */
export interface FileFacts {
  readonly isFile: boolean
  readonly isFolder: boolean
  readonly sizeBytes: number | undefined
  readonly modifiedAt?: Date | undefined
}

/** One line of a listing. */
export interface NamedFile extends FileFacts {
  /** The last segment of the path, as the server has it. */
  readonly name: string
}

/**
 * Files and folders of a server, by storage path; `''` is the folder that the backend keeps its objects in. What a
 * protocol adds to make a backend: all failures are `StorageError`s.
 */
export interface ServerFiles {
  /** @throws StorageError `STORAGE_NOT_FOUND` when nothing has this path, or only a folder above it is missing */
  look(path: string): Promise<FileFacts>
  /** What is directly in a folder. @throws StorageError `STORAGE_NOT_FOUND` when there is no such folder */
  folder(path: string): Promise<Iterable<NamedFile>>
  /** Stores all of `source` as a new file. `shownPath` is what the caller of `put` calls it. */
  upload(path: string, source: ByteSource, options: PutOptions | undefined, shownPath: string): Promise<void>
  /** Removes a file; resolves when there is none, or a folder. */
  remove(path: string): Promise<void>
  /** Gives a file another name, in the place of what has that name. */
  replace(from: string, to: string): Promise<void>
  /** As `replace`, when nothing has that name yet. @throws StorageError `STORAGE_EXISTS` */
  placeIfAbsent?(from: string, to: string): Promise<void>
  /** The content of one file to a new one, without sending it. */
  copy?(from: string, to: string): Promise<void>
  /** Makes a folder and those above it. */
  makeFolder(path: string): Promise<void>
}

/** Those of a server that is reached by a pool of connections. */
export interface PooledFiles extends ServerFiles {
  /**
   * The bytes of a range of a file, exactly as many. Who stops early, or has got them before the server has sent all, leaves
   * the connection closed.
   */
  download(path: string, range: DownloadRange): AsyncIterable<Uint8Array>
  /**
   * The bytes of a whole file that nobody has looked at yet, which is compared with the size that the server tells with it;
   * undefined when it must be looked at first. `STORAGE_NOT_FOUND` also for what is no file.
   */
  downloadWhole?(path: string): AsyncIterable<Uint8Array> | undefined
}

/** Bytes from `start` up to `end` of a file that is `sizeBytes` long. */
export interface DownloadRange {
  readonly start: number
  readonly end: number
  readonly sizeBytes: number | undefined
}
