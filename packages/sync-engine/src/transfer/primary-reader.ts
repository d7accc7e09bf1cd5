/**
 * Reads files of the primary, checked: of the length that was listed and, where a hash is known, with that hash. What
 * fails a check is not handed on.
 */
import { stat } from 'node:fs/promises'
import { type ByteSource, isTercetError, StorageError } from '@tercet/interface'
import { askedDigest } from '../copies/copy-digest.ts'
import { ownChecksum, toHex } from '../digests.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import { SyncError } from '../sync-error.ts'
import type { LocalVolumes, RecordedFile } from '../sync-options.ts'
import { type KnownDigest, ReceivedCheck, recordedDigest } from './received-check.ts'
import type { SpoolFolder } from './spool-folder.ts'
import { localFileSource, readLocalFile } from './spool-folder.ts'

export interface FileToRead {
  readonly path: string
  readonly sizeBytes: number | undefined
}

/** A file of the primary, ready to be put anywhere any number of times. */
export interface FileContent {
  readonly source: ByteSource
  /** Hexadecimal; undefined where nobody needed it, and as long as a file that goes straight through was not read. */
  readonly sha256: string | undefined
  /** The very bytes that were checked are in memory: to hash them once more would find nothing. */
  readonly isInMemory?: boolean | undefined
  dispose(): Promise<void>
}

/** The primary is not what it was when the plan was made. */
export class PrimaryChangedError extends Error {}

export interface PrimaryReaderOptions {
  readonly primary: Endpoint
  readonly recorded: ReadonlyMap<string, RecordedFile>
  readonly local: LocalVolumes | undefined
  readonly folder: SpoolFolder
  /** Somebody wants to know digests, or none is needed. */
  readonly needsDigest: boolean
  /** A `get` that broke off may go on where it stopped: the files are never changed in place. */
  readonly isWriteOnce: boolean
  readonly signal: AbortSignal
  /** Counted here: downloads that came to their end, and their bytes. */
  readonly downloads: { files: number; bytes: number; refetches: number }
}

export class PrimaryReader {
  readonly downloads: PrimaryReaderOptions['downloads']
  readonly #options: PrimaryReaderOptions

  constructor(options: PrimaryReaderOptions) {
    this.#options = options
    this.downloads = options.downloads
  }

  /** A file on this machine that holds the content already, checked; undefined: it has to be fetched. */
  async findLocal(file: FileToRead): Promise<FileContent | undefined> {
    return (await this.#ofCache(file)) ?? (await this.#ofLocalPrimary(file))
  }

  /**
   * Fetches a file into the spool.
   *
   * @throws PrimaryChangedError when it is gone or has another length
   * @throws SyncError `SYNC_PRIMARY_CORRUPT`, `SYNC_ARCHIVED`, `SYNC_PRIMARY_UNREADABLE`, `SYNC_SPOOL_FAILED`
   */
  async fetch(file: FileToRead): Promise<FileContent> {
    const { signal, folder } = this.#options
    const spooled = await folder.create(file.sizeBytes ?? Number.POSITIVE_INFINITY)
    try {
      const sha256 = await this.#checkedTwice(async () => {
        await spooled.reset()
        const check = this.#check(file, this.#known(file))
        const { primary, isWriteOnce } = this.#options
        await this.#translated(file, () =>
          primary.run('download', { method: 'get', signal }, async () => {
            if (check.received > 0 && !(isWriteOnce && primary.backend.capabilities.rangedGet)) {
              check.restart()
              await spooled.reset()
            }
            const from = check.received === 0 ? {} : { offset: check.received }
            for await (const chunk of primary.backend.get(file.path, { ...from, signal })) {
              check.add(chunk)
              await spooled.write(chunk)
            }
            if (check.isShort()) {
              check.restart()
              await spooled.reset()
              throw short(file, primary)
            }
          })
        )
        return await check.end()
      })
      this.downloads.files++
      const source = await spooled.finish()
      this.downloads.bytes += source.size
      return { source, sha256, isInMemory: spooled.isInMemory, dispose: () => spooled.dispose() }
    } catch (error) {
      await spooled.dispose()
      throw error
    }
  }

  /**
   * A file straight from the primary, each time it is opened: for what is larger than the spool. The end of the bytes is
   * held back until they are checked, so that a store never completes a wrong file.
   */
  stream(file: FileToRead, sizeBytes: number, isAgain = false): FileContent {
    let isRepeated = isAgain
    const open = (signal: AbortSignal) => {
      if (isRepeated) this.downloads.refetches++
      isRepeated = true
      return this.#checkedStream(file, signal, (digest) => {
        sha256 = digest
      })
    }
    let sha256: string | undefined
    const { signal } = this.#options
    const source: ByteSource = {
      size: sizeBytes,
      open: (options) =>
        open(options?.signal === undefined ? signal : AbortSignal.any([options.signal, signal]))
    }
    return {
      source,
      get sha256() {
        return sha256
      },
      dispose: async () => {}
    }
  }

  /** For a listing that does not tell. */
  async sizeOf(path: string): Promise<number> {
    const { primary, signal } = this.#options
    const { sizeBytes } = await primary.run('other', { method: 'stat', signal }, () =>
      primary.backend.stat(path, { signal })
    )
    if (sizeBytes === undefined) {
      throw new SyncError('SYNC_PRIMARY_UNREADABLE', `The size of ${path} at the primary is not known`)
    }
    return sizeBytes
  }

  async *#checkedStream(
    file: FileToRead,
    signal: AbortSignal,
    onDigest: (sha256: string | undefined) => void
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const check = this.#check(file, this.#known(file, true))
    let held: Uint8Array | undefined
    const { primary } = this.#options
    // Within the call that writes it, so it counts for the primary alone.
    using _ = await primary.hold('download', { signal })
    try {
      for await (const chunk of primary.backend.get(file.path, { signal })) {
        check.add(chunk)
        if (held !== undefined) yield held
        held = chunk
      }
    } catch (error) {
      throw isTercetError(error, 'STORAGE_NOT_FOUND')
        ? new PrimaryChangedError(`${file.path} is gone`)
        : error
    }
    if (check.isShort()) throw short(file, primary)
    onDigest(await check.end())
    if (held !== undefined) yield held
    this.downloads.files++
    this.downloads.bytes += check.received
  }

  async #ofCache(file: FileToRead): Promise<FileContent | undefined> {
    const recorded = this.#options.recorded.get(file.path)
    // Without a record there is no telling whose bytes these are.
    if (recorded === undefined || file.sizeBytes === undefined || recorded.sizeBytes !== file.sizeBytes)
      return undefined
    try {
      const path = await this.#options.local?.find(file.path, file.sizeBytes)
      if (path === undefined || (await stat(path)).size !== file.sizeBytes) return undefined
      const check = this.#check(file)
      for await (const chunk of readLocalFile(path, file.sizeBytes, undefined)) check.add(chunk)
      return {
        source: localFileSource(path, file.sizeBytes),
        sha256: await check.end(),
        dispose: async () => {}
      }
    } catch {
      return undefined
    }
  }

  async #ofLocalPrimary(file: FileToRead): Promise<FileContent | undefined> {
    const { primary, signal, needsDigest, recorded, folder } = this.#options
    const path = await primary.backend.localFile(file.path, { signal })
    if (path === undefined) return undefined
    const { size } = await stat(path)
    if (file.sizeBytes !== undefined && size !== file.sizeBytes)
      throw new PrimaryChangedError(`${file.path} has changed`)
    const needsCheck = needsDigest || recorded.has(file.path)
    // A small file is read once for all replicas, and for its digest.
    const kept = folder.createInMemory(size)
    if (kept === undefined && !needsCheck)
      return { source: localFileSource(path, size), sha256: undefined, dispose: async () => {} }
    try {
      const sha256 = await this.#checkedTwice(async () => {
        await kept?.reset()
        const check = this.#check(file)
        for await (const chunk of readLocalFile(path, size, signal)) {
          check.add(chunk)
          await kept?.write(chunk)
        }
        if (check.received < size) throw new PrimaryChangedError(`${file.path} has become shorter`)
        return await check.end()
      })
      const source = (await kept?.finish()) ?? localFileSource(path, size)
      return { source, sha256, isInMemory: kept !== undefined, dispose: async () => await kept?.dispose() }
    } catch (error) {
      await kept?.dispose()
      throw error
    }
  }

  /** A wrong bit may come from the way here: only what is wrong twice is wrong at the primary. */
  async #checkedTwice<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (!isTercetError(error, 'SYNC_PRIMARY_CORRUPT')) throw error
      this.#options.signal.throwIfAborted()
      this.downloads.refetches++
      return await read()
    }
  }

  async #translated<T>(file: FileToRead, read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      this.#options.signal.throwIfAborted()
      if (isTercetError(error, 'STORAGE_NOT_FOUND')) throw new PrimaryChangedError(`${file.path} is gone`)
      if (error instanceof PrimaryChangedError || isTercetError(error, 'SYNC_SPOOL_FAILED')) throw error
      if (isTercetError(error, 'STORAGE_ARCHIVED')) {
        throw new SyncError('SYNC_ARCHIVED', `${file.path} of the primary lies in cold storage`, {
          cause: error
        })
      }
      throw new SyncError(
        'SYNC_PRIMARY_UNREADABLE',
        `${file.path} of the primary could not be read: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error, context: { path: file.path } }
      )
    }
  }

  #check(
    file: FileToRead,
    known: KnownDigest | undefined = recordedDigest(this.#options.recorded.get(file.path))
  ): ReceivedCheck {
    return new ReceivedCheck(file, known, this.#options.needsDigest)
  }

  /** What was recorded, or else what the store of the primary tells while the bytes are on their way. */
  #known({ path }: FileToRead, isWithinPut = false): KnownDigest | undefined {
    const { primary, recorded, signal } = this.#options
    const known = recordedDigest(recorded.get(path))
    const algorithm = ownChecksum(primary.backend)
    if (known !== undefined || algorithm === undefined) return known
    const ask = async () => {
      if (!isWithinPut) return await askedDigest(primary, path, algorithm, signal)
      using _ = await primary.hold('other', { signal })
      return toHex(await primary.backend.checksum(path, algorithm, { signal }))
    }
    return { algorithm, digest: ask().catch(() => undefined) }
  }
}

function short(file: FileToRead, primary: Endpoint): StorageError {
  return new StorageError(
    'STORAGE_UNAVAILABLE',
    `${file.path} ended early at ${primary.backend.displayName}`,
    {
      retry: 'may-help',
      context: { path: file.path }
    }
  )
}
