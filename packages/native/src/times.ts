import type { Binder } from './bind.ts'
import type { SystemName } from './system-error.ts'

export interface TimeCalls {
  /** Sets the modification time exactly, of a link itself where `name` is one. The access time is left alone. */
  setTimeAt(folder: number, name: SystemName, seconds: number, nanoseconds: number): void
  setTime(fd: number, seconds: number, nanoseconds: number): void
}

const TWO_32 = 0x1_0000_0000

export function bindTimes(binder: Binder): TimeCalls {
  const isMac = process.platform === 'darwin'
  const noFollow = isMac ? 0x20 : 0x100
  const utimensat = binder.call<[number, SystemName, Int32Array, number]>('utimensat', [
    'int',
    'path',
    'void *',
    'int'
  ])
  const futimens = binder.call<[number, Int32Array]>('futimens', ['int', 'void *'])

  // struct timespec[2] on 64-bit systems, as 32-bit words: access time (omitted), then modification time.
  const times = new Int32Array(8)
  times[2] = isMac ? -2 : 0x3ffffffe
  times[3] = isMac ? -1 : 0
  function fill(seconds: number, nanoseconds: number): Int32Array {
    times[4] = (seconds % TWO_32) | 0
    times[5] = Math.floor(seconds / TWO_32)
    times[6] = nanoseconds
    return times
  }

  return {
    setTimeAt(folder, name, seconds, nanoseconds) {
      utimensat(folder, name, fill(seconds, nanoseconds), noFollow)
    },
    setTime(fd, seconds, nanoseconds) {
      futimens(fd, fill(seconds, nanoseconds))
    }
  }
}
