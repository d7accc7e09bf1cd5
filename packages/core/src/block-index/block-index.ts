import { assertKnownKeys } from '@tercet/interface'
import { CoreError } from '../core-error.ts'
import { Fingerprint } from './fingerprint.ts'
import { lock, unlock } from './futex-mutex.ts'
import {
  emptySlotFrom,
  findSlot,
  holds,
  insertAt,
  reachWith,
  removeAt,
  type Slots,
  spread,
  valueAt,
  WORDS_PER_SLOT
} from './ordered-slots.ts'

export interface BlockIndexOptions {
  /** Blocks to make room for at once, so that filling it need not grow it step by step. */
  readonly expectedBlocks?: number | undefined
  /** Most blocks. Only address space is set aside for them. @defaultValue 400 million */
  readonly maxBlocks?: number | undefined
  /** Bits of the hash that are told apart, 1 to 64; fewer only in tests, which need false hits. @defaultValue 64 */
  readonly fingerprintBits?: number | undefined
  /** Secret of the table; fixed only in tests. */
  readonly seed?: bigint | undefined
}

/** What another thread needs to share an index; can be posted to it. */
export interface BlockIndexHandle {
  readonly memory: SharedArrayBuffer
}

/** Packed blocks with consecutive ordinals: what {@link BlockIndex.load} reads of a run of the catalog. */
export interface IndexedRun {
  readonly first: number
  readonly count: number
  readonly hashes: Uint8Array
}

const KNOWN = ['expectedBlocks', 'maxBlocks', 'fingerprintBits', 'seed']

/** Places of the header's 32-bit words. */
const MUTEX = 0
const COUNT = 1
const HOMES = 2
const SLOTS = 3
const NEXT_ORDINAL = 4
const BITS = 5
const FACTOR_HIGH = 6
const FACTOR_LOW = 7
const HEADER_BYTES = 64

const SLOT_BYTES = WORDS_PER_SLOT * 4
/** Fuller than this, clusters of taken slots get long. */
const MAX_LOAD = 0.75
const GROWTH = 1.25
const LEAST_HOMES = 1024
/** Slots behind the last home; more are added when they are used up. */
const TAIL = 64
/** Entries kept with equal fingerprints: by chance there is hardly ever a second one, but a block may be stored again. */
const MAX_EQUAL = 8
const MAX_ORDINAL = 2 ** 32 - 2

/**
 * Which blocks are stored: hash → ordinal, for all threads at once, in 16 to 20 bytes a block. Only a fingerprint of
 * each hash is kept, so an answer is a *candidate*, which the catalog confirms. Every call is one short critical
 * section; the memory grows in place and is touched only as far as it is used.
 */
export class BlockIndex {
  readonly #memory: SharedArrayBuffer
  readonly #header: Int32Array
  readonly #words: Uint32Array
  readonly #fingerprint: Fingerprint
  readonly #table: Slots

  private constructor(memory: SharedArrayBuffer) {
    this.#memory = memory
    this.#header = new Int32Array(memory, 0, HEADER_BYTES / 4)
    this.#words = new Uint32Array(memory, 0, HEADER_BYTES / 4)
    this.#fingerprint = new Fingerprint(this.#read(FACTOR_HIGH), this.#read(FACTOR_LOW), this.#read(BITS))
    this.#table = { words: new Uint32Array(memory, HEADER_BYTES, 0), homes: 0, slots: 0 }
  }

  static create(options: BlockIndexOptions = {}): BlockIndex {
    assertKnownKeys(options, KNOWN, 'BlockIndex.create')
    const { expectedBlocks = 0, maxBlocks = 400_000_000, fingerprintBits = 64 } = options
    if (!(fingerprintBits >= 1 && fingerprintBits <= 64))
      throw new RangeError(`fingerprintBits: ${fingerprintBits}`)
    const homes = homesFor(expectedBlocks)
    const bytes = HEADER_BYTES + (homes + TAIL) * SLOT_BYTES
    const memory = reserve(bytes, Math.max(bytes, HEADER_BYTES + (homesFor(maxBlocks) + TAIL) * SLOT_BYTES))
    const seed = options.seed ?? crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n
    const header = new Uint32Array(memory, 0, HEADER_BYTES / 4)
    header[HOMES] = homes
    header[SLOTS] = homes + TAIL
    header[BITS] = fingerprintBits
    header[FACTOR_HIGH] = Number((seed >> 32n) & 0xffffffffn)
    header[FACTOR_LOW] = Number(seed & 0xffffffffn) | 1
    return new BlockIndex(memory)
  }

  /** The same index in another thread. */
  static attach(handle: BlockIndexHandle): BlockIndex {
    return new BlockIndex(handle.memory)
  }

  share(): BlockIndexHandle {
    return { memory: this.#memory }
  }

  /** Blocks in it. */
  get size(): number {
    return this.#locked(() => this.#read(COUNT))
  }

  /** Bytes of memory that it has; what is reserved beyond costs address space only. */
  get byteLength(): number {
    return this.#locked(() => HEADER_BYTES + this.#read(SLOTS) * SLOT_BYTES)
  }

  /**
   * Claims the block with the hash at `offset`: the ordinal of a stored block that is probably the same, or -1 when
   * there was none, and `ordinal` was entered for it: the caller must now store it, or `remove` the claim.
   */
  claim(hash: Uint8Array, offset: number, ordinal: number): number {
    return this.#locked(() => {
      const slot = this.#find(hash, offset)
      if (this.#isHit(slot)) return valueAt(this.#table, slot)
      this.#insert(slot, ordinal)
      return -1
    })
  }

  /** Enters a block in any case, also where one with this hash or fingerprint is there already. */
  add(hash: Uint8Array, offset: number, ordinal: number): void {
    this.#locked(() => this.#add(hash, offset, ordinal))
  }

  /** The ordinal of a stored block that is probably the one with this hash, or -1. */
  lookup(hash: Uint8Array, offset = 0): number {
    return this.#locked(() => {
      const slot = this.#find(hash, offset)
      return this.#isHit(slot) ? valueAt(this.#table, slot) : -1
    })
  }

  /** The ordinals of all blocks that may be the one with this hash: copies of it, and hardly ever another. */
  candidates(hash: Uint8Array, offset = 0): number[] {
    return this.#locked(() => {
      const found: number[] = []
      for (let slot = this.#find(hash, offset); this.#isHit(slot); slot++)
        found.push(valueAt(this.#table, slot))
      return found
    })
  }

  /** Takes one entry out again; false when there was none with this hash and ordinal. */
  remove(hash: Uint8Array, offset: number, ordinal: number): boolean {
    return this.#locked(() => {
      for (let slot = this.#find(hash, offset); this.#isHit(slot); slot++) {
        if (valueAt(this.#table, slot) !== ordinal) continue
        removeAt(this.#table, slot)
        this.#write(COUNT, this.#read(COUNT) - 1)
        return true
      }
      return false
    })
  }

  /**
   * Sets `count` ordinals aside for one thread and returns the first of them.
   *
   * @throws CoreError `INDEX_FULL` after 2^32 - 2 of them
   */
  reserveOrdinals(count: number): number {
    return this.#locked(() => {
      const first = this.#read(NEXT_ORDINAL)
      if (first + count > MAX_ORDINAL) throw full('there are no ordinals left')
      this.#write(NEXT_ORDINAL, first + count)
      return first
    })
  }

  /**
   * Enters all blocks of the runs, as of a catalog, and hands out only greater ordinals from then on; none below
   * `nextOrdinal` either, where there are more blocks than these.
   */
  load(runs: Iterable<IndexedRun>, nextOrdinal = 0): void {
    this.#locked(() => this.#write(NEXT_ORDINAL, Math.max(this.#read(NEXT_ORDINAL), nextOrdinal)))
    for (const { first, count, hashes } of runs) {
      const width = hashes.length / count
      this.#locked(() => {
        for (let i = 0; i < count; i++) this.#add(hashes, i * width, first + i)
        this.#write(NEXT_ORDINAL, Math.max(this.#read(NEXT_ORDINAL), first + count))
      })
    }
  }

  #add(hash: Uint8Array, offset: number, ordinal: number): void {
    let slot = this.#find(hash, offset)
    const first = slot
    while (this.#isHit(slot)) slot++
    if (slot - first < MAX_EQUAL) this.#insert(slot, ordinal)
  }

  /** First slot that may hold the fingerprint of the hash, which is the current one from then on. */
  #find(hash: Uint8Array, offset: number): number {
    this.#fingerprint.take(hash, offset)
    return findSlot(this.#table, this.#fingerprint.high, this.#fingerprint.low)
  }

  #isHit(slot: number): boolean {
    return holds(this.#table, slot, this.#fingerprint.high, this.#fingerprint.low)
  }

  /** Enters the current fingerprint at the slot found for it. */
  #insert(found: number, ordinal: number): void {
    if (!(ordinal >= 0 && ordinal <= MAX_ORDINAL)) throw new RangeError(`Not an ordinal: ${ordinal}`)
    const { high, low } = this.#fingerprint
    let slot = found
    const count = this.#read(COUNT) + 1
    if (count > this.#table.homes * MAX_LOAD) {
      this.#grow()
      slot = findSlot(this.#table, high, low)
      while (holds(this.#table, slot, high, low)) slot++
    }
    const empty = emptySlotFrom(this.#table, slot)
    if (empty === this.#table.slots) this.#resize(this.#table.homes, this.#table.slots + TAIL)
    insertAt(this.#table, slot, empty, high, low, ordinal)
    this.#write(COUNT, count)
  }

  #grow(): void {
    const homes = Math.ceil(this.#table.homes * GROWTH)
    const slots = Math.max(homes, reachWith(this.#table, homes)) + TAIL
    this.#resize(homes, slots)
  }

  #resize(homes: number, slots: number): void {
    const bytes = HEADER_BYTES + slots * SLOT_BYTES
    if (bytes > this.#memory.maxByteLength) throw full('its memory is used up')
    if (bytes > this.#memory.byteLength) this.#memory.grow(bytes)
    const table = this.#table
    table.words = new Uint32Array(this.#memory, HEADER_BYTES, slots * WORDS_PER_SLOT)
    if (homes === table.homes) table.slots = slots
    else spread(table, homes, slots)
    this.#write(HOMES, homes)
    this.#write(SLOTS, slots)
  }

  #locked<T>(work: () => T): T {
    lock(this.#header, MUTEX)
    try {
      this.#refresh()
      return work()
    } finally {
      unlock(this.#header, MUTEX)
    }
  }

  /** Another thread may have grown the table. */
  #refresh(): void {
    const table = this.#table
    const slots = this.#read(SLOTS)
    if (table.slots === slots && table.homes === this.#read(HOMES)) return
    table.words = new Uint32Array(this.#memory, HEADER_BYTES, slots * WORDS_PER_SLOT)
    table.slots = slots
    table.homes = this.#read(HOMES)
  }

  #read(word: number): number {
    return this.#words[word] as number
  }

  #write(word: number, value: number): void {
    this.#words[word] = value
  }
}

function homesFor(blocks: number): number {
  return Math.max(LEAST_HOMES, Math.ceil(blocks / MAX_LOAD) + 1)
}

/** Sets address space aside; where the system gives less, so much less. */
function reserve(bytes: number, maxBytes: number): SharedArrayBuffer {
  for (let most = maxBytes; ; most = Math.max(bytes, Math.floor(most / 2))) {
    try {
      return new SharedArrayBuffer(bytes, { maxByteLength: most })
    } catch (error) {
      if (most === bytes) throw error
    }
  }
}

function full(why: string): CoreError {
  return new CoreError('INDEX_FULL', `The block index can take no more blocks: ${why}`)
}
