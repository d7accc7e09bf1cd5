import { type BlockIndex, type BlockRefs, type Catalog, type EntryRow, FLAG_STALE } from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import type { VolumeSettings } from '@tercet/volume-format'

/** Blocks that are looked up together, so that the catalog is asked in few goes. */
const BLOCKS_PER_CHECK = 8192

/**
 * Entries that the version `seq` itself stored and of which some block is in no sound volume that the catalog knows.
 * The index must hold the sound blocks of the catalog and no others. What was carried over unread is passed over.
 */
export function* findUnstoredEntries(
  catalog: Catalog,
  index: BlockIndex,
  seq: number,
  settings: VolumeSettings
): Generator<EntryRow> {
  let check = new BlockCheck(catalog, index, settings)
  for (const row of catalog.entries.of({ seq, changedOnly: true })) {
    if ((row.flags & FLAG_STALE) !== 0) continue
    check.add(row)
    if (check.blockCount < BLOCKS_PER_CHECK) continue
    yield* check.unstored()
    check = new BlockCheck(catalog, index, settings)
  }
  yield* check.unstored()
}

/** Looks for the blocks of some entries in the catalog. */
class BlockCheck {
  readonly #catalog: Catalog
  readonly #index: BlockIndex
  readonly #settings: VolumeSettings
  readonly #rows: EntryRow[] = []
  readonly #missing = new Set<number>()
  readonly #owners: number[] = []
  readonly #ordinals: number[] = []
  readonly #hashes: Uint8Array[] = []
  readonly #sizes: number[] = []

  constructor(catalog: Catalog, index: BlockIndex, settings: VolumeSettings) {
    this.#catalog = catalog
    this.#index = index
    this.#settings = settings
  }

  get blockCount(): number {
    return this.#ordinals.length
  }

  add(row: EntryRow): void {
    this.#rows.push(row)
    if (row.type === 'file') this.#addStream(row.hash, row.size, row.content)
    this.#addStream(row.metaHash, row.metaSize, row.metaContent)
  }

  unstored(): EntryRow[] {
    if (this.#ordinals.length > 0) this.#confirm()
    return this.#rows.filter((_row, index) => this.#missing.has(index))
  }

  #confirm(): void {
    const hashes = Buffer.concat(this.#hashes)
    const ordinals = Uint32Array.from(this.#ordinals)
    const { mismatched, unknown } = this.#catalog.blocks.confirm(
      ordinals,
      hashes,
      Uint32Array.from(this.#sizes)
    )
    for (const position of [...mismatched, ...unknown])
      if (!this.#hasCopy(position)) this.#missing.add(this.#owners[position]!)
  }

  #addStream(hash: Uint8Array | undefined, size: number, refs: BlockRefs | undefined): void {
    if (hash === undefined || size === 0) return
    if (refs === undefined) this.#addBlock(hash, size)
    else if (refs.block !== undefined) this.#addBlock(refs.block, size)
    else {
      let rest = size
      for (const list of refs.blocklists) rest = this.#addBlocklist(list, rest)
    }
  }

  /** Adds a blocklist and what it lists; returns the bytes of the stream that come after it. */
  #addBlocklist(list: Uint8Array, restBytes: number): number {
    const { blocksize, blockHash } = this.#settings
    const width = hashSizeBytes(blockHash)
    const blocks = this.#catalog.blocksets.blocklist(list)
    if (blocks === undefined) {
      this.#missing.add(this.#rows.length - 1)
      return 0
    }
    this.#addBlock(list, blocks.byteLength)
    let rest = restBytes
    for (let at = 0; at < blocks.byteLength; at += width, rest -= blocksize)
      this.#addBlock(blocks.subarray(at, at + width), Math.min(blocksize, rest))
    return rest
  }

  #addBlock(hash: Uint8Array, size: number): void {
    const ordinal = this.#index.lookup(hash)
    if (ordinal < 0) {
      this.#missing.add(this.#rows.length - 1)
      return
    }
    this.#owners.push(this.#rows.length - 1)
    this.#ordinals.push(ordinal)
    this.#hashes.push(hash)
    this.#sizes.push(size)
  }

  /** The first candidate was another block; a further one with the same fingerprint may be the right one. */
  #hasCopy(position: number): boolean {
    const hash = this.#hashes[position]!
    const candidates = Uint32Array.from(this.#index.candidates(hash))
    const hashes = Buffer.concat(Array.from(candidates, () => hash))
    const sizes = new Uint32Array(candidates.length).fill(this.#sizes[position]!)
    const { mismatched, unknown } = this.#catalog.blocks.confirm(candidates, hashes, sizes)
    return mismatched.length + unknown.length < candidates.length
  }
}
