import { stat } from 'node:fs/promises'
import {
  assertKnownKeys,
  BaseBackend,
  type ByteSource,
  type CallOptions,
  type Capabilities,
  capabilities,
  type GetOptions,
  isTercetError,
  type ListOptions,
  type StorageBackend,
  type StorageEntry,
  StorageError
} from '@tercet/interface'
import { localFileSource, SpoolFolder } from '../transfer/spool-folder.ts'
import { type ContentChecks, isIntact } from './content-check.ts'
import { type SpooledCopy, spoolCopy } from './spool-copy.ts'

/** Why another place was asked. */
export interface Fallback {
  readonly path: string
  /** The place that did not give it, by its display name. */
  readonly place: string
  readonly reason: 'missing' | 'unreadable' | 'damaged' | 'archived'
  readonly error?: unknown
}

export interface ReadFromBestOptions extends ContentChecks {
  /** Told of each file that a place did not give. */
  readonly onFallback?: ((fallback: Fallback) => void) | undefined
  /** For files that are checked before they are handed on. @defaultValue the system's */
  readonly temporaryFolder?: string | undefined
}

/**
 * One backend to read from, made of several that hold the same files: each file comes from the first place that has it,
 * in the order given, and can give it intact.
 *
 * With `recorded` hashes or a `verify` of the caller, a file that is read as a whole is checked before its first byte is
 * handed on, and the next place is asked when it is damaged; of a file that is damaged everywhere the first copy is handed
 * on, since parts of it may be of use to who verifies blocks. A range comes from a place where the file is not known to be
 * damaged. Without them nothing is compared, and a `get` that breaks off goes on at another place where that gives ranges.
 *
 * Nothing can be written: every change rejects with `STORAGE_READ_ONLY`. A place that cannot be listed is left out; the
 * listing rejects only when none can be. Disposing it disposes all places.
 *
 * @throws SyncError `SYNC_SPOOL_FAILED` from `get`, when a file to be checked cannot be kept
 */
export function readFromBest(
  places: readonly [StorageBackend, ...StorageBackend[]],
  options: ReadFromBestOptions = {}
): StorageBackend {
  assertKnownKeys(options, ['recorded', 'verify', 'onFallback', 'temporaryFolder'], 'readFromBest')
  return new BestOf(places, options)
}

class BestOf extends BaseBackend {
  readonly scheme: string
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly #places: readonly StorageBackend[]
  readonly #options: ReadFromBestOptions
  readonly #folder: SpoolFolder
  /** By path: the place where a file was found intact, and those where it was found damaged. */
  readonly #intact = new Map<string, StorageBackend>()
  readonly #damaged = new Map<string, Set<StorageBackend>>()

  constructor(places: readonly [StorageBackend, ...StorageBackend[]], options: ReadFromBestOptions) {
    super()
    this.#places = places
    this.#options = options
    this.#folder = new SpoolFolder(options.temporaryFolder)
    this.scheme = places[0].scheme
    this.displayName = places.map(({ displayName }) => displayName).join(', or ')
    this.capabilities = capabilities({
      rangedGet: places.every((place) => place.capabilities.rangedGet),
      nestedNames: places.every((place) => place.capabilities.nestedNames),
      archive: places.some((place) => place.capabilities.archive),
      listing: places.every((place) => place.capabilities.listing === 'immediate') ? 'immediate' : 'eventual'
    })
  }

  async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    this.begin(options)
    const yielded = new Set<string>()
    // Another place may have them where they can be read.
    const archived = new Map<string, StorageEntry>()
    let failure: { readonly error: unknown } | undefined
    let listed = 0
    for (const place of this.#places) {
      try {
        for await (const entry of place.list(options)) {
          if (yielded.has(entry.path)) continue
          if (entry.archived === true) {
            if (!archived.has(entry.path)) archived.set(entry.path, entry)
            continue
          }
          yielded.add(entry.path)
          archived.delete(entry.path)
          yield entry
        }
        listed++
      } catch (error) {
        options?.signal?.throwIfAborted()
        failure ??= { error }
      }
    }
    if (listed === 0 && failure !== undefined) throw failure.error
    yield* archived.values()
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, path)
    let failure: { readonly error: unknown } | undefined
    for (const place of this.#placesFor(path)) {
      try {
        return await place.stat(path, options)
      } catch (error) {
        options?.signal?.throwIfAborted()
        failure = worse(failure, error)
      }
    }
    throw failure?.error
  }

  async *get(path: string, options: GetOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    this.begin(options, path)
    const isWhole = (options.offset ?? 0) === 0 && options.length === undefined
    if (isWhole && this.#isCheckable(path) && !this.#intact.has(path)) {
      await using copy = await this.#findIntact(path, options)
      if (copy !== undefined) {
        yield* copy.content.open(options)
        return
      }
    }
    yield* this.#unchecked(path, options)
  }

  override async localFile(path: string, options: CallOptions = {}): Promise<string | undefined> {
    this.begin(options, path)
    for (const place of this.#placesFor(path)) {
      if (this.#damaged.get(path)?.has(place)) continue
      const file = await place.localFile(path, options).catch(() => undefined)
      if (file === undefined) continue
      if (this.#intact.get(path) === place || !this.#isCheckable(path)) return file
      try {
        const content = localFileSource(file, (await stat(file)).size)
        if (await this.#accept(path, place, content, options)) return file
      } catch {
        options.signal?.throwIfAborted() // a file that cannot be read is none
      }
    }
    return undefined
  }

  /** Asks the first place that has the file in cold storage. What is stored stays as it is. */
  override async restoreArchived(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    let failure: { readonly error: unknown } | undefined
    for (const place of this.#places) {
      if (!place.capabilities.archive) continue
      try {
        if ((await place.stat(path, options)).archived !== true) continue
        return await place.restoreArchived(path, options)
      } catch (error) {
        options?.signal?.throwIfAborted()
        failure = worse(failure, error)
      }
    }
    throw failure?.error ?? this.unsupported('restoreArchived')
  }

  async put(path: string): Promise<never> {
    this.begin(undefined, path)
    throw this.#readOnly('put')
  }

  async delete(path: string): Promise<never> {
    this.begin(undefined, path)
    throw this.#readOnly('delete')
  }

  protected override async close(): Promise<void> {
    await this.#folder[Symbol.asyncDispose]()
    await Promise.all(this.#places.map((place) => place[Symbol.asyncDispose]()))
  }

  #isCheckable(path: string): boolean {
    const { recorded, verify } = this.#options
    return verify !== undefined || recorded?.get(path) !== undefined
  }

  /** Where the file is intact first, where it is damaged last. */
  #placesFor(path: string): StorageBackend[] {
    const [intact, damaged] = [this.#intact.get(path), this.#damaged.get(path)]
    const rank = (place: StorageBackend) => (place === intact ? 0 : damaged?.has(place) ? 2 : 1)
    return [...this.#places].sort((a, b) => rank(a) - rank(b))
  }

  /** Undefined: there is no intact copy. */
  async #findIntact(path: string, { signal }: CallOptions): Promise<SpooledCopy | undefined> {
    const sizeBytes = this.#options.recorded?.get(path)?.sizeBytes
    for (const place of this.#places) {
      if (this.#damaged.get(path)?.has(place)) continue
      let copy: SpooledCopy
      try {
        copy = await spoolCopy(place, path, this.#folder, { sizeBytes, signal })
      } catch (error) {
        signal?.throwIfAborted()
        if (isTercetError(error, 'SYNC_SPOOL_FAILED')) throw error
        this.#fallBack(path, place, error)
        continue
      }
      try {
        if (await this.#accept(path, place, copy.content, { signal })) return copy
      } catch (error) {
        await copy[Symbol.asyncDispose]()
        throw error
      }
      await copy[Symbol.asyncDispose]()
    }
    return undefined
  }

  async #accept(
    path: string,
    place: StorageBackend,
    content: ByteSource,
    options: CallOptions
  ): Promise<boolean> {
    if ((await isIntact(path, content, this.#options, options)) !== false) {
      this.#intact.set(path, place)
      return true
    }
    const damaged = this.#damaged.get(path) ?? new Set()
    this.#damaged.set(path, damaged.add(place))
    this.#options.onFallback?.({ path, place: place.displayName, reason: 'damaged' })
    return false
  }

  async *#unchecked(path: string, options: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    let received = 0
    let failure: { readonly error: unknown } | undefined
    for (const place of this.#placesFor(path)) {
      if (received > 0 && !place.capabilities.rangedGet) continue
      try {
        for await (const chunk of place.get(path, rest(options, received))) {
          received += chunk.byteLength
          yield chunk
        }
        return
      } catch (error) {
        options.signal?.throwIfAborted()
        failure = worse(failure, error)
        this.#fallBack(path, place, error)
      }
    }
    throw failure?.error
  }

  #fallBack(path: string, place: StorageBackend, error: unknown): void {
    const reason = isTercetError(error, 'STORAGE_NOT_FOUND')
      ? 'missing'
      : isTercetError(error, 'STORAGE_ARCHIVED')
        ? 'archived'
        : 'unreadable'
    this.#options.onFallback?.({ path, place: place.displayName, reason, error })
  }

  #readOnly(what: string): StorageError {
    return new StorageError('STORAGE_READ_ONLY', `Replicas are only read here; ${what} is refused`, {
      context: { what }
    })
  }
}

/** That one place does not have a file tells less than why another did not give it. */
function worse(known: { readonly error: unknown } | undefined, error: unknown): { readonly error: unknown } {
  return known === undefined || isTercetError(known.error, 'STORAGE_NOT_FOUND') ? { error } : known
}

function rest(options: GetOptions, received: number): GetOptions {
  if (received === 0) return options
  const { length } = options
  return {
    ...options,
    offset: (options.offset ?? 0) + received,
    ...(length === undefined ? {} : { length: length - received })
  }
}
