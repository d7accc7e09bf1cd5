import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import { type AesCryptKey, createAesCryptKeyring, deriveAesCryptKey, hashBytes } from '@tercet/crypto'
import type { OperationObserver, StorageBackend, StorageLayer } from '@tercet/interface'
import { createVirtualClock, type VirtualClock } from '@tercet/testkit-faults'
import { createMemorySpool, DEFAULT_VOLUME_SETTINGS, writeDlist } from '@tercet/volume-format'
import { BlockIndex } from '../../src/block-index/block-index.ts'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { openCatalog } from '../../src/catalog/open-catalog.ts'
import type { FinishedVolume, VolumeFile } from '../../src/volumes/finished-volume.ts'
import { createSpool, type Spool } from '../../src/volumes/spool.ts'
import type { VolumeStoreOptions } from '../../src/volumes/store-options.ts'
import { VolumeFileWriter } from '../../src/volumes/volume-file-writer.ts'
import { VolumePacker } from '../../src/volumes/volume-packer.ts'
import { dlistName, type VolumeRecipe } from '../../src/volumes/volume-recipe.ts'
import { VolumeStore } from '../../src/volumes/volume-store.ts'

export const SETTINGS = { ...DEFAULT_VOLUME_SETTINGS, blocksize: 1024 }
export const PASSPHRASE = 'open, please'
export const KEY: AesCryptKey = deriveAesCryptKey(PASSPHRASE)
/** 2025-01-01, where virtual clocks begin, in seconds. */
export const TIME = Date.UTC(2025, 0, 1) / 1000

/** A destination and a folder that outlive the runs in them. */
export interface World extends Disposable {
  readonly folder: string
  readonly backend: MemoryBackend
}

export function createWorld(backend: MemoryBackend = createMemoryBackend()): World {
  const folder = mkdtempSync(join(tmpdir(), 'tercet-world-'))
  return { folder, backend, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

/** One run: what a process would have open. */
export interface Run extends Disposable {
  readonly catalog: Catalog
  readonly store: VolumeStore
  readonly spool: Spool
  readonly clock: VirtualClock
  readonly recipe: VolumeRecipe
  /** Packs blocks made from the numbers. */
  pack(...numbers: number[]): FinishedVolume
  dlist(time: number): Promise<VolumeFile>
  /** Names, types and states of all volumes. */
  rows(): string[]
}

export interface RunOptions extends Partial<Omit<VolumeStoreOptions, 'backend' | 'catalog' | 'clock'>> {
  readonly layer?: StorageLayer
  readonly backend?: StorageBackend
  readonly observer?: OperationObserver
  readonly clock?: VirtualClock
  readonly plain?: boolean
}

export async function openRun(world: World, options: RunOptions = {}): Promise<Run> {
  const { layer, observer, clock = createVirtualClock(), plain = false, ...storeOptions } = options
  const backend = options.backend ?? (layer === undefined ? world.backend : layer(world.backend))
  const catalog = await openCatalog({
    path: join(world.folder, 'catalog.sqlite'),
    clock: () => clock.now(),
    observer
  })
  const spool = createSpool({ folder: join(world.folder, 'spool') })
  const key = plain ? undefined : KEY
  const index = BlockIndex.create()
  index.load(catalog.blocks.all())
  const recipe: VolumeRecipe = {
    spoolFolder: spool.folder,
    prefix: 'duplicati',
    settings: SETTINGS,
    compression: { method: 'none' },
    dblockSizeBytes: 1 << 20,
    indexPolicy: 'full',
    key
  }
  const store = new VolumeStore({
    prefix: 'duplicati',
    settings: SETTINGS,
    key,
    keyring: createAesCryptKeyring(PASSPHRASE, { keys: [KEY] }),
    spool,
    ...storeOptions,
    backend,
    catalog,
    clock
  })
  return {
    catalog,
    store,
    spool,
    clock,
    recipe,
    pack(...numbers) {
      using packer = new VolumePacker({ ...recipe, index, onVolume: () => {} })
      for (const number of numbers) packer.addBlock(blockHash(number), blockData(number), { force: true })
      const list = Buffer.concat(numbers.map(blockHash))
      packer.addBlocklist(hashBytes('SHA256', list), list, { force: true })
      return packer.finish()!
    },
    async dlist(time) {
      const name = dlistName(recipe, time)
      const file = new VolumeFileWriter({ path: spool.pathOf(name), key, fileHash: 'SHA256' })
      await writeDlist({
        sink: file,
        spool: createMemorySpool(),
        settings: SETTINGS,
        compression: { method: 'none' },
        createdAt: new Date(time * 1000),
        isFull: true,
        entries: []
      })
      return { name, path: file.path, ...file.finish() }
    },
    rows: () => [...catalog.volumes.all()].map(({ type, state }) => `${type} ${state}`),
    [Symbol.dispose]() {
      catalog.close()
      spool[Symbol.dispose]()
    }
  }
}

export function blockData(number: number): Uint8Array {
  return new TextEncoder().encode(`block ${number} `.repeat(8))
}

export function blockHash(number: number): Uint8Array {
  return hashBytes('SHA256', blockData(number))
}

/** The bytes that the destination has under a name. */
export async function stored(backend: StorageBackend, name: string): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(backend.get(name)))
}

export async function names(backend: StorageBackend): Promise<string[]> {
  return (await Array.fromAsync(backend.list())).map(({ path }) => path).sort()
}

/** What the promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('The promise did not reject')
}

/** A backend with some of its methods replaced. */
export function overriding(inner: StorageBackend, methods: Partial<StorageBackend>): StorageBackend {
  return new Proxy(inner, {
    get(target, key) {
      const value = Reflect.get(key in methods ? methods : target, key) as unknown
      return typeof value === 'function' && !(key in methods) ? value.bind(target) : value
    }
  })
}
