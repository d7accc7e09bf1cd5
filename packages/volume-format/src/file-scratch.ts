import { randomUUID } from 'node:crypto'
import { closeSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileAccess, fileSink } from '@tercet/crypto'
import type { Scratch } from './scratch.ts'

/**
 * A file that only this process can see: it has no name from the moment it is open, where the system allows that, so
 * that nothing is left of it however the process ends.
 *
 * @throws the error of the file system when none can be made
 */
export function createFileScratch(folder: string = tmpdir()): Scratch {
  const path = join(folder, `tercet-${randomUUID()}`)
  const fd = openSync(path, 'wx+', 0o600)
  const sink = fileSink(fd)
  let open = true
  const unnamed = tryRemove(path)
  return {
    write: (bytes) => sink.write(bytes),
    access: () => fileAccess(fd, sink.sizeBytes),
    [Symbol.dispose]() {
      if (!open) return
      open = false
      closeSync(fd)
      if (!unnamed) rmSync(path, { force: true })
    }
  }
}

/** Windows keeps files that are open. */
function tryRemove(path: string): boolean {
  try {
    rmSync(path)
    return true
  } catch {
    return false
  }
}
