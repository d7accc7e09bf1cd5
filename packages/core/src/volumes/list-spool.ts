import { dirname } from 'node:path'
import { createFileSpool, type Spool } from '@tercet/volume-format'
import { spoolError } from './spool.ts'

/**
 * Where the entries of a list wait until all of them are there: in a file of its own, removed when it is disposed of.
 *
 * @throws CoreError `SPOOL_*`, also when it is written
 */
export function createListSpool(path: string): Spool & Disposable {
  const guard = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw spoolError(error, dirname(path))
    }
  }
  const spool = guard(() => createFileSpool(path))
  return {
    get sizeBytes() {
      return spool.sizeBytes
    },
    write: (bytes) => guard(() => spool.write(bytes)),
    chunks: () => spool.chunks(),
    [Symbol.dispose]: () => spool[Symbol.dispose]()
  }
}
