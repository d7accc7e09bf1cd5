import { type BlockRefs, toBlockRefs } from './block-refs.ts'
import { BulkStatement, bulkQuery } from './bulk-statement.ts'
import type { SqlConnection } from './sql-connection.ts'

/** How a stream is made of blocks, where its own hash and size do not say it. */
export interface NewBlockset {
  /** Hash of the whole stream. */
  readonly hash: Uint8Array
  /** Bytes of the stream. */
  readonly size: number
  /** Two or more blocks: the raw hash of each blocklist, in order. */
  readonly blocklists?: readonly Uint8Array[] | undefined
  /** The content of each blocklist, where it is known: raw block hashes, in order. */
  readonly contents?: readonly (Uint8Array | undefined)[] | undefined
  /** One block whose hash differs from that of the stream (other algorithm): the raw block hash. */
  readonly block?: Uint8Array | undefined
}

export interface Blockset extends BlockRefs {
  readonly id: number
  readonly hash: Uint8Array
  readonly size: number
}

export interface Blocklist {
  readonly hash: Uint8Array
  /** Raw block hashes, in order. */
  readonly blocks: Uint8Array
}

interface BlocksetRow {
  id: number
  hash: Uint8Array
  size: number
  listCount: number
  blocks: Uint8Array | null
}

const SELECT =
  'SELECT id, hash, size, list_count AS listCount, ifnull(block, blocklists) AS blocks FROM blockset'

/**
 * Streams of two or more blocks, and the blocklists that they are made of. A blocklist is kept once whoever uses it,
 * whole, by its hash; one that is referred to before its content is known is *pending*.
 */
export class BlocksetTable {
  readonly #connection: SqlConnection

  constructor(connection: SqlConnection) {
    this.#connection = connection
  }

  /** Adds streams that are not known yet, and returns the id of each, in the order given. */
  add(blocksets: readonly NewBlockset[]): number[] {
    if (blocksets.length === 0) return []
    return this.#connection.transaction(() => {
      this.#insert(blocksets)
      this.#addBlocklists(blocksets)
      return this.#idsOf(blocksets)
    })
  }

  byId(id: number): Blockset | undefined {
    const row = this.#connection.get<BlocksetRow>(`${SELECT} WHERE id = ?`, id)
    return row === undefined ? undefined : toBlockset(row)
  }

  /** Every one, also those that no entry refers to any more. */
  *all(): Generator<Blockset> {
    for (const row of this.#connection.iterate<BlocksetRow>(SELECT)) yield toBlockset(row)
  }

  /** Those that an entry of some version refers to, each once. */
  *used(): Generator<Blockset> {
    const rows = this.#connection.iterate<BlocksetRow>(
      `${SELECT} WHERE id IN (SELECT content_id FROM entry UNION SELECT meta_content_id FROM entry)`
    )
    for (const row of rows) yield toBlockset(row)
  }

  /** The content of a blocklist: raw block hashes; undefined when it is not known. */
  blocklist(hash: Uint8Array): Uint8Array | undefined {
    const row = this.#connection.get<{ blocks: Uint8Array | null }>(
      'SELECT blocks FROM blocklist WHERE hash = ?',
      hash
    )
    return row?.blocks ?? undefined
  }

  /** The raw block hashes of a stream of several blocks, one piece a blocklist; undefined where it is not known. */
  *blocks(refs: BlockRefs): Generator<Uint8Array | undefined> {
    if (refs.block !== undefined) yield refs.block
    for (const hash of refs.blocklists) yield this.blocklist(hash)
  }

  /** Hashes of the blocklists that some stream needs and whose content is not known. */
  *pendingBlocklists(): Generator<Uint8Array> {
    const rows = this.#connection.iterate<{ hash: Uint8Array }>(
      'SELECT hash FROM blocklist WHERE blocks IS NULL'
    )
    for (const row of rows) yield row.hash
  }

  /** Hashes of all blocklists. */
  *blocklistHashes(): Generator<Uint8Array> {
    for (const row of this.#connection.iterate<{ hash: Uint8Array }>('SELECT hash FROM blocklist'))
      yield row.hash
  }

  pendingCount(): number {
    return (
      this.#connection.get<{ n: number }>('SELECT count(*) AS n FROM blocklist WHERE blocks IS NULL')?.n ?? 0
    )
  }

  /**
   * Keeps contents of blocklists, also of those that nothing needs yet, until a version is removed. The caller has
   * verified that each content has its hash. Known ones stay as they are.
   */
  putBlocklists(lists: Iterable<Blocklist>): void {
    this.#connection.transaction(() => {
      const rows = new BulkStatement(this.#connection, 2, {
        before: 'INSERT INTO blocklist(hash, blocks) VALUES',
        after: 'ON CONFLICT(hash) DO UPDATE SET blocks = excluded.blocks WHERE blocks IS NULL'
      })
      for (const list of lists) rows.add(list.hash, list.blocks)
      rows.flush()
    })
  }

  #insert(blocksets: readonly NewBlockset[]): void {
    const rows = new BulkStatement(this.#connection, 5, {
      before: 'INSERT OR IGNORE INTO blockset(hash, size, list_count, blocklists, block) VALUES'
    })
    for (const set of blocksets) {
      const lists = set.blocklists ?? []
      rows.add(
        set.hash,
        set.size,
        lists.length,
        lists.length === 0 ? null : Buffer.concat(lists),
        set.block ?? null
      )
    }
    rows.flush()
  }

  #addBlocklists(blocksets: readonly NewBlockset[]): void {
    const known: Blocklist[] = []
    const pending = new BulkStatement(this.#connection, 1, {
      before: 'INSERT OR IGNORE INTO blocklist(hash) VALUES'
    })
    for (const set of blocksets) {
      set.blocklists?.forEach((hash, i) => {
        const blocks = set.contents?.[i]
        if (blocks === undefined) pending.add(hash)
        else known.push({ hash, blocks })
      })
    }
    pending.flush()
    if (known.length > 0) this.putBlocklists(known)
  }

  #idsOf(blocksets: readonly NewBlockset[]): number[] {
    const ids = new Array<number>(blocksets.length)
    const found = bulkQuery<{ i: number; id: number }>(
      this.#connection,
      blocksets.map((set, i) => [i, set.hash, set.size]),
      {
        before: 'SELECT wanted.column1 AS i, id FROM (VALUES',
        after: ') AS wanted CROSS JOIN blockset ON hash = wanted.column2 AND size = wanted.column3'
      }
    )
    for (const { i, id } of found) ids[i] = id
    return ids
  }
}

function toBlockset({ id, hash, size, listCount, blocks }: BlocksetRow): Blockset {
  return { id, hash, size, ...toBlockRefs(listCount, blocks) }
}
