import type { NamedValues, SqlConnection, SqlValue } from './sql-connection.ts'

/** Rows in one statement. More do not make it faster: the cost is in the rows by then. */
const ROWS_PER_STATEMENT = 64

/** SQL text around a list of rows `(?,…),(?,…)…`. */
export interface BulkSql {
  readonly before: string
  readonly after?: string | undefined
  /** Values of its `:name` parameters. */
  readonly fixed?: NamedValues | undefined
}

/**
 * Runs one statement over many rows, a group of them at a time: 64, and in the end smaller powers of two, so that there
 * are at most seven different statements to prepare.
 */
export class BulkStatement {
  readonly #connection: SqlConnection
  readonly #columns: number
  readonly #sql: BulkSql
  #values: SqlValue[] = []
  /** Rows that were changed so far. */
  changes = 0

  constructor(connection: SqlConnection, columns: number, sql: BulkSql) {
    this.#connection = connection
    this.#columns = columns
    this.#sql = sql
  }

  /** Takes one row; runs when a group is full. */
  add(...row: SqlValue[]): void {
    for (const value of row) this.#values.push(value)
    if (this.#values.length < ROWS_PER_STATEMENT * this.#columns) return
    this.#run(this.#values, ROWS_PER_STATEMENT)
    this.#values = []
  }

  /** Takes all rows and runs what is left. */
  runAll(rows: Iterable<readonly SqlValue[]>): void {
    for (const row of rows) this.add(...row)
    this.flush()
  }

  /** Runs what is left. */
  flush(): void {
    let at = 0
    for (let rows = ROWS_PER_STATEMENT / 2; rows >= 1; rows /= 2) {
      const end = at + rows * this.#columns
      if (end > this.#values.length) continue
      this.#run(this.#values.slice(at, end), rows)
      at = end
    }
    this.#values = []
  }

  #run(values: SqlValue[], rows: number): void {
    this.changes += this.#connection.run(
      textOf(this.#sql, rows, this.#columns),
      this.#sql.fixed ?? {},
      ...values
    )
  }
}

/** Runs a query over a list of rows, in groups, and returns all that it finds. */
export function bulkQuery<Row>(
  connection: SqlConnection,
  rows: readonly (readonly SqlValue[])[],
  sql: BulkSql
): Row[] {
  const found: Row[] = []
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
    const group = rows.slice(at, at + ROWS_PER_STATEMENT)
    const text = textOf(sql, group.length, group[0]?.length ?? 0)
    for (const row of connection.all<Row>(text, sql.fixed ?? {}, ...group.flat())) found.push(row)
  }
  return found
}

function textOf(sql: BulkSql, rows: number, columns: number): string {
  const row = `(${new Array(columns).fill('?').join(',')})`
  return `${sql.before} ${new Array(rows).fill(row).join(',')} ${sql.after ?? ''}`
}
