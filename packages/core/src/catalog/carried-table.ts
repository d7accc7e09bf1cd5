import { type CarriedRange, CarriedRanges } from './carried-ranges.ts'
import type { SqlConnection, SqlValue } from './sql-connection.ts'

interface RangeRow {
  from_folder: string
  from_name: string
  to_folder: string | Uint8Array
  to_name: string
}

/** Greater than every text, as SQLite orders values. */
const END = new Uint8Array(0)

const INSIDE =
  '(from_folder, from_name) >= (:fromFolder, :fromName) AND (to_folder, to_name) <= (:toFolder, :toName)'
const AROUND =
  '(from_folder, from_name) <= (:fromFolder, :fromName) AND (to_folder, to_name) >= (:toFolder, :toName)'

/**
 * Which entries of a version were carried over from the one before without being looked at, where that is not marked on
 * each of them: below folders that could not be read, or behind the place at which a walk was stopped. A few rows for
 * any number of entries.
 */
export class CarriedTable {
  readonly #connection: SqlConnection

  constructor(connection: SqlConnection) {
    this.#connection = connection
  }

  /** Adds ranges to a version. One in which the catalog has no folder, or that is known, adds nothing. */
  add(seq: number, ranges: Iterable<CarriedRange>): void {
    this.#connection.transaction(() => {
      for (const range of ranges) {
        const values = { seq, ...toValues(range) }
        const isKnown = this.#connection.get(
          `SELECT 1 FROM carried_range WHERE seq = :seq AND ${AROUND}`,
          values
        )
        if (isKnown !== undefined) continue
        this.#connection.run(`DELETE FROM carried_range WHERE seq = :seq AND ${INSIDE}`, values)
        this.#connection.run(
          `INSERT INTO carried_range SELECT :seq, :fromFolder, :fromName, :toFolder, :toName
            WHERE EXISTS (SELECT 1 FROM folder WHERE path >= :fromFolder AND (path, '') < (:toFolder, :toName))`,
          values
        )
      }
    })
  }

  /** Tells for the entries of a version whether they were carried over. */
  of(seq: number): CarriedRanges {
    const rows = this.#connection.all<RangeRow>(
      'SELECT * FROM carried_range WHERE seq = ? ORDER BY from_folder, from_name',
      seq
    )
    return new CarriedRanges(seq, rows.map(toRange))
  }
}

/** How many entries of version `:seq` were carried over. */
export const COUNT_CARRIED = `
  (SELECT count(*) FROM entry WHERE from_seq <= :seq AND to_seq > :seq AND (flags & 1) <> 0) +
  (SELECT count(*) FROM carried_range AS r
    CROSS JOIN folder AS f ON f.path >= from_folder AND f.path <= to_folder
    CROSS JOIN entry AS e ON e.folder_id = f.id
    WHERE r.seq = :seq AND e.from_seq < :seq AND e.to_seq > :seq AND (flags & 1) = 0
      AND (f.path, e.name) >= (from_folder, from_name) AND (f.path, e.name) < (to_folder, to_name))`

function toValues({ from, to }: CarriedRange): Record<string, SqlValue> {
  return {
    fromFolder: from.folder,
    fromName: from.name,
    toFolder: to?.folder ?? END,
    toName: to?.name ?? ''
  }
}

function toRange(row: RangeRow): CarriedRange {
  return {
    from: { folder: row.from_folder, name: row.from_name },
    to: typeof row.to_folder === 'string' ? { folder: row.to_folder, name: row.to_name } : undefined
  }
}
