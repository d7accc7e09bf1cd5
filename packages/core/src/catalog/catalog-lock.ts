import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { loadSqlite } from '@tercet/native'
import { CoreError } from '../core-error.ts'
import { toCatalogError } from './catalog-error.ts'
import { createPrivately } from './create-privately.ts'

/** Held by the one writer of a catalog. */
export interface CatalogLock extends Disposable {
  readonly path: string
}

/**
 * Takes the writer's lock of a catalog: a write transaction that stays open in a little database beside it. The system
 * frees it when the process ends, however it ends, so there is no stale lock to clear. Who holds it is written in it,
 * for the message to the second one.
 *
 * @throws CoreError `CATALOG_LOCKED`
 */
export function lockCatalog(catalogPath: string, now: () => number): CatalogLock {
  const path = `${realPath(catalogPath)}-lock`
  const { DatabaseSync } = loadSqlite()
  let database: InstanceType<typeof DatabaseSync> | undefined
  createPrivately(path)
  try {
    database = new DatabaseSync(path)
    database.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = OFF')
    database.exec('BEGIN IMMEDIATE')
    database.exec('CREATE TABLE IF NOT EXISTS holder(pid INTEGER, since INTEGER); DELETE FROM holder')
    database.prepare('INSERT INTO holder VALUES(?, ?)').run(process.pid, now())
    database.exec('COMMIT; BEGIN IMMEDIATE')
  } catch (error) {
    const failure = lockFailure(toCatalogError(error, path), catalogPath, database)
    database?.close()
    throw failure
  }
  return {
    path,
    [Symbol.dispose]: () => {
      if (database.isOpen) database.close()
    }
  }
}

function lockFailure(
  error: unknown,
  catalogPath: string,
  database: import('node:sqlite').DatabaseSync | undefined
): unknown {
  if (!(error instanceof CoreError) || error.code !== 'CATALOG_LOCKED') return error
  const holder = readHolder(database)
  const who =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid} since ${new Date(holder.since).toISOString()}`
  return new CoreError(
    'CATALOG_LOCKED',
    `The catalog ${catalogPath} is in use by ${who}: wait for it to end`,
    {
      cause: error,
      retry: 'may-help',
      context: { path: catalogPath, ...holder }
    }
  )
}

function readHolder(
  database: import('node:sqlite').DatabaseSync | undefined
): { pid: number; since: number } | undefined {
  try {
    const row = database?.prepare('SELECT pid, since FROM holder').get()
    return row === undefined ? undefined : { pid: Number(row['pid']), since: Number(row['since']) }
  } catch {
    // The holder is just writing its name; the message does without.
    return undefined
  }
}

/** Two names of the same catalog have the same lock. The catalog itself need not exist yet, its folder must. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path))
    } catch {
      return path
    }
  }
}
