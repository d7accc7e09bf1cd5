import { CoreError } from '../core-error.ts'
import type { BlocksetTable } from './blockset-table.ts'
import { BulkStatement } from './bulk-statement.ts'
import { ENTRY_FILE, type EntryBatch, FLAG_STALE } from './entry-batch.ts'
import { endOfTree, folderPath, splitPath } from './entry-path.ts'
import type { FolderTable } from './folder-table.ts'
import { OPEN_SEQ } from './schema.ts'
import type { SqlConnection, SqlValue } from './sql-connection.ts'

/** Paths as folders and names: the part of an {@link EntryBatch} that says which entries are meant. */
export type EntryKeys = Pick<EntryBatch, 'folders' | 'folderIndexes' | 'names'>

export const ENTRY_VALUE_COLUMNS =
  'type, size, mtime, hash, content_id, meta_hash, meta_size, meta_content_id, signature, flags'

/** Changes the entries of the version that is being built. All of it in few statements, however many the entries. */
export class EntryTable {
  readonly #connection: SqlConnection
  readonly #folders: FolderTable
  readonly #blocksets: BlocksetTable

  constructor(connection: SqlConnection, folders: FolderTable, blocksets: BlocksetTable) {
    this.#connection = connection
    this.#folders = folders
    this.#blocksets = blocksets
  }

  /** Stores entries, each in place of what its path had before in this version or in the ones before. */
  put(seq: number, batch: EntryBatch): void {
    if (batch.count === 0) return
    this.#connection.transaction(() => {
      const hasOlder = this.#assertBuilding(seq)
      const rows = new BulkStatement(
        this.#connection,
        13,
        `INSERT OR REPLACE INTO entry(folder_id, name, from_seq, ${ENTRY_VALUE_COLUMNS}) VALUES`
      )
      const folderIds = this.#folders.ids(batch.folders)
      if (hasOlder) this.#closeKeys(seq, batch, folderIds)
      for (const row of entryValues(batch, this.#blocksets.add(batch.blocksets ?? []))) {
        const [index, name, ...values] = row
        rows.add(folderIds[index] as number, name, seq, ...values)
      }
      rows.flush()
    })
  }

  /** Entries that are gone. Of a folder only its own entry: see {@link EntryTable.closeTrees}. Unknown ones are passed over. */
  close(seq: number, keys: EntryKeys): void {
    this.#connection.transaction(() => {
      this.#assertBuilding(seq)
      const folderIds = this.#folders.ids(keys.folders)
      this.#closeKeys(seq, keys, folderIds)
      new BulkStatement(
        this.#connection,
        2,
        `DELETE FROM entry WHERE from_seq = ${seq} AND (folder_id, name) IN (VALUES`,
        ')'
      ).runAll(keyRows(keys, folderIds))
    })
  }

  /** Folders that are gone, with everything below them. */
  closeTrees(seq: number, paths: readonly string[]): void {
    const folders = paths.map(folderPath)
    this.#connection.transaction(() => {
      this.close(seq, keysOf(folders))
      const below = `folder_id IN (SELECT folder.id FROM (SELECT column1 AS low, column2 AS high FROM (VALUES`
      const range = `)) CROSS JOIN folder ON path >= low AND (high IS NULL OR path < high))`
      const close = new BulkStatement(
        this.#connection,
        2,
        `UPDATE entry SET to_seq = ${seq} WHERE to_seq = ${OPEN_SEQ} AND from_seq < ${seq} AND ${below}`,
        range
      )
      const remove = new BulkStatement(
        this.#connection,
        2,
        `DELETE FROM entry WHERE from_seq = ${seq} AND ${below}`,
        range
      )
      const ranges = folders.map((folder) => [folder, endOfTree(folder) ?? null])
      close.runAll(ranges)
      remove.runAll(ranges)
    })
  }

  /** Marks entries that this version carries over unread, so that readers can tell. Unknown ones are passed over. */
  markStale(seq: number, keys: EntryKeys): void {
    this.#connection.transaction(() => {
      this.#assertBuilding(seq)
      const folderIds = this.#folders.ids(keys.folders)
      const copy = new BulkStatement(
        this.#connection,
        2,
        `INSERT INTO entry(folder_id, name, from_seq, ${ENTRY_VALUE_COLUMNS})
          SELECT folder_id, name, ${seq}, ${ENTRY_VALUE_COLUMNS.replace('flags', `flags | ${FLAG_STALE}`)} FROM entry
          WHERE to_seq = ${OPEN_SEQ} AND from_seq < ${seq} AND (flags & ${FLAG_STALE}) = 0 AND (folder_id, name) IN (VALUES`,
        ')'
      )
      const close = new BulkStatement(
        this.#connection,
        2,
        `UPDATE entry SET to_seq = ${seq} FROM (VALUES`,
        `) AS stale, entry AS newer WHERE entry.folder_id = stale.column1 AND entry.name = stale.column2
          AND entry.to_seq = ${OPEN_SEQ} AND entry.from_seq < ${seq}
          AND newer.folder_id = entry.folder_id AND newer.name = entry.name AND newer.from_seq = ${seq}`
      )
      copy.runAll(keyRows(keys, folderIds))
      close.runAll(keyRows(keys, folderIds))
    })
  }

  #closeKeys(seq: number, keys: EntryKeys, folderIds: readonly number[]): void {
    new BulkStatement(
      this.#connection,
      2,
      `UPDATE entry SET to_seq = ${seq} FROM (VALUES`,
      `) AS gone WHERE folder_id = gone.column1 AND name = gone.column2 AND to_seq = ${OPEN_SEQ} AND from_seq < ${seq}`
    ).runAll(keyRows(keys, folderIds))
  }

  /** Whether there are versions before it. */
  #assertBuilding(seq: number): boolean {
    const row = this.#connection.get<{ state: number; older: number }>(
      'SELECT state, EXISTS (SELECT 1 FROM fileset WHERE seq < ?1) AS older FROM fileset WHERE seq = ?1',
      seq
    )
    if (row?.state === 0) return row.older === 1
    throw new CoreError('CATALOG_NO_SUCH_VERSION', `No version with the seq ${seq} is being built`, {
      context: { seq }
    })
  }
}

function* keyRows(
  keys: EntryKeys,
  folderIds: readonly number[]
): Generator<[folderId: number, name: string]> {
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
