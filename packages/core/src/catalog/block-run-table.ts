import type { SqlConnection } from './sql-connection.ts'

/** Most blocks in one row: 128 KiB of SHA-256, so that one look-up reads little. */
export const MAX_RUN_BLOCKS = 4096

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

interface RunRow {
  first: number
  volumeId: number
  count: number
  hashes: Uint8Array
  sizes: Uint8Array
}

const SELECT = 'SELECT first, volume_id AS volumeId, count, hashes, sizes FROM block_run'

/** Which block is in which volume: packed runs, never a row for each block. */
export class BlockRunTable {
  readonly #connection: SqlConnection

  constructor(connection: SqlConnection) {
    this.#connection = connection
  }

  /** Stores a run, cut into rows of at most {@link MAX_RUN_BLOCKS} blocks. Ordinals must not be in use. */
  add(run: BlockRun): void {
    if (run.sizes.length !== run.count || (run.count > 0 && run.hashes.length % run.count !== 0)) {
      throw new RangeError(
        `A run of ${run.count} blocks with ${run.hashes.length} bytes of hashes and ${run.sizes.length} sizes`
      )
    }
    const width = run.count === 0 ? 0 : run.hashes.length / run.count
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
    return (
      this.#connection.get<{ next: number }>(
        'SELECT first + count AS next FROM block_run ORDER BY first DESC LIMIT 1'
      )?.next ?? 0
    )
  }

  /** Number of blocks stored, copies of the same block counted each. */
  count(): number {
    return this.#connection.get<{ n: number }>('SELECT ifnull(sum(count), 0) AS n FROM block_run')?.n ?? 0
  }

  /** All runs by ordinal. */
  *all(): Generator<BlockRun> {
    for (const row of this.#connection.iterate<RunRow>(`${SELECT} ORDER BY first`)) yield toRun(row)
  }

  /** The runs of one volume by ordinal, which is the order of the blocks in the volume. */
  ofVolume(volumeId: number): BlockRun[] {
    return this.#connection.all<RunRow>(`${SELECT} WHERE volume_id = ? ORDER BY first`, volumeId).map(toRun)
  }

  /** The run that holds the ordinal. */
  runAt(ordinal: number): BlockRun | undefined {
    const row = this.#connection.get<RunRow>(
      `${SELECT} WHERE first <= ? ORDER BY first DESC LIMIT 1`,
      ordinal
    )
    return row === undefined || ordinal >= row.first + row.count ? undefined : toRun(row)
  }
}

function toRun(row: RunRow): BlockRun {
  // Copied where needed: a view of 32-bit numbers must begin at a multiple of four bytes.
  const bytes = row.sizes.byteOffset % 4 === 0 ? row.sizes : row.sizes.slice()
  return {
    volumeId: row.volumeId,
    first: row.first,
    count: row.count,
    hashes: row.hashes,
    sizes: new Uint32Array(bytes.buffer, bytes.byteOffset, row.count)
  }
}
