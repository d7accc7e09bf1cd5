import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OperationObserver } from '@tercet/interface'
import { assertKnownKeys } from '@tercet/interface'
import { CoreError } from '../core-error.ts'
import { Catalog, CatalogReader } from './catalog.ts'
import { type CatalogLock, lockCatalog } from './catalog-lock.ts'
import { loadSqlite } from './load-sqlite.ts'
import { MIGRATIONS, migrate } from './migrations.ts'
import { SqlConnection } from './sql-connection.ts'

export interface OpenCatalogOptions {
  /** The catalog's file, made when it is missing; undefined: a temporary one, removed when it is closed. */
  readonly path: string | undefined
  readonly observer?: OperationObserver | undefined
  /** Milliseconds since 1970. @defaultValue Date.now */
  readonly clock?: (() => number) | undefined
  /** Folder for a temporary catalog. @defaultValue that of the system */
  readonly temporaryFolder?: string | undefined
}

const KNOWN = ['path', 'observer', 'clock', 'temporaryFolder']

/** Bytes beyond which the write-ahead log is cut back once its content is in the main file. */
const LOG_LIMIT = 64 * 1024 * 1024

/**
 * Opens a catalog to read and write. At most one such opening exists at a time, in all processes; readers do not
 * disturb it. An older schema is brought up to date.
 *
 * @throws CoreError `CATALOG_LOCKED`, `CATALOG_CORRUPT`, `CATALOG_FOREIGN`, `CATALOG_TOO_NEW`, `CATALOG_READ_ONLY`, `CATALOG_IO`, `CATALOG_FULL`
 */
export async function openCatalog(options: OpenCatalogOptions): Promise<Catalog> {
  assertKnownKeys(options, KNOWN, 'openCatalog')
  const clock = options.clock ?? Date.now
  if (options.path !== undefined) return openAt(options.path, clock, options.observer, undefined)
  const folder = mkdtempSync(join(options.temporaryFolder ?? tmpdir(), 'tercet-catalog-'))
  try {
    return openAt(join(folder, 'catalog.sqlite'), clock, options.observer, folder)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/**
 * Opens a catalog to read only, also while another process or thread writes to it: each query, or each loop over one,
 * sees one state. Cheap enough for every worker to have its own.
 *
 * @throws CoreError `CATALOG_MISSING`, `CATALOG_CORRUPT`, `CATALOG_FOREIGN`, `CATALOG_TOO_NEW`, `CATALOG_READ_ONLY` (older schema), `CATALOG_IO`
 */
export function openCatalogReader(path: string): CatalogReader {
  if (!existsSync(path)) {
    throw new CoreError('CATALOG_MISSING', `There is no catalog at ${path}`, { context: { path } })
  }
  const connection = connect(path, true, undefined)
  try {
    connection.exec('PRAGMA busy_timeout = 10000; PRAGMA query_only = ON')
    migrate(connection, MIGRATIONS, false)
    return new CatalogReader(connection)
  } catch (error) {
    connection.close()
    throw error
  }
}

function openAt(
  path: string,
  clock: () => number,
  observer: OperationObserver | undefined,
  temporaryFolder: string | undefined
): Catalog {
  const lock: CatalogLock | undefined = temporaryFolder === undefined ? lockCatalog(path, clock) : undefined
  let connection: SqlConnection | undefined
  try {
    connection = connect(path, false, observer)
    connection.exec(`PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = ${LOG_LIMIT};
      PRAGMA synchronous = ${temporaryFolder === undefined ? 'FULL' : 'OFF'}; PRAGMA cache_size = -16384`)
    migrate(connection, MIGRATIONS, true)
    return new Catalog(connection, { clock, lock, temporaryFolder })
  } catch (error) {
    connection?.close()
    lock?.[Symbol.dispose]()
    throw error
  }
}

function connect(path: string, readOnly: boolean, observer: OperationObserver | undefined): SqlConnection {
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(path, { readOnly, enableForeignKeyConstraints: false })
  return new SqlConnection(database, path, observer)
}
