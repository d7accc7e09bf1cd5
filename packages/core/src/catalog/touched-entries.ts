import { bulkQuery } from './bulk-statement.ts'
import type { SqlConnection } from './sql-connection.ts'

/** More than these are not kept: to count everything costs no more then. */
const MOST_KEYS = 20_000

/** What a version holds. */
export interface EntryCounts {
  readonly entries: number
  readonly files: number
  readonly bytes: number
  readonly carried: number
}

/**
 * Which paths the version that is being built has otherwise than the one before, so that it can be counted from that
 * one's counts: with few changes, counting must not cost a look at every entry.
 */
export class TouchedEntries {
  readonly #connection: SqlConnection
  #keys = new Map<string, readonly [folderId: number, name: string]>()
  /** The version that was followed from its beginning; undefined: none, or it has changed too much. */
  #seq: number | undefined

  constructor(connection: SqlConnection) {
    this.#connection = connection
    connection.onRollback(() => this.forget())
  }

  /** From now on every change of this version is told. */
  begin(seq: number): void {
    this.forget()
    this.#seq = seq
  }

  note(seq: number, rows: Iterable<readonly [folderId: number, name: string]>): void {
    if (seq !== this.#seq) return
    for (const row of rows) this.#keys.set(`${row[0]}/${row[1]}`, row)
    if (this.#keys.size > MOST_KEYS) this.forget()
  }

  /** Something changed that is not told path by path. */
  forget(): void {
    this.#seq = undefined
    this.#keys = new Map()
  }

  /** What version `seq` holds; undefined: it has to be counted. */
  count(seq: number): EntryCounts | undefined {
    if (seq !== this.#seq) return undefined
    const before = this.#connection.get<EntryCounts & { seq: number; state: number; ranges: number }>(
      `SELECT *, EXISTS (SELECT 1 FROM carried_range WHERE carried_range.seq = :seq) AS ranges
        FROM fileset WHERE seq < :seq ORDER BY seq DESC LIMIT 1`,
      { seq }
    )
    // What was carried over by where it is, is so in one version only.
    if (before?.state !== 1 || before.carried !== 0 || before.ranges !== 0) return undefined
    const sums = bulkQuery<EntryCounts>(this.#connection, [...this.#keys.values()], {
      before: `SELECT ifnull(sum(step), 0) AS entries, ifnull(sum(step * (type = 0)), 0) AS files,
        ifnull(sum(step * iif(type = 0, size, 0)), 0) AS bytes, ifnull(sum(step * ((flags & 1) <> 0)), 0) AS carried
        FROM (SELECT type, size, flags, (from_seq <= :seq AND to_seq > :seq) - (from_seq <= :before AND to_seq > :before) AS step
          FROM entry WHERE (folder_id, name) IN (VALUES`,
      after: '))',
      fixed: { seq, before: before.seq }
    })
    const total = (of: keyof EntryCounts) => sums.reduce((sum, part) => sum + part[of], before[of])
    return {
      entries: total('entries'),
      files: total('files'),
      bytes: total('bytes'),
      carried: total('carried')
    }
  }
}
