import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { DatabaseSync } from 'node:sqlite'

/** A limit that holds until it is disposed of. */
export interface SpaceLimit extends Disposable {
  /** Writes that were refused. */
  readonly refused: number
}

/**
 * Makes a folder of this process full after so many bytes: writes to files below it fail with `ENOSPC` from then on, as
 * a disk would have it. For code on this thread that writes with `node:fs`.
 */
export function limitSpace(folder: string, bytes: number): SpaceLimit {
  const { writeSync } = fs
  let left = bytes
  let refused = 0
  fs.writeSync = ((fd: number, ...rest: unknown[]): number => {
    const path = fs.readlinkSync(`/proc/self/fd/${fd}`)
    if (path.startsWith(`${folder}/`)) {
      const data = rest[0] as Uint8Array
      left -= typeof rest[2] === 'number' ? rest[2] : data.length
      if (left < 0) {
        refused += 1
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
          code: 'ENOSPC',
          errno: -28,
          syscall: 'write'
        })
      }
    }
    return Reflect.apply(writeSync, fs, [fd, ...rest])
  }) as typeof fs.writeSync
  syncBuiltinESMExports()
  return {
    get refused() {
      return refused
    },
    [Symbol.dispose]() {
      fs.writeSync = writeSync
      syncBuiltinESMExports()
    }
  }
}

/** Databases of this process may not grow beyond so many pages more than they have: SQLite itself then says that the disk is full. */
export function limitDatabases(pages: number): Disposable {
  const { exec } = DatabaseSync.prototype
  const limited = new Set<DatabaseSync>()
  DatabaseSync.prototype.exec = function (sql: string): void {
    if (!limited.has(this) && sql.startsWith('BEGIN')) {
      limited.add(this)
      const { page_count: present } = this.prepare('PRAGMA page_count').get() as { page_count: number }
      exec.call(this, `PRAGMA max_page_count = ${present + pages}`)
    }
    exec.call(this, sql)
  }
  return {
    [Symbol.dispose]() {
      DatabaseSync.prototype.exec = exec
      for (const database of limited)
        if (database.isOpen) exec.call(database, 'PRAGMA max_page_count = 1073741823')
    }
  }
}

/** Databases of this process store so many more transactions, and then find the disk full. */
export function limitCommits(commits: number): SpaceLimit {
  const { exec } = DatabaseSync.prototype
  let done = 0
  let refused = 0
  DatabaseSync.prototype.exec = function (sql: string): void {
    if (sql === 'COMMIT' && done++ >= commits) {
      refused += 1
      throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 })
    }
    exec.call(this, sql)
  }
  return {
    get refused() {
      return refused
    },
    [Symbol.dispose]() {
      DatabaseSync.prototype.exec = exec
    }
  }
}
