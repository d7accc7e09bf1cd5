import { ENTRY_BLOCKSETS, ENTRY_COLUMNS, EntryRow, type RawEntry } from './entry-row.ts'
import type { SqlConnection } from './sql-connection.ts'

/** One path that two versions do not have in common: `before` alone was deleted, `after` alone added, both changed. */
export interface EntryDifference {
  readonly path: string
  readonly before: EntryRow | undefined
  readonly after: EntryRow | undefined
}

/** What differs between two versions, by folder and name. Entries that both have are not even read. */
export function* compareFilesets(
  connection: SqlConnection,
  before: number,
  after: number
): Generator<EntryDifference> {
  const rows = connection.iterate<RawEntry>(
    `SELECT ${ENTRY_COLUMNS} FROM folder AS f CROSS JOIN entry AS e ON e.folder_id = f.id ${ENTRY_BLOCKSETS}
      WHERE (e.from_seq <= :before AND e.to_seq > :before) <> (e.from_seq <= :after AND e.to_seq > :after) ORDER BY f.path, e.name`,
    { before, after }
  )
  let pending: EntryRow | undefined
  for (const raw of rows) {
    const row = new EntryRow(raw)
    if (pending === undefined) {
      pending = row
    } else if (pending.path === row.path) {
      const [old, current] = isIn(pending, before) ? [pending, row] : [row, pending]
      if (!isSameContent(old, current)) yield { path: row.path, before: old, after: current }
      pending = undefined
    } else {
      yield alone(pending, before)
      pending = row
    }
  }
  if (pending !== undefined) yield alone(pending, before)
}

function alone(row: EntryRow, before: number): EntryDifference {
  return isIn(row, before)
    ? { path: row.path, before: row, after: undefined }
    : { path: row.path, before: undefined, after: row }
}

function isIn(row: EntryRow, seq: number): boolean {
  return row.fromSeq <= seq && row.toSeq > seq
}

/** Equal in all that a dlist says of them. */
function isSameContent(a: EntryRow, b: EntryRow): boolean {
  return (
    a.type === b.type &&
    a.size === b.size &&
    a.mtime === b.mtime &&
    a.metaSize === b.metaSize &&
    isEqual(a.hash, b.hash) &&
    isEqual(a.metaHash, b.metaHash)
  )
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return Buffer.compare(a, b) === 0
}
