import { createAesCryptKeyring, deriveAesCryptKey, hashBytes, hashSizeBytes } from '@tercet/crypto'
import type { CallOptions } from '@tercet/interface'
import { BlockIndex } from '../block-index/block-index.ts'
import { CoreError } from '../core-error.ts'
import { OpenUploads } from '../volumes/open-uploads.ts'
import { registerVolume } from '../volumes/pending-upload.ts'
import type { ListingPlan } from '../volumes/reconcile-listing.ts'
import { createSpool, type Spool } from '../volumes/spool.ts'
import { VolumePacker } from '../volumes/volume-packer.ts'
import { VolumeStore } from '../volumes/volume-store.ts'
import { adoptVolumes } from './adopt-volumes.ts'
import {
  type BlockStoreOptions,
  claimCatalog,
  isAdopting,
  type ResolvedBlockStoreOptions,
  resolveBlockStoreOptions,
  setAdopted
} from './block-store-options.ts'
import { BlockVolumes } from './block-volumes.ts'
import { VolumeShelf } from './volume-shelf.ts'

/**
 * Blocks by their hashes: what is put twice is stored once. Blocks gather in a volume in the spool until it is full;
 * what has to survive is flushed. Nothing is ever deleted.
 */
export interface BlockStore extends AsyncDisposable {
  /** Blocks in volumes that are complete. */
  readonly count: number
  /**
   * Takes a block, 1 byte to the block size, and resolves with its SHA-256 hash. It is safe after the next `flush`.
   *
   * @throws RangeError for a block of another size; CoreError `SPOOL_FULL`, `SPOOL_FAILED`, `DESTINATION_UPLOAD_FAILED`;
   * StorageError. After a failure the store is to be disposed of and opened again: what was flushed before is safe
   */
  put(block: Uint8Array, options?: CallOptions): Promise<Uint8Array>
  /**
   * The block with this hash, verified. One that was not flushed yet is flushed for it, which closes its volume.
   *
   * @throws CoreError `BLOCK_NOT_FOUND`, `DESTINATION_VOLUME_DAMAGED`; VolumeError, CryptoError, StorageError when no volume
   * that has it can be read; `signal.reason`
   */
  get(hash: Uint8Array, options?: CallOptions): Promise<Uint8Array>
  /** Resolves when the destination has acknowledged all that was put before. Throws what `put` throws. */
  flush(options?: CallOptions): Promise<void>
  /** Flushes, unless something failed before, and frees what the store holds; catalog and backend stay open. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Volumes on their way beyond which `put` waits. */
const MOST_UPLOADS = 8
/** Volumes kept open for `get`. */
const MOST_OPEN = 4
const FORCE = Object.freeze({ force: true })

/**
 * Opens a store of blocks without files: deduplicating storage for another purpose than backup. The destination holds
 * dblock and dindex volumes of the format, and no version: any reader of the format can get the blocks out, and a backup
 * with another prefix may lie beside them. With an empty catalog the blocks that are there are found again from the
 * dindexes. What an interruption left behind is cleared up.
 *
 * @throws ConfigurationError `CONFIG_*`; CoreError `BLOCK_STORE_MISMATCH`, `DESTINATION_UNKNOWN_VOLUMES`, `SPOOL_*`;
 * VolumeError, CryptoError (`CRYPTO_WRONG_PASSPHRASE`), StorageError; `signal.reason`
 */
export async function createBlockStore(options: BlockStoreOptions): Promise<BlockStore> {
  const resolved = resolveBlockStoreOptions(options)
  resolved.signal?.throwIfAborted()
  claimCatalog(resolved)
  const spool = createSpool({ folder: resolved.spoolFolder })
  try {
    const store = new PackedBlockStore(resolved, spool)
    await store.open()
    return store
  } catch (error) {
    spool[Symbol.dispose]()
    throw error
  }
}

class PackedBlockStore implements BlockStore {
  readonly #options: ResolvedBlockStoreOptions
  readonly #spool: Spool
  readonly #volumes: VolumeStore
  readonly #index = BlockIndex.create()
  readonly #packer: VolumePacker
  readonly #uploads = new OpenUploads()
  readonly #stored: BlockVolumes
  readonly #shelf: VolumeShelf
  readonly #abort = new AbortController()
  #failure: { readonly error: unknown } | undefined
  #isClosed = false

  constructor(options: ResolvedBlockStoreOptions, spool: Spool) {
    const { backend, catalog, prefix, settings, passphrase, compression, volumeSizeBytes } = options
    this.#options = options
    this.#spool = spool
    const key = passphrase === undefined ? undefined : deriveAesCryptKey(passphrase)
    const keyring = key && createAesCryptKeyring(passphrase!, { keys: [key] })
    const { signal } = this.#abort
    this.#stored = new BlockVolumes({ store: options, spool, keyring, signal })
    this.#shelf = new VolumeShelf((name) => this.#stored.open(name), MOST_OPEN)
    this.#volumes = new VolumeStore({
      backend,
      catalog,
      spool,
      prefix,
      settings,
      key,
      keyring
    })
    this.#packer = new VolumePacker({
      spoolFolder: spool.folder,
      prefix,
      settings,
      compression,
      dblockSizeBytes: volumeSizeBytes,
      indexPolicy: 'full',
      key,
      index: this.#index,
      onVolume: (volume) => this.#send(volume)
    })
  }

  get count(): number {
    return this.#options.catalog.blocks.count()
  }

  async open(): Promise<void> {
    const { catalog, signal } = this.#options
    if (isAdopting(catalog)) {
      const open = (name: string) => this.#stored.open(name)
      await adoptVolumes({ catalog, found: await this.#stored.list({ signal }), open, signal })
      setAdopted(catalog)
    }
    const { plan, defects } = await this.#volumes.verifyListing({
      mode: 'clean',
      accept: assertKnown,
      signal
    })
    const lost = defects.filter(({ code }) => /_(?:MISSING|DAMAGED)$/.test(code)).map(({ volume }) => volume)
    const verifiedAt = Date.now()
    const back = [...catalog.ledger.all()].filter(({ volumeName }) => !lost.includes(volumeName))
    catalog.ledger.recordAll([
      ...lost.map((volumeName) => ({ volumeName, verifiedAt, outcome: 'damaged' as const })),
      ...back.map(({ volumeName }) => ({ volumeName, verifiedAt, outcome: 'sound' as const }))
    ])
    if (plan.volumes > 0) await this.#stored.tryPassphrase(new Set(lost))
    // Blocks of volumes that are lost are stored anew when they come again.
    this.#index.load(catalog.blocks.sound(), catalog.blocks.nextOrdinal())
  }

  async put(block: Uint8Array, { signal }: CallOptions = {}): Promise<Uint8Array> {
    this.#assertUsable(signal)
    const { blocksize, blockHash } = this.#options.settings
    if (!(block instanceof Uint8Array)) throw new TypeError('A block is a Uint8Array')
    if (block.length === 0 || block.length > blocksize)
      throw new RangeError(`A block of this store has 1 to ${blocksize} bytes, not ${block.length}`)
    const hash = new Uint8Array(hashBytes(blockHash, block))
    await this.#guarded(async () => {
      // Of the same fingerprint, and yet another block: once in a very long time.
      if (this.#packer.addBlock(hash, block) >= 0 && this.#copiesOf(hash).length === 0)
        this.#packer.addBlock(hash, block, FORCE)
      await this.#uploads.settle(MOST_UPLOADS)
    })
    return hash
  }

  async get(hash: Uint8Array, { signal }: CallOptions = {}): Promise<Uint8Array> {
    this.#assertUsable(signal)
    const { catalog, settings } = this.#options
    if (hash.length !== hashSizeBytes(settings.blockHash))
      throw new RangeError(`A hash has ${hashSizeBytes(settings.blockHash)} bytes, not ${hash.length}`)
    if (this.#copiesOf(hash).length === 0 && this.#index.lookup(hash) >= 0) await this.flush({ signal })
    const copies = this.#copiesOf(hash)
    let failure: unknown = new CoreError(
      'BLOCK_NOT_FOUND',
      `No block has the hash ${Buffer.from(hash).toString('hex')}`
    )
    for (const volumeId of catalog.blocks.locate(Uint32Array.from(copies)).volumeIds) {
      if (catalog.volumes.byId(volumeId)?.state === 'uploading')
        await this.#guarded(() => this.#uploads.settle(0))
      signal?.throwIfAborted()
      try {
        return await this.#shelf.read(catalog.volumes.byId(volumeId)!.name, hash)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  async flush({ signal }: CallOptions = {}): Promise<void> {
    this.#assertUsable(signal)
    await this.#guarded(async () => {
      const volume = this.#packer.finish()
      if (volume !== undefined) this.#send(volume)
      await this.#uploads.settle(0)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    try {
      if (this.#failure === undefined) await this.flush()
    } finally {
      this.#isClosed = true
      this.#abort.abort(new Error('The block store was closed'))
      await this.#uploads.settle(0).catch(() => {})
      this.#packer[Symbol.dispose]()
      await this.#shelf[Symbol.asyncDispose]()
      this.#spool[Symbol.dispose]()
    }
  }

  /** Entered in the catalog before anything of it is sent. */
  #send(volume: Parameters<typeof registerVolume>[1]): void {
    const pending = registerVolume(this.#options.catalog, volume)
    this.#uploads.add(this.#volumes.upload(pending, { signal: this.#abort.signal }))
  }

  /** Ordinals of blocks in complete volumes that certainly have this hash. */
  #copiesOf(hash: Uint8Array): number[] {
    const candidates = this.#index.candidates(hash)
    if (candidates.length === 0) return []
    const hashes = Buffer.concat(candidates.map(() => hash))
    const { mismatched, unknown } = this.#options.catalog.blocks.confirm(Uint32Array.from(candidates), hashes)
    const wrong = new Set([...mismatched, ...unknown])
    return candidates.filter((_ordinal, position) => !wrong.has(position))
  }

  #assertUsable(signal: AbortSignal | undefined): void {
    if (this.#isClosed) throw new CoreError('BLOCK_STORE_CLOSED', 'The block store was closed')
    if (this.#failure !== undefined) throw this.#failure.error
    signal?.throwIfAborted()
  }

  /** What fails in here costs blocks that were promised, so nothing more is taken. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#failure ??= { error }
      throw error
    }
  }
}

/** @throws CoreError `DESTINATION_UNKNOWN_VOLUMES` */
function assertKnown({ unknown }: ListingPlan): void {
  if (unknown.length === 0) return
  throw new CoreError(
    'DESTINATION_UNKNOWN_VOLUMES',
    `The destination holds volumes of this store that the catalog does not know (${unknown.length}, such as ${unknown[0]!.name}): open it with its own catalog, or with an empty one, which finds all of them`,
    { context: { volumes: unknown.length, first: unknown[0]!.name } }
  )
}
