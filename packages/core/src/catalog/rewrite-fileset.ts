import { BulkStatement } from './bulk-statement.ts'
import { FLAG_STALE } from './entry-batch.ts'
import { ENTRY_VALUE_COLUMNS, type EntryKeys } from './entry-changes.ts'
import type { FolderTable } from './folder-table.ts'
import { OPEN_SEQ } from './schema.ts'
import { neighbours } from './seq-order.ts'
import type { SqlConnection } from './sql-connection.ts'

/** What one version loses, while all others stay exactly as they are. */
export interface EntryRemoval {
  /** Entries that go; of a folder only its own entry. Unknown ones are passed over. */
  readonly remove: Iterable<EntryKeys>
  /** Entries whose metadata is lost, and what they get in its place. */
  readonly replace?: MetadataReplacement | undefined
}

export interface MetadataReplacement {
  readonly entries: Iterable<EntryKeys>
  readonly hash: Uint8Array
  readonly size: number
  /** The stream of this hash, where the hash does not name its only block. */
  readonly contentId?: number | undefined
}

const REMOVED = 0
const REPLACED = 1

const REPLACED_VALUES = ENTRY_VALUE_COLUMNS.replace('meta_hash', ':hash')
  .replace('meta_size', ':size')
  .replace('meta_content_id', ':contentId')
  .replace('signature', 'NULL')

/**
 * Changes entries in the version `seq` alone: their intervals are cut in two around it. What begins behind it by that
 * keeps its marks: an entry that a later version has carried over unread does not pass for its own.
 */
export function rewriteEntries(
  connection: SqlConnection,
  folders: FolderTable,
  seq: number,
  { remove, replace }: EntryRemoval
): void {
  const { next } = neighbours(connection, seq)
  connection.exec(
    'CREATE TEMP TABLE changed(folder_id INTEGER, name TEXT, fate INTEGER, PRIMARY KEY(folder_id, name)) WITHOUT ROWID'
  )
  const keys = new BulkStatement(connection, 3, { before: 'INSERT OR IGNORE INTO changed VALUES' })
  keys.runAll(keyRows(folders, remove, REMOVED))
  if (replace !== undefined) keys.runAll(keyRows(folders, replace.entries, REPLACED))
  connection.exec(`
    CREATE TEMP TABLE fresh AS SELECT e.* FROM changed AS c CROSS JOIN entry AS e
      ON e.folder_id = c.folder_id AND e.name = c.name AND from_seq <= ${seq} AND to_seq > ${seq};
    CREATE INDEX temp.fresh_key ON fresh(folder_id, name);
    UPDATE entry SET to_seq = ${seq} FROM changed AS c WHERE entry.folder_id = c.folder_id AND entry.name = c.name
      AND from_seq < ${seq} AND to_seq > ${seq};
    DELETE FROM entry WHERE from_seq = ${seq} AND (folder_id, name) IN (SELECT folder_id, name FROM changed);
    INSERT INTO entry(folder_id, name, from_seq, to_seq, ${ENTRY_VALUE_COLUMNS})
      SELECT folder_id, name, ${next}, to_seq, ${ENTRY_VALUE_COLUMNS} FROM fresh WHERE to_seq > ${next};
  `)
  if (replace !== undefined)
    connection.run(
      `INSERT INTO entry(folder_id, name, from_seq, to_seq, ${ENTRY_VALUE_COLUMNS})
        SELECT folder_id, name, :seq, min(to_seq, :next), ${REPLACED_VALUES} FROM fresh
        WHERE (folder_id, name) IN (SELECT folder_id, name FROM changed WHERE fate = ${REPLACED})`,
      {
        seq,
        next,
        hash: replace.hash,
        size: replace.size,
        contentId: replace.contentId ?? null
      }
    )
  markCarried(connection, seq, next)
  connection.exec('DROP TABLE fresh; DROP TABLE changed')
}

/** Marks what begins with `seq` now and was carried over by it before, and the same with the versions behind it. */
function markCarried(connection: SqlConnection, seq: number, next: number): void {
  const columns = 'SELECT folder_id, name, to_seq FROM fresh'
  connection.exec(`CREATE TEMP TABLE unread AS ${columns} WHERE from_seq < ${seq}`)
  mark(connection, seq, next)
  connection.exec(`DELETE FROM unread; INSERT INTO unread ${columns} WHERE to_seq > ${next}`)
  for (let at = next; at !== OPEN_SEQ; ) {
    const after = neighbours(connection, at).next
    if (!mark(connection, at, after)) break
    at = after
  }
  connection.exec('DROP TABLE unread')
}

/** Whether any was, so that the rest of it begins with `next`; only those are left in `unread`. */
function mark(connection: SqlConnection, seq: number, next: number): boolean {
  const some = connection.get('SELECT 1 FROM carried_range WHERE seq = ? LIMIT 1', seq)
  if (some === undefined) return false
  connection.exec(`
    DELETE FROM unread WHERE NOT EXISTS (SELECT 1 FROM carried_range AS r, folder AS f
      WHERE r.seq = ${seq} AND f.id = folder_id
        AND (f.path, name) >= (from_folder, from_name) AND (f.path, name) < (to_folder, to_name));
    INSERT INTO entry(folder_id, name, from_seq, to_seq, ${ENTRY_VALUE_COLUMNS})
      SELECT folder_id, name, ${next}, to_seq, ${ENTRY_VALUE_COLUMNS} FROM entry
      WHERE from_seq = ${seq} AND to_seq > ${next} AND (folder_id, name) IN (SELECT folder_id, name FROM unread);
    UPDATE entry SET flags = flags | ${FLAG_STALE}, signature = NULL, to_seq = min(to_seq, ${next})
      WHERE from_seq = ${seq} AND (folder_id, name) IN (SELECT folder_id, name FROM unread);
    DELETE FROM unread WHERE to_seq <= ${next};
  `)
  return true
}

function* keyRows(
  folders: FolderTable,
  batches: Iterable<EntryKeys>,
  fate: number
): Generator<[number, string, number]> {
  for (const { folders: paths, folderIndexes, names } of batches) {
    const ids = folders.ids(paths)
    for (const [i, name] of names.entries()) yield [ids[folderIndexes[i] as number] as number, name, fate]
  }
}
