import {
  assertStoragePath,
  BaseBackend,
  type ByteSource,
  type CallOptions,
  type Clock,
  type DeleteFailure,
  isListed,
  isTercetError,
  type ListOptions,
  type PutOptions,
  type StorageEntry,
  StorageError
} from '@tercet/interface'
import { deleteInLanes } from './delete-in-lanes.ts'
import type { FileFacts, NamedFile, ServerFiles } from './server-files.ts'
import { isUnfinishedName, temporaryName } from './temporary-names.ts'
import { UnfinishedUploads } from './unfinished-uploads.ts'

export interface FileServerSettings {
  readonly clock: Clock
  /** Deletions of `deleteMany` at the same time. */
  readonly lanes: number
}

/**
 * A backend on a server of files. An object is written under a temporary name in its own folder, looked at, and given its
 * name when it has the right length, so that nobody ever sees a part of it. What is left of puts that failed is removed
 * at once, and what crashed programs left when it is old.
 */
export abstract class FileServerBackend<Files extends ServerFiles> extends BaseBackend {
  readonly #lanes: number
  readonly #unfinished: UnfinishedUploads

  constructor({ clock, lanes }: FileServerSettings) {
    super()
    this.#lanes = lanes
    this.#unfinished = new UnfinishedUploads(
      (path, call) => this.with(call, (files) => files.remove(path)),
      clock
    )
  }

  /** Works with the server; rejects with the reason of the signal as soon as that is aborted, and then nothing goes on. */
  protected abstract with<Result>(
    options: CallOptions | undefined,
    work: (files: Files) => Promise<Result>
  ): Promise<Result>

  async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    this.begin(options, ...(options?.under === undefined ? [] : [options.under]))
    const folders = [options?.under ?? '']
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const prefix = folder === '' ? '' : `${folder}/`
      for (const file of await this.#folder(folder, options)) {
        options?.signal?.throwIfAborted()
        const path = prefix + file.name
        if (!isStoragePath(path)) continue
        if (file.isFolder) {
          if (options?.recursive !== false) folders.push(path)
        } else if (isUnfinishedName(file.name)) this.#unfinished.note(path, file.modifiedAt)
        else if (file.isFile && isListed(path, options)) yield entryOf(path, file)
      }
    }
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, path)
    return entryOf(path, await this.with(options, (files) => this.find(files, path)))
  }

  async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    this.begin(options, path)
    if (options?.ifAbsent && !this.capabilities.conditionalPut) throw this.unsupported('put with ifAbsent')
    if (options?.ifMatch !== undefined) throw this.unsupported('put with ifMatch')
    if (options?.lockUntil !== undefined) throw this.unsupported('put with lockUntil')
    this.#unfinished.removeAbandoned()
    return await this.#publish(path, options, async (files, temporary) => {
      await files.upload(temporary, source, options, path)
      const stored = await files.look(temporary)
      if (stored.sizeBytes === undefined || stored.sizeBytes === source.size) return stored
      throw this.#cut(path, source.size, stored.sizeBytes)
    })
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    await this.with(options, (files) => files.remove(path))
  }

  override async deleteMany(
    paths: readonly string[],
    options?: CallOptions
  ): Promise<readonly DeleteFailure[]> {
    this.begin(options)
    return await deleteInLanes(paths, this.#lanes, options, (path) => this.delete(path, options))
  }

  override async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    this.begin(options, from, to)
    await this.with(options, async (files) => {
      await this.find(files, from)
      if (from !== to) await files.replace(from, to)
    })
  }

  override async copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, from, to)
    if (!this.capabilities.serverSideCopy) throw this.unsupported('copy')
    return await this.#publish(to, options, async (files, temporary) => {
      await this.find(files, from)
      await files.copy?.(from, temporary)
      return await files.look(temporary)
    })
  }

  override async createFolder(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, ...(path === '' ? [] : [path]))
    await this.with(options, (files) => files.makeFolder(path))
  }

  /** What a backend adds to it comes afterwards. */
  protected override async close(): Promise<void> {
    await this.#unfinished.settled()
  }

  protected override begin(options: CallOptions | undefined, ...paths: readonly string[]): void {
    super.begin(options, ...paths)
    const path = paths.find((each) => isUnfinishedName(each.slice(each.lastIndexOf('/') + 1)))
    if (path === undefined) return
    const problem = `${JSON.stringify(path)} is a name of unfinished uploads`
    throw new StorageError('STORAGE_INVALID_PATH', problem, { context: { path } })
  }

  /** @throws StorageError `STORAGE_NOT_FOUND` also for what is no file */
  protected async find(files: Files, path: string): Promise<FileFacts> {
    const found = await files.look(path)
    if (found.isFile) return found
    const problem = `There is no file ${JSON.stringify(path)} at ${this.displayName}`
    throw new StorageError('STORAGE_NOT_FOUND', problem, { context: { path } })
  }

  /** What is directly in a folder; nothing when the folder is not there but the root is. */
  async #folder(path: string, options: CallOptions | undefined): Promise<Iterable<NamedFile>> {
    return await this.with(options, async (files) => {
      try {
        return await files.folder(path)
      } catch (error) {
        if (path === '' || !isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
        await files.folder('')
        return []
      }
    })
  }

  /** Lets `fill` complete a file under a temporary name in the same folder, then gives it its own. */
  async #publish(
    path: string,
    options: PutOptions | undefined,
    fill: (files: Files, temporary: string) => Promise<FileFacts>
  ): Promise<StorageEntry> {
    const temporary = path.slice(0, path.lastIndexOf('/') + 1) + temporaryName()
    try {
      return await this.with(options, async (files) => {
        const filled = await fill(files, temporary)
        options?.signal?.throwIfAborted()
        if (options?.ifAbsent) await files.placeIfAbsent?.(temporary, path)
        else await files.replace(temporary, path)
        return entryOf(path, filled)
      })
    } catch (error) {
      this.#unfinished.remove(temporary)
      throw error
    }
  }

  #cut(path: string, announced: number, seen: number): StorageError {
    return new StorageError(
      'STORAGE_UNAVAILABLE',
      `${this.displayName} stored ${seen} of ${announced} bytes of ${JSON.stringify(path)}`,
      { retry: 'may-help', context: { path, announced, seen } }
    )
  }
}

/** A server may have names that are none of ours. */
function isStoragePath(path: string): boolean {
  try {
    assertStoragePath(path)
    return true
  } catch {
    return false
  }
}

function entryOf(path: string, { sizeBytes, modifiedAt }: FileFacts): StorageEntry {
  return { path, sizeBytes, modifiedAt }
}
