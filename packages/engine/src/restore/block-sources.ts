import type { CatalogReader, CatalogVolume } from '@tercet/core'
import { float64List, PackedBytes, uint32List } from '../common/growable.ts'
import { HashTable } from '../common/hash-table.ts'
import type { BlockSupply, BlockTargets, SourceTargets } from './block-targets.ts'
import type { FilesSource } from './job-types.ts'

/** A volume that blocks are taken from. */
export interface PlannedVolume {
  readonly kind: 'volume'
  readonly id: number
  readonly name: string
  /** Bytes at the destination as the listing says, else as the catalog remembers. */
  readonly sizeBytes: number
  /** What the catalog expects; nothing is expected where the listing says otherwise, as its blocks are checked anyway. */
  readonly expected: { readonly sizeBytes?: number | undefined; readonly hash?: Uint8Array | undefined }
}

export type PlannedSource = PlannedVolume | LocalBlocks

/** Blocks in files on this machine. */
export class LocalBlocks {
  readonly kind = 'files'
  readonly #hashBytes: number
  readonly #blocks: HashTable
  readonly #sizes = uint32List()
  readonly #files = uint32List()
  readonly #offsets = float64List()
  readonly #paths = new PackedBytes()

  constructor(hashBytes: number) {
    this.#hashBytes = hashBytes
    this.#blocks = new HashTable(hashBytes)
  }

  addFile(path: string): number {
    this.#paths.pushText(path)
    return this.#paths.count - 1
  }

  addBlock(file: number, offset: number, hashes: Uint8Array, hashOffset: number, sizeBytes: number): void {
    if (this.#blocks.add(hashes, hashOffset) !== this.#sizes.length) return
    this.#sizes.push(sizeBytes)
    this.#files.push(file)
    this.#offsets.push(offset)
  }

  get supply(): BlockSupply {
    const count = this.#blocks.count
    const hashes = new Uint8Array(count * this.#hashBytes)
    for (let block = 0; block < count; block++)
      hashes.set(this.#blocks.hashAt(block), block * this.#hashBytes)
    return { hashes, sizes: this.#sizes.view(), count }
  }

  /** Where the blocks of a job lie. */
  source(targets: SourceTargets): FilesSource {
    const blockFiles = new Uint32Array(targets.sizes.length)
    const blockOffsets = new Float64Array(targets.sizes.length)
    for (let i = 0; i < blockFiles.length; i++) {
      const block = this.#blocks.find(targets.hashes, i * this.#hashBytes)
      blockFiles[i] = this.#files.at(block)
      blockOffsets[i] = this.#offsets.at(block)
    }
    return { kind: 'files', paths: this.#paths.pack(), blockFiles, blockOffsets }
  }
}

/** What the destination holds: sizes by name; undefined: it does not tell the size. */
export type Listing = ReadonlyMap<string, number | undefined>

/**
 * Finds a volume for every block that no source gives yet, in the order of the catalog's runs. Volumes that are not
 * at the destination are passed over, those of another size than expected or found damaged by a verification come
 * last, and `tried` ones never.
 *
 * @returns the sources that were added to `sources`, by their index
 */
export function assignVolumes(
  catalog: CatalogReader,
  listing: Listing,
  targets: BlockTargets,
  sources: PlannedSource[],
  isTried: (volumeId: number, hashes: Uint8Array, offset: number) => boolean = () => false
): void {
  const volumes = new Map<number, VolumeState | undefined>()
  const damaged = new Set(catalog.volumes.damaged().map(({ id }) => id))
  for (const wantSound of [true, false]) {
    for (const run of catalog.blocks.all()) {
      let volume = volumes.get(run.volumeId)
      if (volume === undefined && !volumes.has(run.volumeId)) {
        volume = stateOf(catalog.volumes.byId(run.volumeId), listing, damaged)
        volumes.set(run.volumeId, volume)
      }
      if (volume === undefined || volume.isSound !== wantSound) continue
      const index = volume.index ?? sources.length
      const taken = targets.offer(index, run, (hashes, offset) => isTried(run.volumeId, hashes, offset))
      if (taken === 0 || volume.index !== undefined) continue
      volume.index = index
      sources.push(volume.planned)
    }
  }
}

interface VolumeState {
  readonly planned: PlannedVolume
  readonly isSound: boolean
  index: number | undefined
}

function stateOf(
  volume: CatalogVolume | undefined,
  listing: Listing,
  damaged: ReadonlySet<number>
): VolumeState | undefined {
  if (volume === undefined || !listing.has(volume.name)) return undefined
  const listed = listing.get(volume.name)
  const hasSize = listed === undefined || volume.size === undefined || listed === volume.size
  const planned: PlannedVolume = {
    kind: 'volume',
    id: volume.id,
    name: volume.name,
    sizeBytes: listed ?? volume.size ?? 0,
    expected: hasSize ? { sizeBytes: volume.size, hash: volume.hash } : {}
  }
  return { planned, isSound: hasSize && !damaged.has(volume.id), index: undefined }
}
