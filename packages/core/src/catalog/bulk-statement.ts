import type { SqlConnection, SqlValue } from './sql-connection.ts'

/** Rows in one statement. More do not make it faster: the cost is in the rows by then. */
const ROWS_PER_STATEMENT = 64

/**
 * Runs `before (?,…),(?,…)… after` over many rows with few statements: groups of 64, and then of smaller powers of two,
 * so that there are at most seven different statements to prepare.
 */
export class BulkStatement {
  readonly #connection: SqlConnection
  readonly #before: string
  readonly #after: string
  readonly #columns: number
  #values: SqlValue[] = []

  constructor(connection: SqlConnection, columns: number, before: string, after = '') {
    this.#connection = connection
    this.#columns = columns
    this.#before = before
    this.#after = after
  }

  /** Takes one row; runs when a group is full. */
  add(...row: SqlValue[]): void {
    for (const value of row) this.#values.push(value)
    if (this.#values.length === ROWS_PER_STATEMENT * this.#columns)
      this.#run(this.#values, ROWS_PER_STATEMENT)
  }

  /** Takes all rows and runs what is left. */
  runAll(rows: Iterable<readonly SqlValue[]>): void {
    for (const row of rows) this.add(...row)
    this.flush()
  }

  /** Runs what is left. */
  flush(): void {
    const rest = this.#values
    let at = 0
    for (let rows = ROWS_PER_STATEMENT / 2; rows >= 1; rows /= 2) {
      const end = at + rows * this.#columns
      if (end > rest.length) continue
      this.#run(rest.slice(at, end), rows)
      at = end
    }
  }

  #run(values: SqlValue[], rows: number): void {
    this.#values = []
    this.#connection.run(`${this.#before} ${placeholders(rows, this.#columns)} ${this.#after}`, ...values)
  }
}

/** Runs a query over `(VALUES …)` of the rows, in groups, and returns all that it finds. */
export function bulkQuery<Row>(
  connection: SqlConnection,
  rows: readonly (readonly SqlValue[])[],
  before: string,
  after: string
): Row[] {
  const found: Row[] = []
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
    const group = rows.slice(at, at + ROWS_PER_STATEMENT)
    const sql = `${before} ${placeholders(group.length, group[0]?.length ?? 0)} ${after}`
    found.push(...connection.all<Row>(sql, ...group.flat()))
  }
  return found
}

function placeholders(rows: number, columns: number): string {
  const row = `(${new Array(columns).fill('?').join(',')})`
  return new Array(rows).fill(row).join(',')
}
