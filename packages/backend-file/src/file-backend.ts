import { sep } from 'node:path'
import {
  BaseBackend,
  type ByteSource,
  type CallOptions,
  type Capabilities,
  capabilities,
  type DeleteFailure,
  type GetOptions,
  isTercetError,
  type ListOptions,
  type LocalFolder,
  type PutOptions,
  type Quota,
  resolveRange,
  type StorageBackend,
  type StorageEntry,
  StorageError
} from '@tercet/interface'
import type { FileInfo, FileOperations } from './file-operations.ts'
import { type FileBackendOptions, type ResolvedFileOptions, resolveFileOptions } from './file-options.ts'
import { FilePlaces, type Place } from './file-places.ts'
import { FolderSyncs } from './folder-syncs.ts'
import { groupFolderSyncs } from './group-folder-syncs.ts'
import { guardOperations } from './guarded-operations.ts'
import { fileEntry, listFiles } from './list-files.ts'
import { makeFolders } from './make-folders.ts'
import type { Publisher } from './publish-file.ts'
import { copyFile, putFile } from './put-file.ts'
import { removeAbandoned } from './remove-abandoned.ts'
import { TEMPORARY_NAMES } from './temporary-names.ts'

const CAPABILITIES = capabilities({
  atomicPut: true,
  conditionalPut: true,
  rename: true,
  serverSideCopy: true,
  modifiedTimeResolutionMs: 2000, // FAT, the coarsest file system in use
  rangedGet: true,
  quota: true,
  listing: 'immediate',
  nestedNames: true,
  createFolder: true
})

const CHUNK_BYTES = 512 * 1024

/**
 * A backend on a folder of this machine or of a mounted file system. Does no I/O yet: the folder is looked for by the
 * first call, and made by `createFolder('')`.
 *
 * @param options the folder, or its URL (see `parseFileUrl`)
 * @throws StorageError `STORAGE_INVALID_URL`
 */
export function createFileBackend(options: FileBackendOptions | string): StorageBackend {
  return new FileBackend(resolveFileOptions(options))
}

class FileBackend extends BaseBackend {
  readonly scheme = 'file'
  readonly displayName: string
  readonly capabilities: Capabilities = CAPABILITIES
  readonly localFolder: LocalFolder
  readonly #options: ResolvedFileOptions
  readonly #files: FileOperations
  readonly #publisher: Publisher
  readonly #places: FilePlaces
  readonly #tidied = new Set<string>()

  constructor(options: ResolvedFileOptions) {
    super()
    this.#options = options
    this.displayName = `file://${options.root}`
    this.localFolder = Object.freeze({ path: options.root, unfinishedNames: TEMPORARY_NAMES })
    this.#files = guardOperations(groupFolderSyncs(options.files), options.observer)
    this.#publisher = { files: this.#files, folderSyncs: new FolderSyncs(this.#files) }
    this.#places = new FilePlaces(options.root, this.#files)
  }

  async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    this.begin(options)
    const under = options?.under
    try {
      const folder = await this.#places.locateFolder(under)
      yield* listFiles(this.#files, folder, under ?? '', options)
    } catch (error) {
      if (under === undefined || !isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
      await this.#assertRoot() // nothing is below a folder that is not there
    }
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options)
    return fileEntry(path, (await this.#find(path)).info)
  }

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.begin(options)
    resolveRange(options, 0)
    const file = await this.#files.open((await this.#locateStored(path)).file, 'read')
    try {
      const info = await file.stat()
      assertFile(path, info)
      const { start, end } = resolveRange(options, info.sizeBytes)
      for (let position = start; position < end; ) {
        options?.signal?.throwIfAborted()
        const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, end - position))
        const bytesRead = await file.read(chunk, position)
        if (bytesRead < chunk.byteLength) throw cutShort(path, info.sizeBytes, position + bytesRead)
        position += bytesRead
        options?.signal?.throwIfAborted()
        yield chunk
      }
    } finally {
      await file.close()
    }
  }

  async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    this.begin(options)
    if (options?.ifMatch !== undefined) throw this.unsupported('put with ifMatch')
    if (options?.lockUntil !== undefined) throw this.unsupported('put with lockUntil')
    const place = await this.#places.locate(path)
    await this.#tidy(place.folder)
    return fileEntry(path, await putFile(this.#publisher, place, source, this.#options.fileMode, options))
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    this.begin(options)
    const folder = await this.#remove(path)
    if (folder !== undefined) await this.#files.syncFolder(folder)
  }

  override async deleteMany(
    paths: readonly string[],
    options?: CallOptions
  ): Promise<readonly DeleteFailure[]> {
    this.begin(options)
    const failures: DeleteFailure[] = []
    const changed = new Map<string, string[]>()
    for (const path of paths) {
      options?.signal?.throwIfAborted()
      try {
        const folder = await this.#remove(path)
        if (folder !== undefined) changed.set(folder, [...(changed.get(folder) ?? []), path])
      } catch (error) {
        failures.push({ path, error })
      }
    }
    for (const [folder, removed] of changed) {
      try {
        await this.#files.syncFolder(folder)
      } catch (error) {
        failures.push(...removed.map((path) => ({ path, error })))
      }
    }
    return failures
  }

  override async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    this.begin(options)
    const source = await this.#find(from)
    const target = await this.#places.locate(to)
    await this.#files.rename(source.file, target.file)
    await this.#files.syncFolder(target.folder)
    if (source.folder !== target.folder) await this.#files.syncFolder(source.folder)
  }

  override async copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options)
    const { file } = await this.#find(from)
    const target = await this.#places.locate(to)
    return fileEntry(to, await copyFile(this.#publisher, file, target, this.#options.fileMode, options))
  }

  override async createFolder(path: string, options?: CallOptions): Promise<void> {
    this.begin(options)
    await makeFolders(this.#files, this.#places, path, this.#options.folderMode)
  }

  override async quota(options?: CallOptions): Promise<Quota> {
    this.begin(options)
    return await this.#files.space(this.#places.root)
  }

  override async localFile(path: string, options?: CallOptions): Promise<string | undefined> {
    this.begin(options)
    try {
      return (await this.#find(path)).file
    } catch (error) {
      if (isTercetError(error, 'STORAGE_NOT_FOUND')) return undefined
      throw error
    }
  }

  /** The place of a path of which nothing is known yet: below a file there is nothing. */
  async #locateStored(path: string): Promise<Place> {
    try {
      return await this.#places.locate(path)
    } catch (error) {
      throw isTercetError(error) && error.context['reason'] === 'file-above' ? notFound(path, error) : error
    }
  }

  async #find(path: string): Promise<Place & { readonly info: FileInfo }> {
    const place = await this.#locateStored(path)
    const info = await this.#files.stat(place.file)
    assertFile(path, info)
    return { ...place, info }
  }

  /** Removes what has this path; resolves with the folder that it was in, undefined when nothing was there. */
  async #remove(path: string): Promise<string | undefined> {
    try {
      const { file, folder } = await this.#locateStored(path)
      const { type } = await this.#files.stat(file)
      if (type === 'folder') return undefined
      await this.#files.unlink(file)
      return folder
    } catch (error) {
      if (!isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
      await this.#assertRoot() // where the store itself is gone, nothing is known of what it holds
      return undefined
    }
  }

  async #assertRoot(): Promise<void> {
    await this.#files.stat(`${this.#places.root}${sep}.`) // follows a link, which the root may be
  }

  /** Once for each folder: removes what a crashed program left there. */
  async #tidy(folder: string): Promise<void> {
    if (this.#tidied.has(folder)) return
    this.#tidied.add(folder)
    await removeAbandoned(this.#files, folder, this.#options.clock.now() - this.#options.abandonedAfterMs)
  }
}

function assertFile(path: string, info: FileInfo): void {
  if (info.type === 'file') return
  if (info.type === 'folder') throw notFound(path)
  const what =
    info.type === 'link' ? 'a symbolic link; links inside the destination are not followed' : 'no plain file'
  throw new StorageError('STORAGE_INVALID_PATH', `Cannot use ${JSON.stringify(path)}: it is ${what}`, {
    context: { path }
  })
}

function notFound(path: string, cause?: unknown): StorageError {
  return new StorageError('STORAGE_NOT_FOUND', `There is no file ${JSON.stringify(path)}`, {
    cause,
    context: { path }
  })
}

function cutShort(path: string, announced: number, seen: number): StorageError {
  return new StorageError(
    'STORAGE_CORRUPT',
    `${JSON.stringify(path)} became shorter while it was read: it ends at byte ${seen} of ${announced}`,
    { context: { path, announced, seen } }
  )
}
