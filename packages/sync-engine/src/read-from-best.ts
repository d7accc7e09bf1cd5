import {
  BaseBackend,
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

/**
 * One backend to read from, made of several that hold the same files: each file comes from the first place that has it
 * and can give it, in the order given. A `get` that breaks off goes on at another place where that gives ranges. What a
 * place gives is not compared with the others: who opens a volume verifies it.
 *
 * Nothing can be written: every change rejects with `STORAGE_READ_ONLY`. A place that cannot be listed is left out; the
 * listing rejects only when none can be. Disposing it disposes all places.
 */
export function readFromBest(places: readonly [StorageBackend, ...StorageBackend[]]): StorageBackend {
  return new BestOf(places)
}

class BestOf extends BaseBackend {
  readonly scheme: string
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly #places: readonly StorageBackend[]

  constructor(places: readonly [StorageBackend, ...StorageBackend[]]) {
    super()
    this.#places = places
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
    let failure: { readonly error: unknown } | undefined
    let listed = 0
    for (const place of this.#places) {
      try {
        for await (const entry of place.list(options)) {
          if (yielded.has(entry.path)) continue
          yielded.add(entry.path)
          yield entry
        }
        listed++
      } catch (error) {
        options?.signal?.throwIfAborted()
        failure ??= { error }
      }
    }
    if (listed === 0 && failure !== undefined) throw failure.error
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, path)
    return await this.#first(options, (place) => place.stat(path, options))
  }

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.begin(options, path)
    let received = 0
    let failure: { readonly error: unknown } | undefined
    for (const place of this.#places) {
      if (received > 0 && !place.capabilities.rangedGet) continue
      try {
        for await (const chunk of place.get(path, rest(options, received))) {
          received += chunk.byteLength
          yield chunk
        }
        return
      } catch (error) {
        options?.signal?.throwIfAborted()
        failure = worse(failure, error)
      }
    }
    throw failure?.error
  }

  override async localFile(path: string, options?: CallOptions): Promise<string | undefined> {
    this.begin(options, path)
    for (const place of this.#places) {
      const file = await place.localFile(path, options).catch(() => undefined)
      if (file !== undefined) return file
    }
    return undefined
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
    await Promise.all(this.#places.map((place) => place[Symbol.asyncDispose]()))
  }

  async #first<T>(options: CallOptions | undefined, call: (place: StorageBackend) => Promise<T>): Promise<T> {
    let failure: { readonly error: unknown } | undefined
    for (const place of this.#places) {
      try {
        return await call(place)
      } catch (error) {
        options?.signal?.throwIfAborted()
        failure = worse(failure, error)
      }
    }
    throw failure?.error
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

function rest(options: GetOptions | undefined, received: number): GetOptions | undefined {
  if (received === 0) return options
  const { length } = options ?? {}
  return {
    ...options,
    offset: (options?.offset ?? 0) + received,
    ...(length === undefined ? {} : { length: length - received })
  }
}
