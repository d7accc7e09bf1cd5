import { BulkStatement, bulkQuery } from './bulk-statement.ts'
import type { SqlConnection } from './sql-connection.ts'

/** Folder ids kept in memory; beyond that the oldest half goes. */
const MAX_CACHED = 20_000

/** Folder paths and their ids, which entries refer to. */
export class FolderTable {
  readonly #connection: SqlConnection
  readonly #cache = new Map<string, number>()

  constructor(connection: SqlConnection) {
    this.#connection = connection
    connection.onRollback(() => this.forgetCache())
  }

  /** The id of each folder, which is added where it is new. */
  ids(paths: readonly string[]): number[] {
    const unknown = paths.filter((path) => !this.#cache.has(path))
    if (unknown.length > 0) this.#load(unknown)
    const ids = paths.map((path) => this.#cache.get(path) as number)
    this.#trim()
    return ids
  }

  /** The id of a folder that may not be known. */
  find(path: string): number | undefined {
    return (
      this.#cache.get(path) ??
      this.#connection.get<{ id: number }>('SELECT id FROM folder WHERE path = ?', path)?.id
    )
  }

  /** To be called when rows were removed. */
  forgetCache(): void {
    this.#cache.clear()
  }

  #load(paths: readonly string[]): void {
    const rows = new BulkStatement(this.#connection, 1, {
      before: 'INSERT OR IGNORE INTO folder(path) VALUES'
    })
    for (const path of paths) rows.add(path)
    rows.flush()
    const found = bulkQuery<{ id: number; i: number }>(
      this.#connection,
      paths.map((path, i) => [i, path]),
      {
        before: 'SELECT id, wanted.column1 AS i FROM (VALUES',
        after: ') AS wanted CROSS JOIN folder ON path = wanted.column2'
      }
    )
    for (const { id, i } of found) this.#cache.set(paths[i] as string, id)
  }

  #trim(): void {
    if (this.#cache.size <= MAX_CACHED) return
    let surplus = this.#cache.size - MAX_CACHED / 2
    for (const path of this.#cache.keys()) {
      if (surplus-- <= 0) break
      this.#cache.delete(path)
    }
  }
}
