import { BlockIndex } from '../block-index/block-index.ts'
import { corruptCatalog } from './catalog-error.ts'
import { RunCache } from './run-cache.ts'
import type { SqlConnection } from './sql-connection.ts'

/** Most blocks in one row: 128 KiB of SHA-256, so that one look-up reads little. */
export const MAX_RUN_BLOCKS = 4096

/** Runs kept in memory for look-ups. */
const CACHE_BYTES = 16 * 1024 * 1024

/** Blocks of one volume with consecutive ordinals. */
export interface BlockRun {
  readonly volumeId: number
  /** Ordinal of the first block. */
  readonly first: number
  readonly count: number
  /** `count` raw block hashes. */
  readonly hashes: Uint8Array
  /** Length in bytes of each block. */
  readonly sizes: Uint32Array
}

/** Positions in what was asked, in rising order. */
export interface ConfirmResult {
  /** The ordinal is of another block. */
  readonly mismatched: Uint32Array
  /** No stored run has the ordinal: its volume is not finished yet, or was forgotten. */
  readonly unknown: Uint32Array
}

/** Where blocks are; `volumeIds` has 0 where the ordinal is not known. */
export interface BlockLocations {
  readonly volumeIds: Uint32Array
  readonly sizes: Uint32Array
}

export interface BlockCopy {
  /** Which of the hashes that were asked for. */
  readonly position: number
  readonly ordinal: number
  readonly volumeId: number
  readonly size: number
}

interface RunRow {
  first: number
  volumeId: number
  count: number
  hashes: Uint8Array
  sizes: Uint8Array
}

const SELECT = 'SELECT first, volume_id AS volumeId, count, hashes, sizes FROM block_run'

const SOUND = `volume_id NOT IN
  (SELECT id FROM volume JOIN ledger ON volume_name = name WHERE outcome = 'damaged')`

/** Which block is in which volume: packed runs, never a row for each block. */
export class BlockRunTable {
  readonly #connection: SqlConnection
  readonly #cache: RunCache

  constructor(connection: SqlConnection) {
    this.#connection = connection
    this.#cache = new RunCache((ordinal) => this.runAt(ordinal), CACHE_BYTES)
    connection.onRollback(() => this.forgetCache())
  }

  /** Stores a run, cut into rows of at most {@link MAX_RUN_BLOCKS} blocks. Its ordinals must not be in use. */
  add(run: BlockRun): void {
    const width = hashBytes(run)
    this.#connection.transaction(() => {
      for (let at = 0; at < run.count; at += MAX_RUN_BLOCKS) {
        const end = Math.min(run.count, at + MAX_RUN_BLOCKS)
        const sizes = run.sizes.subarray(at, end)
        this.#connection.run(
          'INSERT INTO block_run(first, volume_id, count, hashes, sizes) VALUES(?, ?, ?, ?, ?)',
          run.first + at,
          run.volumeId,
          end - at,
          run.hashes.subarray(at * width, end * width),
          new Uint8Array(sizes.buffer, sizes.byteOffset, sizes.byteLength)
        )
      }
    })
  }

  /** The least ordinal above all that are stored. */
  nextOrdinal(): number {
    const last = this.#connection.get<{ next: number }>(
      'SELECT first + count AS next FROM block_run ORDER BY first DESC LIMIT 1'
    )
    return last?.next ?? 0
  }

  /** Number of blocks stored, copies of the same block counted each. */
  count(): number {
    return this.#connection.get<{ n: number }>('SELECT ifnull(sum(count), 0) AS n FROM block_run')?.n ?? 0
  }

  /** All runs by ordinal. */
  *all(): Generator<BlockRun> {
    for (const row of this.#connection.iterate<RunRow>(`${SELECT} ORDER BY first`)) yield this.#toRun(row)
  }

  /** All runs, those that were stored last first. */
  *newestFirst(): Generator<BlockRun> {
    for (const row of this.#connection.iterate<RunRow>(`${SELECT} ORDER BY first DESC`))
      yield this.#toRun(row)
  }

  /** All runs by ordinal but those of volumes that the ledger says are damaged: the blocks that can be relied on. */
  *sound(): Generator<BlockRun> {
    const rows = this.#connection.iterate<RunRow>(`${SELECT} WHERE ${SOUND} ORDER BY first`)
    for (const row of rows) yield this.#toRun(row)
  }

  /** The same runs as the volume of each by its first ordinal, without what is in them. */
  soundPlaces(): Map<number, number> {
    const rows = this.#connection.all<Pick<RunRow, 'first' | 'volumeId'>>(
      `SELECT first, volume_id AS volumeId FROM block_run WHERE ${SOUND}`
    )
    return new Map(rows.map(({ first, volumeId }) => [first, volumeId]))
  }

  /** The runs of one volume by ordinal, which is the order of the blocks in the volume. */
  ofVolume(volumeId: number): BlockRun[] {
    const rows = this.#connection.all<RunRow>(`${SELECT} WHERE volume_id = ? ORDER BY first`, volumeId)
    return rows.map((row) => this.#toRun(row))
  }

  /** The run that holds the ordinal. */
  runAt(ordinal: number): BlockRun | undefined {
    const row = this.#connection.get<RunRow>(
      `${SELECT} WHERE first <= ? ORDER BY first DESC LIMIT 1`,
      ordinal
    )
    return row === undefined || ordinal >= row.first + row.count ? undefined : this.#toRun(row)
  }

  /**
   * Tells which candidates of the block index are not the blocks they were taken for: `hashes` has the full hash for
   * each ordinal, and `sizes`, where given, the length. Reads each run that is needed once.
   */
  confirm(ordinals: Uint32Array, hashes: Uint8Array, sizes?: Uint32Array): ConfirmResult {
    const width = hashes.length / ordinals.length
    const mismatched: number[] = []
    const unknown: number[] = []
    this.#visit(ordinals, (position, run, at) => {
      if (run === undefined) unknown.push(position)
      else if (
        hashBytes(run) !== width ||
        !equalBytes(run.hashes, at * width, hashes, position * width, width) ||
        (sizes !== undefined && sizes[position] !== run.sizes[at])
      ) {
        mismatched.push(position)
      }
    })
    return { mismatched: Uint32Array.from(mismatched).sort(), unknown: Uint32Array.from(unknown).sort() }
  }

  /** The ordinal of a stored block with each of these full hashes, confirmed; -1 where there is none. */
  find(index: BlockIndex, hashes: readonly Uint8Array[]): Float64Array {
    const found = new Float64Array(hashes.length).fill(-1)
    for (let nth = 0, open = [...hashes.keys()]; open.length > 0; nth++) {
      const ordinals: number[] = []
      open = open.filter((position) => {
        const ordinal = index.candidates(hashes[position] as Uint8Array)[nth]
        if (ordinal !== undefined) ordinals.push(ordinal)
        return ordinal !== undefined
      })
      if (open.length === 0) break
      const packed = Buffer.concat(open.map((position) => hashes[position] as Uint8Array))
      const { mismatched, unknown } = this.confirm(Uint32Array.from(ordinals), packed)
      const wrong = new Set([...mismatched, ...unknown])
      open = open.filter((position, i) => {
        if (!wrong.has(i)) found[position] = ordinals[i] as number
        return wrong.has(i)
      })
    }
    return found
  }

  /** The volume and the length of each block. */
  locate(ordinals: Uint32Array): BlockLocations {
    const volumeIds = new Uint32Array(ordinals.length)
    const sizes = new Uint32Array(ordinals.length)
    this.#visit(ordinals, (position, run, at) => {
      if (run === undefined) return
      volumeIds[position] = run.volumeId
      sizes[position] = run.sizes[at] as number
    })
    return { volumeIds, sizes }
  }

  /** Every stored copy of the blocks with these hashes of `width` bytes, in one pass over all runs. */
  *copies(hashes: Uint8Array, width: number): Generator<BlockCopy> {
    const wanted = BlockIndex.create({
      expectedBlocks: hashes.length / width,
      maxBlocks: hashes.length / width
    })
    for (let at = 0; at < hashes.length; at += width) wanted.claim(hashes, at, at / width)
    for (const run of this.all()) {
      if (hashBytes(run) !== width) continue
      for (let i = 0; i < run.count; i++) {
        const position = wanted.lookup(run.hashes, i * width)
        if (position < 0 || !equalBytes(hashes, position * width, run.hashes, i * width, width)) continue
        yield { position, ordinal: run.first + i, volumeId: run.volumeId, size: run.sizes[i] as number }
      }
    }
  }

  /** To be called when rows were removed. */
  forgetCache(): void {
    this.#cache.clear()
  }

  /** Calls back for each position, by ordinal, so that each run is looked up once. */
  #visit(
    ordinals: Uint32Array,
    visit: (position: number, run: BlockRun | undefined, at: number) => void
  ): void {
    const order = Uint32Array.from(ordinals.keys()).sort(
      (a, b) => (ordinals[a] as number) - (ordinals[b] as number)
    )
    let run: BlockRun | undefined
    for (const position of order) {
      const ordinal = ordinals[position] as number
      if (run === undefined || ordinal >= run.first + run.count) run = this.#cache.at(ordinal)
      visit(position, run, run === undefined ? 0 : ordinal - run.first)
    }
  }

  #toRun(row: RunRow): BlockRun {
    if (row.sizes.length !== row.count * 4 || row.count === 0 || row.hashes.length % row.count !== 0) {
      throw corruptCatalog(this.#connection.path, `the blocks from number ${row.first} on do not add up`)
    }
    // Copied where needed: a view of 32-bit numbers must begin at a multiple of four bytes.
    const bytes = row.sizes.byteOffset % 4 === 0 ? row.sizes : row.sizes.slice()
    const sizes = new Uint32Array(bytes.buffer, bytes.byteOffset, row.count)
    return { volumeId: row.volumeId, first: row.first, count: row.count, hashes: row.hashes, sizes }
  }
}

function hashBytes(run: BlockRun): number {
  const width = run.count === 0 ? 0 : run.hashes.length / run.count
  if (!Number.isInteger(width) || run.sizes.length !== run.count) {
    throw new RangeError(
      `${run.count} blocks with ${run.hashes.length} bytes of hashes and ${run.sizes.length} sizes`
    )
  }
  return width
}

function equalBytes(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aAt + i] !== b[bAt + i]) return false
  return true
}
