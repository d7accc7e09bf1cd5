/** A storage backend that keeps its objects in one SQLite file: the smallest that is safe. */
import { DatabaseSync } from 'node:sqlite'
import {
  abortable,
  assertStoragePath,
  BaseBackend,
  type ByteSource,
  type CallOptions,
  capabilities,
  exactly,
  type GetOptions,
  isListed,
  type ListOptions,
  type PutOptions,
  resolveRange,
  type StorageBackend,
  type StorageEntry,
  StorageError
} from '@tercet/interface'

export interface SqliteBackendOptions {
  /** The database file; `:memory:` for one that goes with the backend. */
  readonly path: string
}

export function createSqliteBackend(options: SqliteBackendOptions): StorageBackend {
  return new SqliteBackend(options.path)
}

const SCHEMA =
  'CREATE TABLE IF NOT EXISTS object (path TEXT PRIMARY KEY, bytes BLOB, modified_at INTEGER) STRICT'

interface Row {
  path: string
  size: number
  modified_at: number
}

class SqliteBackend extends BaseBackend {
  readonly scheme = 'sqlite'
  readonly displayName: string
  readonly capabilities = capabilities({
    atomicPut: true,
    conditionalPut: true,
    rename: true,
    rangedGet: true,
    listing: 'immediate',
    nestedNames: true,
    modifiedTimeResolutionMs: 1,
    maxFileSizeBytes: 1_000_000_000
  })
  readonly #database: DatabaseSync

  constructor(path: string) {
    super()
    this.displayName = `sqlite:${path}`
    this.#database = new DatabaseSync(path)
    this.#database.exec(SCHEMA)
  }

  async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    this.begin(options)
    if (options?.under !== undefined) assertStoragePath(options.under)
    const rows = this.#database.prepare('SELECT path, length(bytes) AS size, modified_at FROM object').all()
    for (const row of rows as unknown as Row[]) {
      options?.signal?.throwIfAborted()
      if (isListed(row.path, options)) yield entry(row)
    }
  }

  async stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    this.begin(options, path)
    const query = 'SELECT path, length(bytes) AS size, modified_at FROM object WHERE path = ?'
    const row = this.#database.prepare(query).get(path) as Row | undefined
    if (row === undefined) throw this.#notFound(path)
    return entry(row)
  }

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    this.begin(options, path)
    resolveRange(options, 0)
    const row = this.#database.prepare('SELECT bytes FROM object WHERE path = ?').get(path)
    if (row === undefined) throw this.#notFound(path)
    const bytes = row['bytes'] as Uint8Array
    const { start, end } = resolveRange(options, bytes.byteLength)
    const chunkBytes = 1024 * 1024
    for (let position = start; position < end; position += chunkBytes) {
      options?.signal?.throwIfAborted()
      yield bytes.slice(position, Math.min(end, position + chunkBytes))
    }
  }

  async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    this.begin(options, path)
    if (options?.lockUntil !== undefined) throw this.unsupported('put with lockUntil')
    if (options?.ifMatch !== undefined) throw this.unsupported('put with ifMatch')
    const chunks: Uint8Array[] = []
    for await (const chunk of abortable(exactly(source, options), options?.signal)) chunks.push(chunk)
    this.begin(options)
    const write = options?.ifAbsent ? 'INSERT OR IGNORE' : 'INSERT OR REPLACE'
    const { changes } = this.#database
      .prepare(`${write} INTO object (path, bytes, modified_at) VALUES (?, ?, ?)`)
      .run(path, Buffer.concat(chunks), Date.now())
    if (changes === 0) {
      throw new StorageError('STORAGE_EXISTS', `${this.displayName} already has ${path}`, {
        context: { path }
      })
    }
    return await this.stat(path)
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    this.begin(options, path)
    this.#database.prepare('DELETE FROM object WHERE path = ?').run(path)
  }

  override async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    this.begin(options, from, to)
    if (from === to) return void (await this.stat(from))
    const { changes } = this.#database
      .prepare('UPDATE OR REPLACE object SET path = ? WHERE path = ?')
      .run(to, from)
    if (changes === 0) throw this.#notFound(from)
  }

  protected override async close(): Promise<void> {
    this.#database.close()
  }

  #notFound(path: string): StorageError {
    return new StorageError('STORAGE_NOT_FOUND', `${this.displayName} has no ${path}`, { context: { path } })
  }
}

function entry(row: Row): StorageEntry {
  return { path: row.path, sizeBytes: row.size, modifiedAt: new Date(row.modified_at) }
}
