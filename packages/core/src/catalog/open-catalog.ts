import { rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assertKnownKeys, isTercetError, type OperationObserver } from '@tercet/interface'
import { loadSqlite } from '@tercet/native'
import { Catalog } from './catalog.ts'
import { corruptCatalog, toCatalogError } from './catalog-error.ts'
import { lockCatalog } from './catalog-lock.ts'
import { assertNoFolder, makeTemporaryFolder } from './catalog-place.ts'
import { createPrivately } from './create-privately.ts'
import { quickCheck } from './integrity.ts'
import { MIGRATIONS, type Migration, migrate } from './migrations.ts'
import { setAside } from './set-aside.ts'
import { SettingTable } from './setting-table.ts'
import { SqlConnection } from './sql-connection.ts'

export interface OpenCatalogOptions {
  /** The catalog's file, made when it is missing; undefined: a temporary one, removed when it is closed. */
  readonly path: string | undefined
  /**
   * What to do with a damaged file: refuse it, or give it another name and begin with an empty catalog, which takes over
   * what can still be read of the ledger. @defaultValue 'refuse'
   */
  readonly damaged?: 'refuse' | 'set-aside' | undefined
  /** Told of each commit. */
  readonly observer?: OperationObserver | undefined
  /** Milliseconds since 1970. @defaultValue Date.now */
  readonly clock?: (() => number) | undefined
  /** Folder for a temporary catalog. @defaultValue that of the system */
  readonly temporaryFolder?: string | undefined
}

interface Opening {
  readonly clock: () => number
  readonly observer: OperationObserver | undefined
  readonly migrations: readonly Migration[]
  /** The temporary catalog's own folder: without a name there is nobody to lock out, and nothing to outlive. */
  readonly temporaryFolder: string | undefined
}

const KNOWN = ['path', 'damaged', 'observer', 'clock', 'temporaryFolder']

/** Present while a writer has the catalog open, so that the next one knows whether it was closed properly. */
const OPEN_MARK = 'open-since'

/** Catalogs up to this size have their pages checked at each opening, larger ones when they were not closed properly. */
const ALWAYS_CHECKED_BYTES = 64 * 1024 * 1024

/** Bytes beyond which the write-ahead log is cut back once its content is in the main file. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024
const WRITE_AHEAD = `PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}`

/** Page cache in KiB. */
const CACHE_KIB = 16 * 1024

/**
 * Opens a catalog to read and write. At most one such opening exists at a time, in all processes; readers do not
 * disturb it. A new file, and each file beside it, is readable for its owner only, since it holds names of files. An
 * older schema is brought up to date. A catalog that its process left behind when it was killed is as it was after the
 * last commit.
 *
 * @throws CoreError `CATALOG_LOCKED`, `CATALOG_CORRUPT`, `CATALOG_FOREIGN`, `CATALOG_TOO_NEW`, `CATALOG_READ_ONLY`, `CATALOG_IO`, `CATALOG_FULL`
 */
export async function openCatalog(options: OpenCatalogOptions): Promise<Catalog> {
  return openCatalogWith(options, MIGRATIONS)
}

/** {@link openCatalog} with other schemas, for tests. */
export function openCatalogWith(options: OpenCatalogOptions, migrations: readonly Migration[]): Catalog {
  assertKnownKeys(options, KNOWN, 'openCatalog')
  const { path, damaged = 'refuse', clock = Date.now, observer } = options
  if (path === undefined)
    return openTemporary(options.temporaryFolder ?? tmpdir(), { clock, observer, migrations })
  assertNoFolder(path)
  const lock = lockCatalog(path, clock)
  try {
    const opening: Opening = { clock, observer, migrations, temporaryFolder: undefined }
    try {
      return openFile(path, opening, () => lock[Symbol.dispose]())
    } catch (error) {
      if (damaged === 'refuse' || !isTercetError(error, 'CATALOG_CORRUPT')) throw error
      const aside = setAside(path, clock())
      const catalog = openFile(path, opening, () => lock[Symbol.dispose](), aside)
      catalog.copySurvivingTables(aside)
      return catalog
    }
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
}

function openTemporary(parent: string, opening: Omit<Opening, 'temporaryFolder'>): Catalog {
  const temporaryFolder = makeTemporaryFolder(parent)
  const remove = () => rmSync(temporaryFolder, { recursive: true, force: true })
  try {
    return openFile(join(temporaryFolder, 'catalog.sqlite'), { ...opening, temporaryFolder }, remove)
  } catch (error) {
    remove()
    throw error
  }
}

function openFile(path: string, opening: Opening, onClose: () => void, setAsidePath?: string): Catalog {
  const { DatabaseSync } = loadSqlite()
  let connection: SqlConnection | undefined
  try {
    createPrivately(path)
    const database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
    connection = new SqlConnection(database, path, opening.observer)
    connection.exec(`PRAGMA busy_timeout = 10000; PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA synchronous = ${opening.temporaryFolder === undefined ? 'FULL' : 'OFF'}`)
    const isNew = statSync(path).size === 0
    // Before the tables are made, since the other journal waits for the disk eight times. A file that is there may be
    // another program's, and is left as it is until it is known for a catalog.
    if (isNew) connection.exec(WRITE_AHEAD)
    migrate(connection, opening.migrations, true)
    if (!isNew) connection.exec(WRITE_AHEAD)
    const settings = new SettingTable(connection)
    if (!isNew) checkPages(connection, settings)
    settings.set(OPEN_MARK, opening.clock())
    return new Catalog(connection, {
      clock: opening.clock,
      setAsidePath,
      beforeClose: () => settings.set(OPEN_MARK, undefined),
      onClose
    })
  } catch (error) {
    connection?.close()
    throw toCatalogError(error, path)
  }
}

function checkPages(connection: SqlConnection, settings: SettingTable): void {
  const wasClosed = settings.get(OPEN_MARK) === undefined
  if (wasClosed && statSync(connection.path).size > ALWAYS_CHECKED_BYTES) return
  const problem = quickCheck(connection)
  if (problem !== undefined) throw corruptCatalog(connection.path, problem)
}
