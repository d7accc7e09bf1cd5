import { type CatalogVolume, openStoredVolume } from '@tercet/core'
import { createHasher, equalBytes, hashSizeBytes } from '@tercet/crypto'
import { assertKnownKeys, type CallOptions, isTercetError, systemClock } from '@tercet/interface'
import type { DblockReader } from '@tercet/volume-format'
import { visitBlocks } from '../common/content-blocks.ts'
import type { ReadingContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { selectVersion, type VersionChoice } from '../common/select-version.ts'
import { requireStoredSettings, type StoredSettings } from '../common/stored-settings.ts'
import { VolumeFetcher } from '../common/volume-fetcher.ts'
import { createVolumeKeyring } from '../common/volume-keys.ts'

export interface ReadFileOptions extends VersionChoice, CallOptions {
  /** Path as the version has it. */
  readonly path: string
}

/** Volumes that are kept open while a file is read: blocks of one file seldom alternate between more. */
const MAX_OPEN = 4

const KEYS = ['version', 'time', 'path', 'signal']

/**
 * The bytes of one file of a version, in order. Every block is verified before it is yielded; the hash of the whole is
 * checked after the last one, and a difference rejects then. Nothing is fetched before the first iteration.
 *
 * @throws CoreError `CATALOG_NO_SUCH_VERSION`; EngineError `RESTORE_FILE_NOT_FOUND`, `RESTORE_FILE_LOST`,
 * `RESTORE_HASH_MISMATCH`; StorageError; the reason of `signal`
 */
export async function* readFile(
  context: ReadingContext,
  options: ReadFileOptions
): AsyncGenerator<Uint8Array, void, undefined> {
  assertKnownKeys(options, KEYS, 'readFile')
  const { catalog } = context
  const settings = requireStoredSettings(catalog)
  const version = selectVersion(catalog, options, (context.clock ?? systemClock).now())
  const entry = catalog.entries.find(options.path, version.seq)
  if (entry?.type !== 'file' || entry.hash === undefined) {
    throw new EngineError(
      'RESTORE_FILE_NOT_FOUND',
      `Version ${version.version} has no file ${options.path}. List its entries to see what it holds`,
      { context: { path: options.path, version: version.version } }
    )
  }
  const width = hashSizeBytes(settings.blockHash)
  const hashes: Uint8Array[] = []
  const stream = { hash: entry.hash, sizeBytes: entry.size, refs: entry.content }
  const isKnown = visitBlocks(catalog, settings, stream, (row, at) =>
    hashes.push(row.subarray(at, at + width))
  )
  if (!isKnown) throw lost(options.path)
  using blocks = new BlockFetcher(context, settings, hashes, options.signal)
  const whole = createHasher(settings.fileHash)
  let sizeBytes = 0
  for (const hash of hashes) {
    const bytes = await blocks.read(hash)
    if (bytes === undefined) throw lost(options.path)
    whole.update(bytes)
    sizeBytes += bytes.length
    yield bytes
  }
  if (sizeBytes !== entry.size || !equalBytes(whole.digest(), entry.hash)) {
    throw new EngineError(
      'RESTORE_HASH_MISMATCH',
      `${options.path} does not have the length and the hash that its version says`
    )
  }
}

interface OpenVolume {
  readonly reader: DblockReader
  close(): void
}

/** Gets blocks one by one, from whichever volume holds them, and keeps the last volumes open. */
class BlockFetcher implements Disposable {
  readonly #context: ReadingContext
  readonly #settings: StoredSettings
  readonly #signal: AbortSignal | undefined
  readonly #fetcher: VolumeFetcher
  readonly #keyring: ReturnType<typeof createVolumeKeyring>
  readonly #volumesOf = new Map<string, number[]>()
  readonly #open = new Map<number, OpenVolume | undefined>()

  constructor(
    context: ReadingContext,
    settings: StoredSettings,
    hashes: readonly Uint8Array[],
    signal: AbortSignal | undefined
  ) {
    this.#context = context
    this.#settings = settings
    this.#signal = signal
    this.#fetcher = new VolumeFetcher(context.backend, context.spoolFolder)
    this.#keyring = createVolumeKeyring(context)
    const damaged = new Set(context.catalog.volumes.damaged().map(({ id }) => id))
    for (const copy of context.catalog.blocks.copies(
      Buffer.concat(hashes),
      hashSizeBytes(settings.blockHash)
    )) {
      const key = keyOf(hashes[copy.position] as Uint8Array)
      const volumes = this.#volumesOf.get(key)
      if (volumes === undefined) this.#volumesOf.set(key, [copy.volumeId])
      else if (damaged.has(copy.volumeId)) volumes.push(copy.volumeId)
      else volumes.unshift(copy.volumeId)
    }
  }

  /** A copy of the block; undefined when no volume gives it. */
  async read(hash: Uint8Array): Promise<Uint8Array | undefined> {
    for (const id of this.#volumesOf.get(keyOf(hash)) ?? []) {
      const volume = this.#open.has(id) ? this.#open.get(id) : await this.#openVolume(id)
      const block = volume?.reader.find(hash) ?? -1
      if (volume === undefined || block < 0) continue
      try {
        return volume.reader.readBlock(block).slice()
      } catch (error) {
        if (!isTercetError(error)) throw error
      }
    }
    return undefined
  }

  async #openVolume(id: number): Promise<OpenVolume | undefined> {
    const volume = this.#context.catalog.volumes.byId(id)
    const opened = volume === undefined ? undefined : await this.#tryOpen(volume)
    this.#open.set(id, opened)
    if (this.#open.size > MAX_OPEN) {
      const [oldest, left] = this.#open.entries().next().value as [number, OpenVolume | undefined]
      this.#open.delete(oldest)
      left?.close()
    }
    return opened
  }

  /** A volume that cannot be read is no failure yet: another may hold the block, too. */
  async #tryOpen({ name }: CatalogVolume): Promise<OpenVolume | undefined> {
    try {
      const fetched = await this.#fetcher.fetch(name, { signal: this.#signal })
      try {
        const { blocksize, blockHash, fileHash } = this.#settings
        const settings = { blocksize, blockHash, fileHash }
        const reader = await openStoredVolume({ path: fetched.path, name, keyring: this.#keyring, settings })
        const close = (): void => {
          reader[Symbol.dispose]()
          fetched[Symbol.dispose]()
        }
        if (reader.type === 'dblock') return { reader, close }
        close()
      } catch (error) {
        fetched[Symbol.dispose]()
        throw error
      }
    } catch (error) {
      this.#signal?.throwIfAborted()
      if (!isTercetError(error) || error.code === 'CRYPTO_NO_PASSPHRASE') throw error
    }
    return undefined
  }

  [Symbol.dispose](): void {
    for (const volume of this.#open.values()) volume?.close()
    this.#fetcher[Symbol.dispose]()
  }
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1')
}

function lost(path: string): EngineError {
  return new EngineError(
    'RESTORE_FILE_LOST',
    `${path} cannot be read: a block of it is in no volume that can be read. Verify tells which volumes are damaged`,
    { context: { path } }
  )
}
