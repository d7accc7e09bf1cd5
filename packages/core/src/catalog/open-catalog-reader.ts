import { cpSync, existsSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isTercetError } from '@tercet/interface'
import { loadSqlite } from '@tercet/native'
import { CoreError } from '../core-error.ts'
import { CatalogReader } from './catalog.ts'
import { toCatalogError } from './catalog-error.ts'
import { assertNoFolder, makeTemporaryFolder } from './catalog-place.ts'
import { MIGRATIONS, migrate } from './migrations.ts'
import { SqlConnection } from './sql-connection.ts'

/**
 * Opens a catalog to read only, also while another process or thread writes to it: each query, and each loop over one,
 * sees one state. Cheap enough for every worker to have its own. Works where nothing can be written, too.
 *
 * @throws CoreError `CATALOG_MISSING`, `CATALOG_CORRUPT`, `CATALOG_FOREIGN`, `CATALOG_TOO_NEW`, `CATALOG_READ_ONLY` (its schema is older), `CATALOG_IO`
 */
export function openCatalogReader(path: string): CatalogReader {
  if (!existsSync(path)) {
    throw new CoreError('CATALOG_MISSING', `There is no catalog at ${path}`, { context: { path } })
  }
  assertNoFolder(path)
  try {
    return openReader(path, path)
  } catch (error) {
    // SQLite wants to make its shared-memory file beside the catalog, and cannot where nothing can be written.
    if (!isTercetError(error, 'CATALOG_IO') && !isTercetError(error, 'CATALOG_READ_ONLY')) throw error
    if (!hasLog(path)) return openReader(path, `${pathToFileURL(path).href}?immutable=1`)
    return openCopy(path)
  }
}

/** Part of the catalog is in its log still: only a copy can put them together. */
function openCopy(path: string): CatalogReader {
  const folder = makeTemporaryFolder(tmpdir())
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, 'catalog.sqlite')
    cpSync(path, copy)
    cpSync(`${path}-wal`, `${copy}-wal`)
    return openReader(path, copy, remove)
  } catch (error) {
    remove()
    throw error
  }
}

function openReader(path: string, location: string, onClose?: () => void): CatalogReader {
  const { DatabaseSync } = loadSqlite()
  let connection: SqlConnection | undefined
  try {
    const database = new DatabaseSync(location, { readOnly: true, enableForeignKeyConstraints: false })
    connection = new SqlConnection(database, path)
    connection.exec('PRAGMA busy_timeout = 10000')
    migrate(connection, MIGRATIONS, false)
    return new CatalogReader(connection, { onClose })
  } catch (error) {
    connection?.close()
    throw toCatalogError(error, path)
  }
}

function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}
