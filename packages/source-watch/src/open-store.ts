import { closeSync, openSync, renameSync, rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { loadSqlite } from '@tercet/native'
import { WatchError } from './watch-error.ts'

const APPLICATION_ID = 0x54_57_4a_31
const SCHEMA_VERSION = 1
const BUSY_MS = 60_000

const SCHEMA = `
CREATE TABLE dirty (path TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE doubt (path TEXT PRIMARY KEY, seq INTEGER NOT NULL, reason TEXT NOT NULL, standing INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE linked (path TEXT PRIMARY KEY, file TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX linked_by_file ON linked (file);
CREATE TABLE fact (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`

/**
 * Opens or makes the file of a journal. A damaged one is set aside.
 *
 * @throws WatchError `WATCH_STORE_UNUSABLE`, `WATCH_STORE_NEWER`
 */
export function openOrSetAside(path: string): {
  readonly database: DatabaseSync
  readonly wasDamaged: boolean
} {
  try {
    return { database: openOrMake(path), wasDamaged: false }
  } catch (error) {
    if (!isDamage(error)) throw asWatchError(error, path)
  }
  try {
    renameSync(path, `${path}.damaged`)
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
    return { database: openOrMake(path), wasDamaged: true }
  } catch (error) {
    throw asWatchError(error, path)
  }
}

export function openToRead(path: string): DatabaseSync {
  const { DatabaseSync } = loadSqlite()
  return new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS })
}

/**
 * Opens a journal that another process writes; undefined: that one has only just begun to make it.
 *
 * @throws WatchError `WATCH_STORE_UNUSABLE`, `WATCH_STORE_NEWER`
 */
export function openExisting(path: string): DatabaseSync | undefined {
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(path, { timeout: BUSY_MS })
  try {
    if (isUntouched(database)) {
      database.close()
      return undefined
    }
    assertJournal(database, path)
    return database
  } catch (error) {
    if (database.isOpen) database.close()
    throw asWatchError(error, path)
  }
}

function openOrMake(path: string): DatabaseSync {
  try {
    // SQLite would make it for everybody to read; these are names of files.
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(path, { timeout: BUSY_MS })
  try {
    database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF')
    if (isUntouched(database))
      database.exec(
        `BEGIN; ${SCHEMA} PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${SCHEMA_VERSION}; COMMIT`
      )
    else assertJournal(database, path)
    if (pragma(database, 'quick_check') !== 'ok') throw new DamagedStore()
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function assertJournal(database: DatabaseSync, path: string): void {
  if (Number(pragma(database, 'application_id')) !== APPLICATION_ID)
    throw new WatchError('WATCH_STORE_UNUSABLE', `${path} is another program's database: choose another file`)
  if (Number(pragma(database, 'user_version')) > SCHEMA_VERSION)
    throw new WatchError('WATCH_STORE_NEWER', `${path} was written by a newer version of this program`)
}

class DamagedStore extends Error {}

function pragma(database: DatabaseSync, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, unknown>
  return Object.values(row)[0]
}

function isUntouched(database: DatabaseSync): boolean {
  return ['user_version', 'application_id'].every((name) => pragma(database, name) === 0) && isEmpty(database)
}

function isEmpty(database: DatabaseSync): boolean {
  return Number(pragma(database, 'page_count')) <= 1
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isDamage(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode
  return error instanceof DamagedStore || code === 11 || code === 26
}

function asWatchError(error: unknown, path: string): WatchError {
  if (error instanceof WatchError) return error
  return new WatchError(
    'WATCH_STORE_UNUSABLE',
    `The journal ${path} cannot be used: ${(error as Error).message}`,
    {
      cause: error,
      context: { path }
    }
  )
}
