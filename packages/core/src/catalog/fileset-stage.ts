import type { BlocksetTable } from './blockset-table.ts'
import { BulkStatement } from './bulk-statement.ts'
import type { EntryBatch } from './entry-batch.ts'
import { ENTRY_VALUE_COLUMNS, entryValues } from './entry-changes.ts'
import type { FilesetTable } from './fileset-table.ts'
import type { FolderTable } from './folder-table.ts'
import { OPEN_SEQ } from './schema.ts'
import { neighbours, seqForTime } from './seq-order.ts'
import type { SqlConnection } from './sql-connection.ts'

export interface StagedFileset {
  /** The time in the name of its dlist, in seconds since 1970. */
  readonly time: number
  readonly volumeId: number
  readonly isFull: boolean
}

/** What becomes of a staged entry: a row of its own, none because one covers it, or the next version's made longer. */
const NEW = 0
const KNOWN = 1
const NEXT = 2

const SAME = ENTRY_VALUE_COLUMNS.replace(', signature, flags', '')
  .split(', ')
  .map((column) => `entry.${column} IS staged.${column}`)
  .join(' AND ')

/**
 * Takes in a version that was read from its dlist, in whatever order its entries come, and then fits it between the
 * versions that are known, also when it is older than these. The entries wait in a temporary table on disk; fitting
 * takes the same few statements for any number of them, and either happens as a whole or not at all.
 */
export class FilesetStage implements Disposable {
  readonly #connection: SqlConnection
  readonly #filesets: FilesetTable
  readonly #folders: FolderTable
  readonly #blocksets: BlocksetTable
  #duplicates = 0

  constructor(
    connection: SqlConnection,
    filesets: FilesetTable,
    folders: FolderTable,
    blocksets: BlocksetTable
  ) {
    this.#connection = connection
    this.#filesets = filesets
    this.#folders = folders
    this.#blocksets = blocksets
    connection.exec(`
      DROP TABLE IF EXISTS temp.staged;
      CREATE TEMP TABLE staged(folder_id INTEGER, name TEXT, fate INTEGER NOT NULL DEFAULT ${NEW}, ${ENTRY_VALUE_COLUMNS},
        PRIMARY KEY(folder_id, name)) WITHOUT ROWID`)
  }

  /** Paths that came more than once; the first one counts. */
  get duplicates(): number {
    return this.#duplicates
  }

  /** Takes in some of the entries. */
  add(batch: EntryBatch): void {
    if (batch.count === 0) return
    this.#connection.transaction(() => {
      const folderIds = this.#folders.ids(batch.folders)
      const contentIds = this.#blocksets.add(batch.blocksets ?? [])
      const rows = new BulkStatement(this.#connection, 12, {
        before: `INSERT OR IGNORE INTO staged(folder_id, name, ${ENTRY_VALUE_COLUMNS}) VALUES`
      })
      for (const [index, ...row] of entryValues(batch, contentIds))
        rows.add(folderIds[index] as number, ...row)
      rows.flush()
      this.#duplicates += batch.count - rows.changes
    })
  }

  /**
   * Makes a version of what came in and returns its seq. The stage is empty afterwards.
   *
   * @throws CoreError `CATALOG_CONFLICT` when there is a version of this time, `CATALOG_VERSION_BUILDING`
   */
  commit(fileset: StagedFileset): number {
    return this.#connection.transaction(() => {
      this.#filesets.assertNoneBuilding()
      const seq = seqForTime(this.#connection, fileset.time)
      this.#connection.run('INSERT INTO fileset(seq, time) VALUES(?, ?)', seq, fileset.time)
      this.#fit(seq, neighbours(this.#connection, seq).next)
      this.#filesets.complete(seq, fileset)
      this.#connection.run('DELETE FROM staged')
      return seq
    })
  }

  /** Drops what came in and was not committed. */
  [Symbol.dispose](): void {
    if (this.#connection.isOpen) this.#connection.exec('DROP TABLE IF EXISTS temp.staged')
  }

  #fit(seq: number, next: number): void {
    this.#mark(KNOWN, 'entry.from_seq < :seq AND entry.to_seq > :seq', seq)
    // What the neighbours have in common and this version has not is cut in two around it.
    this.#connection.run(
      `INSERT INTO entry(folder_id, name, from_seq, to_seq, ${ENTRY_VALUE_COLUMNS})
        SELECT folder_id, name, :next, to_seq, ${ENTRY_VALUE_COLUMNS} FROM entry
        WHERE from_seq < :seq AND to_seq > :next AND NOT ${isStaged(KNOWN)}`,
      { seq, next }
    )
    this.#connection.run(
      `UPDATE entry SET to_seq = :seq WHERE from_seq < :seq AND to_seq > :seq AND NOT ${isStaged(KNOWN)}`,
      { seq }
    )
    if (next !== OPEN_SEQ) {
      this.#mark(NEXT, 'entry.from_seq = :seq', next)
      this.#connection.run(
        `UPDATE entry SET from_seq = ? WHERE from_seq = ? AND ${isStaged(NEXT)}`,
        seq,
        next
      )
    }
    this.#connection.run(
      `INSERT INTO entry(folder_id, name, from_seq, to_seq, ${ENTRY_VALUE_COLUMNS})
        SELECT folder_id, name, :seq, :next, ${ENTRY_VALUE_COLUMNS} FROM staged WHERE fate = ${NEW}`,
      { seq, next }
    )
  }

  /** Marks what came in and equals one of these rows of the catalog. */
  #mark(fate: number, rows: string, seq: number): void {
    this.#connection.run(
      `UPDATE staged SET fate = ${fate} FROM entry WHERE fate = ${NEW} AND entry.folder_id = staged.folder_id
        AND entry.name = staged.name AND ${rows} AND ${SAME}`,
      { seq }
    )
  }
}

function isStaged(fate: number): string {
  return `EXISTS (SELECT 1 FROM staged
    WHERE staged.folder_id = entry.folder_id AND staged.name = entry.name AND fate = ${fate})`
}
