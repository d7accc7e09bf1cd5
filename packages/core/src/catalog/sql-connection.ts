import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { OperationObserver } from '@tercet/interface'
import { CoreError } from '../core-error.ts'
import { toCatalogError } from './catalog-error.ts'

export type SqlValue = SQLInputValue
/** Values of `:name` parameters, by name. Numbered ones (`?1`) are not to be had in all versions of Node. */
export type NamedValues = Readonly<Record<string, SqlValue>>
export type SqlParameters = readonly [NamedValues, ...SqlValue[]] | readonly SqlValue[]
export type SqlRow = Readonly<Record<string, SQLOutputValue>>

/**
 * One connection: statements prepared once, counted, failures translated, transactions that nest by joining. A nested
 * transaction that fails dooms the outer one, so that a caller who swallows the error cannot commit half of the work.
 */
export class SqlConnection {
  readonly path: string
  /** Statements executed so far, those of transactions included. */
  statementCount = 0
  /** Transactions committed so far. */
  commitCount = 0
  readonly #database: DatabaseSync
  readonly #observer: OperationObserver | undefined
  readonly #statements = new Map<string, StatementSync>()
  readonly #rollbackHooks: (() => void)[] = []
  #depth = 0
  #doomed: unknown

  constructor(database: DatabaseSync, path: string, observer?: OperationObserver) {
    this.#database = database
    this.path = path
    this.#observer = observer
  }

  get isOpen(): boolean {
    return this.#database.isOpen
  }

  /** Runs SQL text that may hold several statements and has no parameters. */
  exec(sql: string): void {
    this.#guard(() => {
      this.statementCount++
      this.#database.exec(sql)
    })
  }

  /** Changes rows, outside a transaction in one of its own, and returns how many. */
  run(sql: string, ...values: SqlParameters): number {
    if (this.#depth === 0) return this.transaction(() => this.run(sql, ...values))
    return this.#guard(() => Number(this.#prepare(sql).run(...(values as SqlValue[])).changes))
  }

  get<Row = SqlRow>(sql: string, ...values: SqlParameters): Row | undefined {
    return this.#guard(() => this.#prepare(sql).get(...(values as SqlValue[])) as Row | undefined)
  }

  all<Row = SqlRow>(sql: string, ...values: SqlParameters): Row[] {
    return this.#guard(() => this.#prepare(sql).all(...(values as SqlValue[])) as Row[])
  }

  /** Streams rows. Leaving the loop early ends the statement, and with it the snapshot that it reads. */
  *iterate<Row = SqlRow>(sql: string, ...values: SqlParameters): Generator<Row, void, undefined> {
    // A statement of its own: a cached one would be reset by a second loop over the same text.
    const rows = this.#guard(() => {
      this.statementCount++
      return this.#database.prepare(sql).iterate(...(values as SqlValue[]))
    })
    try {
      for (;;) {
        const next = this.#guard(() => rows.next())
        if (next.done === true) return
        yield next.value as Row
      }
    } finally {
      rows.return?.()
    }
  }

  /**
   * Runs `work` in a transaction: all of it is stored, or, when it throws, none. Inside another transaction it becomes
   * part of that one. `work` must not be asynchronous.
   */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return this.#join(work)
    this.exec('BEGIN IMMEDIATE')
    this.#depth = 1
    this.#doomed = undefined
    let result: T
    try {
      result = work()
      if (result instanceof Promise) throw new TypeError('The work of a transaction must not be asynchronous')
      if (this.#doomed !== undefined) throw this.#doomed
      this.#observer?.({ kind: 'catalog', name: 'commit', path: this.path }, 'before')
      this.exec('COMMIT')
    } catch (error) {
      this.#rollback()
      throw error
    } finally {
      this.#depth = 0
    }
    this.commitCount++
    this.#observer?.({ kind: 'catalog', name: 'commit', path: this.path }, 'after')
    return result
  }

  /** Called after a rollback, by those who keep in memory what they wrote. */
  onRollback(hook: () => void): void {
    this.#rollbackHooks.push(hook)
  }

  close(): void {
    this.#statements.clear()
    if (this.#database.isOpen) this.#database.close()
  }

  #join<T>(work: () => T): T {
    this.#depth++
    try {
      return work()
    } catch (error) {
      this.#doomed ??= error
      throw error
    } finally {
      this.#depth--
    }
  }

  #rollback(): void {
    for (const hook of this.#rollbackHooks) hook()
    try {
      this.#database.exec('ROLLBACK')
    } catch {
      // After some failures, such as a full disk, SQLite has rolled back by itself already.
    }
  }

  #prepare(sql: string): StatementSync {
    this.statementCount++
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #guard<T>(work: () => T): T {
    if (!this.#database.isOpen) {
      throw new CoreError('CATALOG_CLOSED', `The catalog ${this.path} was closed`, {
        context: { path: this.path }
      })
    }
    try {
      return work()
    } catch (error) {
      throw toCatalogError(error, this.path)
    }
  }
}
