import { type BlockRefs, toBlockRefs } from './block-refs.ts'
import { bulkQuery } from './bulk-statement.ts'
import { ENTRY_TYPES, type EntryType } from './entry-batch.ts'
import { EntryPages } from './entry-pages.ts'
import { endOfTree, folderPath, splitPath } from './entry-path.ts'
import { ENTRY_BLOCKSETS, ENTRY_COLUMNS, EntryRow, type RawBase, type RawEntry } from './entry-row.ts'
import { ownBlocks } from './own-blocks.ts'
import { OPEN_SEQ } from './schema.ts'
import type { SqlConnection, SqlValue } from './sql-connection.ts'

/**
 * - `folder` by folder path, then by name: the cheapest, and each folder's entries are together
 * - `path` by the bytes of the whole path
 */
export type EntryOrder = 'folder' | 'path'

export interface EntryQuery {
  readonly seq: number
  /** Only this entry and everything below it. */
  readonly under?: string | undefined
  /** Only entries in this folder and in those behind it, by path. Not together with `under`. @defaultValue '' */
  readonly fromFolder?: string | undefined
  /** Only entries in folders before this one. Not together with `under`. */
  readonly beforeFolder?: string | undefined
  /** @defaultValue 'folder' */
  readonly order?: EntryOrder | undefined
  /** Only what this version has and the one before had not, or had otherwise. */
  readonly changedOnly?: boolean | undefined
}

/** The content of a file as the catalog knows it now, and the state of the file that it was read from. */
export interface CurrentContent {
  readonly size: number
  readonly hash: Uint8Array
  readonly signature: Uint8Array
  /** As {@link EntryRow.content}. */
  readonly blocks: BlockRefs | undefined
}

/** What the walk compares an entry with, to tell whether it changed. */
export interface BaseEntry {
  readonly name: string
  readonly type: EntryType
  readonly size: number
  readonly mtime: number | undefined
  readonly signature: Uint8Array | undefined
  readonly flags: number
}

const VALID = 'e.from_seq <= :seq AND e.to_seq > :seq'
const IN_RANGE = 'f.path >= :low AND f.path < :high'
const FROM_ENTRY = `FROM entry AS e CROSS JOIN folder AS f ON f.id = e.folder_id ${ENTRY_BLOCKSETS}`
const FROM_FOLDER = `FROM folder AS f CROSS JOIN entry AS e ON e.folder_id = f.id ${ENTRY_BLOCKSETS}`

interface RawContent {
  size: number
  hash: Uint8Array
  signature: Uint8Array
  listCount: number | null
  blocks: Uint8Array | null
}

/** Folder paths from `low` to before `high`. */
interface PathRange {
  readonly low: string
  readonly high: SqlValue
}

/** Reads entries. Everything that may be long is streamed. */
export class EntryQueries {
  readonly #connection: SqlConnection
  readonly #pages: EntryPages

  constructor(connection: SqlConnection) {
    this.#connection = connection
    this.#pages = new EntryPages(connection)
  }

  /** The entries of a version. */
  *of(query: EntryQuery): Generator<EntryRow> {
    const { seq, under = '', order = 'folder', changedOnly = false } = query
    if (under !== '') {
      const top = this.find(under, seq)
      if (top !== undefined && (!changedOnly || top.fromSeq === seq)) yield top
    }
    const low = query.fromFolder ?? folderPath(under)
    const range = { low, high: query.beforeFolder ?? endOfTree(folderPath(under)) }
    const valid = changedOnly ? `${VALID} AND e.from_seq = :seq` : VALID
    if (order === 'path') yield* this.#byPath(seq, range, valid)
    else yield* changedOnly ? this.#byFolder(seq, range, valid) : this.#inPages(seq, range, valid)
  }

  /** The entries of all versions in each of their states, each state once, by folder and name. */
  *states(): Generator<EntryRow> {
    const rows = this.#connection.iterate<RawEntry>(
      `SELECT ${ENTRY_COLUMNS} ${FROM_FOLDER} ORDER BY f.path, e.name, e.from_seq`
    )
    for (const row of rows) yield new EntryRow(row)
  }

  /**
   * The entries of all versions, each state once, that need one of these blocks or blocksets, for content or metadata;
   * SQLite looks through all of them, which costs much less than to look at each here.
   *
   * @param blocks hashes of blocks; they count for streams whose hash names their only block
   * @param blocksets ids of streams that are made of blocks in another way
   */
  *needing(blocks: readonly Uint8Array[], blocksets: readonly number[]): Generator<EntryRow> {
    const rows = this.#connection.iterate<RawEntry>(
      `SELECT ${ENTRY_COLUMNS} ${FROM_ENTRY} WHERE
        (e.content_id IS NULL AND e.hash IN (SELECT unhex(value) FROM json_each(:blocks))) OR
        (e.meta_content_id IS NULL AND e.meta_hash IN (SELECT unhex(value) FROM json_each(:blocks))) OR
        e.content_id IN (SELECT value FROM json_each(:sets)) OR
        e.meta_content_id IN (SELECT value FROM json_each(:sets))`,
      {
        blocks: JSON.stringify(blocks.map((hash) => Buffer.from(hash).toString('hex'))),
        sets: JSON.stringify(blocksets)
      }
    )
    for (const row of rows) yield new EntryRow(row)
  }

  /** The direct children of a folder in a version, by name. */
  *children(seq: number, folder: string): Generator<EntryRow> {
    for (const page of this.#pages.entries({ folder: folderPath(folder), seq, where: VALID }))
      for (const row of page) yield new EntryRow(row)
  }

  /** The entry at a path in a version, whether or not a folder's trailing separator is given. */
  find(path: string, seq: number): EntryRow | undefined {
    for (const candidate of [path, folderPath(path)]) {
      const { folder, name } = splitPath(candidate)
      const row = this.#connection.get<RawEntry>(
        `SELECT ${ENTRY_COLUMNS} ${FROM_FOLDER} WHERE f.path = :folder AND e.name = :name AND ${VALID}`,
        { seq, folder, name }
      )
      if (row !== undefined) return new EntryRow(row)
    }
    return undefined
  }

  /** All that was ever stored under a path, oldest first; each row tells which versions have it. */
  history(path: string): EntryRow[] {
    const plain = splitPath(path)
    return this.#connection
      .all<RawEntry>(
        `SELECT ${ENTRY_COLUMNS} ${FROM_FOLDER} WHERE f.path = ? AND e.name IN (?, ?) ORDER BY e.from_seq`,
        plain.folder,
        plain.name,
        splitPath(folderPath(path)).name
      )
      .map((row) => new EntryRow(row))
  }

  /**
   * What a folder holds in a version, as far as the walk needs it to tell what changed, by name. One statement; a
   * version that is being built meanwhile does not show in older ones.
   */
  base(folder: string, seq: number): BaseEntry[] {
    const pages = [...this.#pages.bases({ folder, seq, where: VALID })]
    return pages.flat().map(toBase)
  }

  /** {@link EntryQueries.base} for some names of a folder; those that it does not hold are left out. */
  baseOf(folder: string, seq: number, names: readonly string[]): BaseEntry[] {
    const found: BaseEntry[] = []
    for (const name of names) {
      const row = this.#connection.get<RawBase>(
        `SELECT name, type, size, mtime, signature, flags FROM entry AS e
          WHERE e.folder_id = (SELECT id FROM folder WHERE path = :folder) AND e.name = :name AND ${VALID}`,
        { folder, name, seq }
      )
      if (row !== undefined) found.push(toBase(row))
    }
    return found
  }

  /**
   * What is stored of files at these paths now, in the version that is being built or, where that has not changed them,
   * in the newest. Undefined for what is no file, was not read whole, or may have changed since without a trace.
   */
  currentContents(paths: readonly string[]): (CurrentContent | undefined)[] {
    const contents = new Array<CurrentContent | undefined>(paths.length).fill(undefined)
    const wanted = paths.map((path, i) => {
      const { folder, name } = splitPath(path)
      return [i, folder, name]
    })
    const rows = bulkQuery<RawContent & { i: number }>(this.#connection, wanted, {
      before: `SELECT wanted.column1 AS i, e.size, e.hash, e.signature, c.list_count AS listCount,
        ifnull(c.block, c.blocklists) AS blocks FROM (VALUES`,
      after: `) AS wanted CROSS JOIN folder AS f ON f.path = wanted.column2
        CROSS JOIN entry AS e ON e.folder_id = f.id AND e.name = wanted.column3 AND e.to_seq = ${OPEN_SEQ}
          AND e.type = 0 AND e.flags = 0 AND e.signature IS NOT NULL
        LEFT JOIN blockset AS c ON c.id = e.content_id`
    })
    for (const { i, size, hash, signature, listCount, blocks } of rows)
      contents[i] = {
        size,
        hash,
        signature,
        blocks: listCount === null ? undefined : toBlockRefs(listCount, blocks)
      }
    return contents
  }

  /**
   * Packed hashes of the streams, of content and of metadata, that are one block whose hash is that of the stream, in
   * all versions. Streams that are made of blocks in another way are those of `blocksets.used()`.
   */
  ownBlocks(blocksize: number): Generator<Uint8Array> {
    return ownBlocks(this.#connection, blocksize)
  }

  /**
   * Paths of the folders that have entries in a version, whether or not they are entries themselves, by path.
   *
   * @param under only this folder and those below it
   */
  *folders(seq: number, under = ''): Generator<string> {
    const low = folderPath(under)
    const rows = this.#connection.iterate<{ path: string }>(
      `SELECT path FROM folder AS f WHERE ${IN_RANGE}
        AND EXISTS (SELECT 1 FROM entry AS e WHERE e.folder_id = f.id AND ${VALID}) ORDER BY path`,
      { seq, low, high: endOfTree(low) }
    )
    for (const row of rows) yield row.path
  }

  *#byPath(seq: number, range: PathRange, where: string): Generator<EntryRow> {
    yield* this.#rows(`${FROM_ENTRY} WHERE ${where} AND ${IN_RANGE} ORDER BY 1`, seq, range)
  }

  /** Row by row: for few entries of many. */
  *#byFolder(seq: number, range: PathRange, where: string): Generator<EntryRow> {
    yield* this.#rows(`${FROM_FOLDER} WHERE ${where} AND ${IN_RANGE} ORDER BY f.path, e.name`, seq, range)
  }

  *#rows(query: string, seq: number, range: PathRange): Generator<EntryRow> {
    const rows = this.#connection.iterate<RawEntry>(`SELECT ${ENTRY_COLUMNS} ${query}`, { seq, ...range })
    for (const row of rows) yield new EntryRow(row)
  }

  *#inPages(seq: number, range: PathRange, where: string): Generator<EntryRow> {
    // The statement for the folders is open as long as their entries are read, so that all of it is one snapshot.
    const folders = this.#connection.iterate<{ path: string }>(
      `SELECT f.path FROM folder AS f WHERE ${IN_RANGE} ORDER BY f.path`,
      { ...range }
    )
    for (const { path: folder } of folders) {
      for (const page of this.#pages.entries({ folder, seq, where }))
        for (const row of page) yield new EntryRow(row)
    }
  }
}

function toBase(row: RawBase): BaseEntry {
  return {
    name: row.name,
    type: ENTRY_TYPES[row.type] as EntryType,
    size: row.size ?? 0,
    mtime: row.mtime ?? undefined,
    signature: row.signature ?? undefined,
    flags: row.flags
  }
}
