import { CoreError } from '../core-error.ts'
import type { BlocksetTable } from './blockset-table.ts'
import { BulkStatement } from './bulk-statement.ts'
import { ENTRY_FILE, type EntryBatch, FLAG_LOST, FLAG_STALE } from './entry-batch.ts'
import { endOfTree, folderPath, splitPath } from './entry-path.ts'
import type { FolderTable } from './folder-table.ts'
import { OPEN_SEQ } from './schema.ts'
import type { SqlConnection, SqlValue } from './sql-connection.ts'
import type { TouchedEntries } from './touched-entries.ts'

/** Paths as folders and names: the part of an {@link EntryBatch} that says which entries are meant. */
export type EntryKeys = Pick<EntryBatch, 'folders' | 'folderIndexes' | 'names'>

export const ENTRY_VALUE_COLUMNS =
  'type, size, mtime, hash, content_id, meta_hash, meta_size, meta_content_id, signature, flags'

/** A folder's id and a name in it. */
type EntryKeyRow = readonly [folderId: number, name: string]

/** Rows of older versions that are still valid; `:seq` is that of the one being built. */
const OLDER = `to_seq = ${OPEN_SEQ} AND from_seq < :seq`

/** What a carried over entry keeps: everything but its signature. */
const STALE_VALUES = ENTRY_VALUE_COLUMNS.replace('signature', 'NULL').replace(
  'flags',
  `flags | ${FLAG_STALE}`
)

/** Changes the entries of the version that is being built. All of it in few statements, however many the entries. */
export class EntryChanges {
  readonly #connection: SqlConnection
  readonly #folders: FolderTable
  readonly #blocksets: BlocksetTable
  readonly #touched: TouchedEntries

  constructor(
    connection: SqlConnection,
    folders: FolderTable,
    blocksets: BlocksetTable,
    touched: TouchedEntries
  ) {
    this.#connection = connection
    this.#folders = folders
    this.#blocksets = blocksets
    this.#touched = touched
  }

  /** Stores entries, each in place of what its path had before in this version or in the ones before. */
  put(seq: number, batch: EntryBatch): void {
    if (batch.count === 0) return
    this.#connection.transaction(() => {
      const hasOlder = this.#assertBuilding(seq)
      const folderIds = this.#folders.ids(batch.folders)
      const contentIds = this.#blocksets.add(batch.blocksets ?? [])
      if (hasOlder) {
        this.#touched.note(seq, keyRows(batch, folderIds))
        this.#closeOlder(seq, keyRows(batch, folderIds))
      }
      const rows = new BulkStatement(this.#connection, 13, {
        before: `INSERT OR REPLACE INTO entry(folder_id, name, from_seq, ${ENTRY_VALUE_COLUMNS}) VALUES`
      })
      for (const [index, name, ...values] of entryValues(batch, contentIds)) {
        rows.add(folderIds[index] as number, name, seq, ...values)
      }
      rows.flush()
    })
  }

  /** Entries that are gone. Of a folder only its own entry: see {@link EntryChanges.closeTrees}. Unknown ones are passed over. */
  close(seq: number, keys: EntryKeys): void {
    this.#change(seq, keys, (rows) => {
      this.#closeOlder(seq, rows)
      this.#deleteNew(seq, rows)
    })
  }

  /** Folders that are gone, with everything below them. */
  closeTrees(seq: number, paths: readonly string[]): void {
    const folders = paths.map(folderPath)
    const ranges = folders.map((folder) => [folder, endOfTree(folder)])
    const below = `folder_id IN (SELECT folder.id FROM (SELECT column1 AS low, column2 AS high FROM (VALUES`
    const after = `)) CROSS JOIN folder ON path >= low AND path < high)`
    this.#change(seq, keysOf(folders), (rows) => {
      this.#touched.forget()
      this.#closeOlder(seq, rows)
      this.#deleteNew(seq, rows)
      this.#bulk(2, seq, `UPDATE entry SET to_seq = :seq WHERE ${OLDER} AND ${below}`, after).runAll(ranges)
      this.#bulk(2, seq, `DELETE FROM entry WHERE from_seq = :seq AND ${below}`, after).runAll(ranges)
    })
  }

  /**
   * Marks entries that this version carries over unread: readers can tell, and without a signature the next run reads
   * them again. Unknown ones, and those marked before, are passed over.
   */
  markStale(seq: number, keys: EntryKeys): void {
    this.#change(seq, keys, (rows) => {
      const copy = `INSERT INTO entry(folder_id, name, from_seq, ${ENTRY_VALUE_COLUMNS})
        SELECT folder_id, name, :seq, ${STALE_VALUES} FROM entry
        WHERE ${OLDER} AND (flags & ${FLAG_STALE}) = 0 AND (folder_id, name) IN (VALUES`
      const hasCopy = `EXISTS (SELECT 1 FROM entry AS newer WHERE newer.folder_id = entry.folder_id
        AND newer.name = entry.name AND newer.from_seq = :seq)`
      this.#bulk(2, seq, copy, ')').runAll(rows)
      const close = `UPDATE entry SET to_seq = :seq WHERE ${OLDER} AND ${hasCopy} AND (folder_id, name) IN (VALUES`
      this.#bulk(2, seq, close, ')').runAll(rows)
    })
  }

  /** Marks current entries as lost, and no others: see {@link FLAG_LOST}. No version needs to be building. */
  setLost(batches: Iterable<EntryKeys>): void {
    this.#connection.transaction(() => {
      this.#connection.run(
        `UPDATE entry SET flags = flags & ~${FLAG_LOST} WHERE to_seq = ${OPEN_SEQ} AND (flags & ${FLAG_LOST}) <> 0`
      )
      const mark = new BulkStatement(this.#connection, 2, {
        before: `UPDATE entry SET flags = flags | ${FLAG_LOST} WHERE to_seq = ${OPEN_SEQ} AND (folder_id, name) IN (VALUES`,
        after: ')'
      })
      for (const keys of batches) mark.runAll(keyRows(keys, this.#folders.ids(keys.folders)))
    })
  }

  /** Undoes what this version changed at these paths: they are as in the version before. */
  revert(seq: number, keys: EntryKeys): void {
    this.#change(seq, keys, (rows) => {
      this.#deleteNew(seq, rows)
      const reopen = `UPDATE entry SET to_seq = ${OPEN_SEQ} WHERE to_seq = :seq AND (folder_id, name) IN (VALUES`
      this.#bulk(2, seq, reopen, ')').runAll(rows)
    })
  }

  /**
   * Replaces the signatures of current entries that proved to be unchanged, `signatures.length / names.length` bytes
   * each. They are no part of any version, so none needs to be building.
   */
  refreshSignatures(keys: EntryKeys, signatures: Uint8Array): void {
    const width = signatures.length / keys.names.length
    this.#connection.transaction(() => {
      const update = new BulkStatement(this.#connection, 3, {
        before: 'UPDATE entry SET signature = fresh.column3 FROM (VALUES',
        after: `) AS fresh WHERE folder_id = fresh.column1 AND name = fresh.column2 AND to_seq = ${OPEN_SEQ}`
      })
      let at = 0
      for (const [folderId, name] of keyRows(keys, this.#folders.ids(keys.folders))) {
        update.add(folderId, name, signatures.subarray(at, at + width))
        at += width
      }
      update.flush()
    })
  }

  #change(seq: number, keys: EntryKeys, work: (rows: readonly EntryKeyRow[]) => void): void {
    this.#connection.transaction(() => {
      this.#assertBuilding(seq)
      const rows = [...keyRows(keys, this.#folders.ids(keys.folders))]
      this.#touched.note(seq, rows)
      work(rows)
    })
  }

  #closeOlder(seq: number, rows: Iterable<EntryKeyRow>): void {
    const before = `UPDATE entry SET to_seq = :seq WHERE ${OLDER} AND (folder_id, name) IN (VALUES`
    this.#bulk(2, seq, before, ')').runAll(rows)
  }

  #deleteNew(seq: number, rows: Iterable<EntryKeyRow>): void {
    this.#bulk(
      2,
      seq,
      'DELETE FROM entry WHERE from_seq = :seq AND (folder_id, name) IN (VALUES',
      ')'
    ).runAll(rows)
  }

  #bulk(columns: number, seq: number, before: string, after: string): BulkStatement {
    return new BulkStatement(this.#connection, columns, { before, after, fixed: { seq } })
  }

  /** Whether there are versions before it. */
  #assertBuilding(seq: number): boolean {
    const row = this.#connection.get<{ state: number; older: number }>(
      'SELECT state, EXISTS (SELECT 1 FROM fileset WHERE seq < :seq) AS older FROM fileset WHERE seq = :seq',
      { seq }
    )
    if (row?.state === 0) return row.older === 1
    throw new CoreError('CATALOG_NO_SUCH_VERSION', `No version with the seq ${seq} is being built`, {
      context: { seq }
    })
  }
}

function* keyRows(keys: EntryKeys, folderIds: readonly number[]): Generator<EntryKeyRow> {
  for (const [i, name] of keys.names.entries())
    yield [folderIds[keys.folderIndexes[i] as number] as number, name]
}

/** Full paths as {@link EntryKeys}. */
export function keysOf(paths: readonly string[]): EntryKeys {
  const folders = new Map<string, number>()
  const folderIndexes = new Uint32Array(paths.length)
  const names = paths.map((path, i) => {
    const { folder, name } = splitPath(path)
    let index = folders.get(folder)
    if (index === undefined) {
      index = folders.size
      folders.set(folder, index)
    }
    folderIndexes[i] = index
    return name
  })
  return { folders: [...folders.keys()], folderIndexes, names }
}

/** The values of each entry of a batch: index of its folder, name, and the columns {@link ENTRY_VALUE_COLUMNS}. */
export function* entryValues(
  batch: EntryBatch,
  contentIds: readonly number[]
): Generator<[folderIndex: number, name: string, ...SqlValue[]]> {
  const { count, hashes, metaHashes, signatures } = batch
  const width = hashes.length / count
  const metaWidth = metaHashes.length / count
  const signatureWidth = (signatures?.length ?? 0) / count
  for (let i = 0; i < count; i++) {
    const isFile = batch.types[i] === ENTRY_FILE
    const hasMeta = (batch.metaSizes[i] as number) >= 0
    const mtime = batch.mtimes[i] as number
    yield [
      batch.folderIndexes[i] as number,
      batch.names[i] as string,
      batch.types[i] as number,
      isFile ? (batch.sizes[i] as number) : null,
      isFile && !Number.isNaN(mtime) ? mtime : null,
      isFile ? hashes.subarray(i * width, (i + 1) * width) : null,
      contentIds[batch.contents?.[i] ?? -1] ?? null,
      hasMeta ? metaHashes.subarray(i * metaWidth, (i + 1) * metaWidth) : null,
      hasMeta ? (batch.metaSizes[i] as number) : null,
      contentIds[batch.metaContents?.[i] ?? -1] ?? null,
      signatureWidth > 0
        ? (signatures as Uint8Array).subarray(i * signatureWidth, (i + 1) * signatureWidth)
        : null,
      batch.flags?.[i] ?? 0
    ]
  }
}
