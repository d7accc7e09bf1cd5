import { closeSync, openSync } from 'node:fs'

/**
 * Makes an empty file that only its owner may read, where there is none yet. SQLite takes it for an empty database, and
 * gives the files that it makes beside it (`-wal`, `-shm`, `-journal`) the same permissions.
 */
export function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch {
    // It is there already, or it cannot be made: then SQLite, which is next, says why.
  }
}
