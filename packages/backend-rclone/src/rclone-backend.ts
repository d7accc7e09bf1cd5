import { isTemporaryName, readBody } from '@tercet/backend-kit'
import {
  assertStoragePath,
  BaseBackend,
  type ByteSource,
  type CallOptions,
  type Capabilities,
  type ChecksumAlgorithm,
  type DeleteFailure,
  type GetOptions,
  isListed,
  isTercetError,
  type ListOptions,
  type PutOptions,
  type Quota,
  resolveRange,
  type StorageBackend,
  type StorageEntry,
  StorageError
} from '@tercet/interface'
import { deleteFiles } from './delete-files.ts'
import { InTurn } from './in-turn.ts'
import { move, putFile } from './put-file.ts'
import { type RcloneBackendOptions, resolveRcloneOptions } from './rclone-options.ts'
import { RcloneSession, type RemoteItem } from './rclone-session.ts'
import { HASH_NAMES, readCapabilities } from './remote-info.ts'

/**
 * A backend on a remote of rclone's configuration. Starts one rclone, which serves this backend alone until it is disposed,
 * and asks it what the remote can do.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`
 * @throws StorageError `STORAGE_UNSUPPORTED` when rclone is not installed, `STORAGE_INVALID_URL` when it has no such remote
 */
export async function openRcloneBackend(
  options: RcloneBackendOptions,
  callOptions?: CallOptions
): Promise<StorageBackend> {
  const resolved = resolveRcloneOptions(options)
  const signal = callOptions?.signal
  signal?.throwIfAborted()
  const session = new RcloneSession(resolved)
  try {
    if (resolved.createFolder)
      await session.call(
        'operations/mkdir',
        { fs: session.fs, remote: '' },
        'create folder',
        undefined,
        signal
      )
    return new RcloneBackend(session, await readCapabilities(session, signal))
  } catch (error) {
    await session.close()
    throw error
  }
}

class RcloneBackend extends BaseBackend {
  readonly scheme = 'rclone'
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly #session: RcloneSession
  readonly #puts = new InTurn()

  constructor(session: RcloneSession, promised: Capabilities) {
    super()
    this.#session = session
    this.displayName = session.where
    this.capabilities = promised
  }

  async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    this.begin(options)
    const { under, signal } = options ?? {}
    if (under !== undefined) assertStoragePath(under)
    const opt = { recurse: options?.recursive !== false, filesOnly: true, noMimeType: true }
    for (const item of await this.#items(under, opt, signal)) {
      if (item.IsDir || !isPath(item.Path) || !isListed(item.Path, options)) continue
      yield this.#entry(item)
      signal?.throwIfAborted()
    }
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, path)
    return this.#entry(await this.#find('stat', path, {}, options?.signal))
  }

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.begin(options, path)
    resolveRange(options, 0)
    const signal = options?.signal
    const isWhole = (options?.offset ?? 0) === 0 && options?.length === undefined
    const range = isWhole ? undefined : await this.#rangeOf(path, options)
    if (range !== undefined && range.start >= range.end) return
    const name = `[${this.#session.fs}]/${path}`.split('/').map(encodeURIComponent).join('/')
    const headers = range === undefined ? {} : { range: `bytes=${range.start}-${range.end - 1}` }
    const answer = await this.#session.send(
      { method: 'GET', path: `/${name}`, headers },
      'get',
      path,
      signal,
      (request) => request.end()
    )
    // An object of which the remote does not know the length ends where it ends.
    const length = answer.headers['content-length']
    const announced = length === undefined ? undefined : Number(length)
    yield* readBody({ stream: answer, size: announced }, path, signal, (error) =>
      this.#session.translate(error, 'get', path)
    )
  }

  async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    this.begin(options, path)
    if (options?.ifAbsent === true || options?.ifMatch !== undefined)
      throw this.unsupported('put with a condition')
    if (options?.lockUntil !== undefined) throw this.unsupported('put with lockUntil')
    // Rclone looks at what it has stored, and removes it when that is what another put has stored meanwhile.
    return await this.#puts.run(path, options?.signal, async () =>
      this.#entry(await putFile(this.#session, path, source, this.capabilities.rename, options))
    )
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    const { fs } = this.#session
    try {
      await this.#session.call('operations/deletefile', { fs, remote: path }, 'delete', path, options?.signal)
    } catch (error) {
      if (!isTercetError(error, 'STORAGE_NOT_FOUND') && !(await this.#isFolder(path, options))) throw error
    }
  }

  override async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    this.begin(options, from, to)
    if (!this.capabilities.rename) return await super.rename(from, to)
    await this.#find('rename', from, {}, options?.signal)
    if (from !== to) await move(this.#session, 'rename', from, to, options?.signal)
  }

  override async copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, from, to)
    if (!this.capabilities.serverSideCopy) return await super.copy(from, to)
    const { fs } = this.#session
    const parameters = { srcFs: fs, srcRemote: from, dstFs: fs, dstRemote: to }
    await this.#session.call('operations/copyfile', parameters, 'copy', from, options?.signal)
    return this.#entry(await this.#find('copy', to, {}, options?.signal))
  }

  override async checksum(
    path: string,
    algorithm: ChecksumAlgorithm,
    options?: CallOptions
  ): Promise<Uint8Array> {
    this.begin(options, path)
    const name = this.capabilities.checksums.includes(algorithm) ? HASH_NAMES[algorithm] : undefined
    if (name === undefined) return await super.checksum(path, algorithm)
    const { Hashes = {} } = await this.#find(
      'checksum',
      path,
      { showHash: true, hashTypes: [name] },
      options?.signal
    )
    const hex = Hashes[name]
    if (hex) return Buffer.from(hex, 'hex')
    throw new StorageError(
      'STORAGE_UNSUPPORTED',
      `The store has no ${algorithm} of ${JSON.stringify(path)}`,
      {
        context: { path, what: 'checksum' }
      }
    )
  }

  override async quota(options?: CallOptions): Promise<Quota> {
    this.begin(options)
    if (!this.capabilities.quota) return await super.quota()
    const { fs } = this.#session
    const { total, free } = await this.#session.call<{ total?: number; free?: number }>(
      'operations/about',
      { fs },
      'quota',
      undefined,
      options?.signal
    )
    return {
      ...(typeof total === 'number' ? { totalBytes: total } : {}),
      ...(typeof free === 'number' ? { freeBytes: free } : {})
    }
  }

  override async deleteMany(
    paths: readonly string[],
    options?: CallOptions
  ): Promise<readonly DeleteFailure[]> {
    this.begin(options)
    return await deleteFiles(this.#session, paths, options, (path) => this.delete(path, options))
  }

  protected override async close(): Promise<void> {
    await this.#session.close()
  }

  async #items(
    under: string | undefined,
    opt: Readonly<Record<string, unknown>>,
    signal: AbortSignal | undefined
  ): Promise<readonly RemoteItem[]> {
    const { fs } = this.#session
    const list = (remote: string, how: Readonly<Record<string, unknown>>) =>
      this.#session.call<{ list: readonly RemoteItem[] | null }>(
        'operations/list',
        { fs, remote, opt: how },
        'list',
        undefined,
        signal
      )
    try {
      return (await list(under ?? '', opt)).list ?? []
    } catch (error) {
      if (under === undefined || !isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
      await list('', { dirsOnly: true }) // nothing is below a folder that is not there, if there is a store
      return []
    }
  }

  async #rangeOf(path: string, options: GetOptions | undefined): Promise<{ start: number; end: number }> {
    const { Size: size } = await this.#find('get', path, {}, options?.signal)
    return resolveRange(options, size < 0 ? Number.MAX_SAFE_INTEGER : size)
  }

  async #find(
    call: string,
    path: string,
    opt: Readonly<Record<string, unknown>>,
    signal: AbortSignal | undefined
  ): Promise<RemoteItem> {
    const { fs } = this.#session
    const parameters = { fs, remote: path, opt: { noMimeType: true, ...opt } }
    const { item } = await this.#session.call<{ item: RemoteItem | null }>(
      'operations/stat',
      parameters,
      call,
      path,
      signal
    )
    if (item !== null && !item.IsDir) return { ...item, Path: path }
    throw new StorageError(
      'STORAGE_NOT_FOUND',
      `There is no object ${JSON.stringify(path)} at ${this.#session.where}`,
      {
        context: { path }
      }
    )
  }

  async #isFolder(path: string, options: CallOptions | undefined): Promise<boolean> {
    const parameters = { fs: this.#session.fs, remote: path }
    const { item } = await this.#session.call<{ item: RemoteItem | null }>(
      'operations/stat',
      parameters,
      'delete',
      path,
      options?.signal
    )
    return item?.IsDir === true
  }

  #entry({ Path: path, Size: size, ModTime: modified = '' }: RemoteItem): StorageEntry {
    const resolution = this.capabilities.modifiedTimeResolutionMs
    const time = Date.parse(modified)
    return {
      path,
      sizeBytes: size < 0 ? undefined : size,
      ...(resolution === undefined || Number.isNaN(time) ? {} : { modifiedAt: new Date(time) })
    }
  }
}

function isPath(path: string): boolean {
  try {
    assertStoragePath(path)
    return !isTemporaryName(path.slice(path.lastIndexOf('/') + 1))
  } catch {
    return false
  }
}
