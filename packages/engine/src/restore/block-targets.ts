import { uint32List } from '../common/growable.ts'
import { HashTable } from '../common/hash-table.ts'

/** Set in the index of a target whose block belongs to an entry's metadata instead of its content. */
export const METADATA = 0x8000_0000

/** No source holds the block (or none that was not tried yet). */
const NONE = 0xffff_ffff

/** Entries do not agree about the length of the block: each is compared with what comes. */
const ANY_SIZE = 0xffff_ffff

/** Blocks that one source can give: hashes one after the other. */
export interface BlockSupply {
  readonly hashes: Uint8Array
  readonly sizes: Uint32Array
  readonly count: number
}

/** What one source is to give: its blocks, and for each where it goes. Plain data for a worker. */
export interface SourceTargets {
  /** Hashes of the blocks, packed. */
  readonly hashes: Uint8Array
  readonly sizes: Uint32Array
  /** Targets of block `i` are those from `targetStarts[i]` up to `targetStarts[i + 1]`. */
  readonly targetStarts: Uint32Array
  readonly targetEntries: Uint32Array
  /** Index of the block in the content, or with {@link METADATA} in the metadata, of the entry. */
  readonly targetIndexes: Uint32Array
}

/**
 * Which blocks a restore needs, where each goes and which source gives it. Each block is wanted from one source at a
 * time, however many places it goes to: 12 bytes a target, and about 50 for each distinct block.
 */
export class BlockTargets {
  readonly #blocks: HashTable
  readonly #sizes = uint32List()
  readonly #sources = uint32List()
  readonly #targetBlocks = uint32List()
  readonly #targetEntries = uint32List()
  readonly #targetIndexes = uint32List()

  constructor(hashBytes: number) {
    this.#blocks = new HashTable(hashBytes)
  }

  get hashBytes(): number {
    return this.#blocks.hashBytes
  }

  get blockCount(): number {
    return this.#blocks.count
  }

  get targetCount(): number {
    return this.#targetBlocks.length
  }

  add(hash: Uint8Array, offset: number, sizeBytes: number, entry: number, index: number): void {
    const block = this.#blocks.add(hash, offset)
    if (block === this.#sizes.length) {
      this.#sizes.push(sizeBytes)
      this.#sources.push(NONE)
    } else if (this.#sizes.at(block) !== sizeBytes) {
      this.#sizes.set(block, ANY_SIZE)
    }
    this.#targetBlocks.push(block)
    this.#targetEntries.push(entry)
    this.#targetIndexes.push(index >>> 0)
  }

  /**
   * Takes from `supply` what nobody gives yet, except blocks for which `isRefused` says so.
   *
   * @returns number of blocks that `source` gives from now on
   */
  offer(
    source: number,
    supply: BlockSupply,
    isRefused: (hashes: Uint8Array, offset: number) => boolean = () => false
  ): number {
    const { hashBytes } = this.#blocks
    let taken = 0
    for (let i = 0; i < supply.count; i++) {
      const block = this.#blocks.find(supply.hashes, i * hashBytes)
      if (block < 0 || this.#sources.at(block) !== NONE) continue
      const sizeBytes = supply.sizes[i] as number
      if (this.#sizes.at(block) !== sizeBytes && this.#sizes.at(block) !== ANY_SIZE) continue
      if (isRefused(supply.hashes, i * hashBytes)) continue
      this.#sizes.set(block, sizeBytes)
      this.#sources.set(block, source)
      taken += 1
    }
    return taken
  }

  /** The block with this hash is not given by its present source after all. */
  withdraw(hash: Uint8Array, offset: number): void {
    const block = this.#blocks.find(hash, offset)
    if (block >= 0) this.#sources.set(block, NONE)
  }

  has(hash: Uint8Array, offset: number): boolean {
    return this.#blocks.find(hash, offset) >= 0
  }

  sourceOf(hash: Uint8Array, offset: number): number | undefined {
    const block = this.#blocks.find(hash, offset)
    const source = block < 0 ? NONE : this.#sources.at(block)
    return source === NONE ? undefined : source
  }

  /** Calls back for each target of a block that nobody gives; the hash is a view. */
  unsupplied(visit: (entry: number, index: number, hash: Uint8Array) => void): void {
    for (let target = 0; target < this.targetCount; target++) {
      const block = this.#targetBlocks.at(target)
      if (this.#sources.at(block) !== NONE) continue
      visit(this.#targetEntries.at(target), this.#targetIndexes.at(target), this.#blocks.hashAt(block))
    }
  }

  /** Sorts all targets by source once, so that each source's share can be cut out. */
  bySource(sourceCount: number): SourceShares {
    const blockOrder = groupBy(this.#sources.view(), sourceCount)
    const targetOrder = groupBy(this.#targetBlocks.view(), this.blockCount)
    return {
      share: (source) => {
        const blocks = blockOrder.members.subarray(blockOrder.starts[source], blockOrder.starts[source + 1])
        return this.#share(blocks, targetOrder)
      },
      blockCount: (source) => (blockOrder.starts[source + 1] ?? 0) - (blockOrder.starts[source] ?? 0)
    }
  }

  #share(blocks: Uint32Array, order: Groups): SourceTargets {
    const { hashBytes } = this.#blocks
    const hashes = new Uint8Array(blocks.length * hashBytes)
    const sizes = new Uint32Array(blocks.length)
    const targetStarts = new Uint32Array(blocks.length + 1)
    blocks.forEach((block, i) => {
      hashes.set(this.#blocks.hashAt(block), i * hashBytes)
      sizes[i] = this.#sizes.at(block)
      targetStarts[i + 1] =
        (targetStarts[i] as number) + (order.starts[block + 1] as number) - (order.starts[block] as number)
    })
    const targetEntries = new Uint32Array(targetStarts[blocks.length] as number)
    const targetIndexes = new Uint32Array(targetEntries.length)
    let filled = 0
    for (const block of blocks) {
      for (let at = order.starts[block] as number; at < (order.starts[block + 1] as number); at++) {
        const target = order.members[at] as number
        targetEntries[filled] = this.#targetEntries.at(target)
        targetIndexes[filled++] = this.#targetIndexes.at(target)
      }
    }
    return { hashes, sizes, targetStarts, targetEntries, targetIndexes }
  }
}

/** The targets of {@link BlockTargets}, sorted by source. */
export interface SourceShares {
  share(source: number): SourceTargets
  blockCount(source: number): number
}

interface Groups {
  /** Members of group `g` are those from `starts[g]` up to `starts[g + 1]`. */
  readonly starts: Uint32Array
  readonly members: Uint32Array
}

/** Counting sort: the indexes of `keys`, grouped by key; keys of {@link NONE} are left out. */
function groupBy(keys: Uint32Array, groupCount: number): Groups {
  const starts = new Uint32Array(groupCount + 1)
  for (const key of keys) if (key !== NONE) starts[key + 1] = (starts[key + 1] as number) + 1
  for (let group = 0; group < groupCount; group++) {
    starts[group + 1] = (starts[group + 1] as number) + (starts[group] as number)
  }
  const members = new Uint32Array(starts[groupCount] as number)
  const next = starts.slice()
  keys.forEach((key, index) => {
    if (key === NONE) return
    members[next[key] as number] = index
    next[key] = (next[key] as number) + 1
  })
  return { starts, members }
}
