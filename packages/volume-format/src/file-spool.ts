import { closeSync, openSync, rmSync } from 'node:fs'
import { fileAccess, fileSink, piecesOf } from '@tercet/crypto'
import type { Spool } from './spool.ts'

/** A {@link Spool} in a file of its own, which is removed when it is disposed. */
export interface FileSpool extends Spool, Disposable {}

/** @throws the error of the file system when there is a file at `path` already, or none can be made */
export function createFileSpool(path: string): FileSpool {
  const fd = openSync(path, 'wx+', 0o600)
  const sink = fileSink(fd)
  let open = true
  return {
    get sizeBytes() {
      return sink.sizeBytes
    },
    write: (bytes) => sink.write(bytes),
    chunks: () => piecesOf(fileAccess(fd, sink.sizeBytes), 0, sink.sizeBytes),
    [Symbol.dispose]() {
      if (!open) return
      open = false
      closeSync(fd)
      rmSync(path, { force: true })
    }
  }
}
