import { CoreError } from '../core-error.ts'
import { corruptCatalog } from './catalog-error.ts'
import { APPLICATION_ID, SCHEMA_V1, SCHEMA_V2 } from './schema.ts'
import type { SqlConnection } from './sql-connection.ts'

/** Takes a catalog from one schema version to the next, inside a transaction. */
export type Migration = (connection: SqlConnection) => void

/** Step n makes version n + 1 out of version n; the first makes version 1 out of an empty file. Only ever appended to. */
export const MIGRATIONS: readonly Migration[] = [
  (connection) => connection.exec(SCHEMA_V1),
  (connection) => connection.exec(SCHEMA_V2)
]

/**
 * Brings the schema up to date, in one transaction. With `write` false it only checks.
 *
 * @throws CoreError `CATALOG_TOO_NEW`, `CATALOG_FOREIGN`, `CATALOG_CORRUPT`
 */
export function migrate(connection: SqlConnection, migrations: readonly Migration[], write: boolean): void {
  const version = readVersion(connection)
  if (version > migrations.length) {
    throw new CoreError(
      'CATALOG_TOO_NEW',
      `The catalog ${connection.path} has schema version ${version}, and this program knows versions up to ${migrations.length}: use a newer version of it`,
      { context: { path: connection.path, found: version, known: migrations.length } }
    )
  }
  if (version === migrations.length) return
  if (!write) {
    throw new CoreError(
      'CATALOG_READ_ONLY',
      `The catalog ${connection.path} has the older schema version ${version} and must be opened for writing once, which brings it up to date`,
      { context: { path: connection.path, found: version, known: migrations.length } }
    )
  }
  connection.transaction(() => {
    for (const step of migrations.slice(version)) step(connection)
    connection.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
    connection.exec(`PRAGMA user_version = ${migrations.length}`)
  })
}

function readVersion(connection: SqlConnection): number {
  const applicationId = pragma(connection, 'application_id')
  const version = pragma(connection, 'user_version')
  if (applicationId === APPLICATION_ID) {
    if (version < 1) throw corruptCatalog(connection.path, `its schema version is ${version}`)
    return version
  }
  const tables = connection.get<{ n: number }>('SELECT count(*) AS n FROM sqlite_schema')
  if (tables?.n === 0 && applicationId === 0) return 0
  throw new CoreError(
    'CATALOG_FOREIGN',
    `${connection.path} is a database of another program and was left alone: give another path for the catalog`,
    { context: { path: connection.path } }
  )
}

function pragma(connection: SqlConnection, name: string): number {
  return Number(connection.get<Record<string, number>>(`PRAGMA ${name}`)?.[name] ?? 0)
}
