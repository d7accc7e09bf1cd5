import type { Binder } from './bind.ts'
import { type SystemError, type SystemName, systemError } from './system-error.ts'

/**
 * `inotify` of Linux, and waiting for it. The kernel queues what happens in watched folders, without the folders below
 * them, and says so when its queue was full. Descriptors are close-on-exec, never block, and are closed with `close`.
 */
export interface FileEventCalls {
  /** A queue of events; closing it ends its watches. */
  openQueue(): number
  /**
   * Watches a folder and returns the number that its events carry; the same number for a folder that the queue watches
   * already, by whatever path. `ENOSPC`: the user has no watch left.
   */
  addWatch(queue: number, path: SystemName, mask: number): number
  /** The last event of the watch says `IN_IGNORED`. A watch that is gone already is no error. */
  removeWatch(queue: number, watch: number): void
  /** Whole events, as many as fit, from the oldest on; returns their bytes, 0 when there are none. */
  readEvents(queue: number, target: Uint8Array): number
  /** A descriptor that another thread can make ready. */
  openSignal(): number
  /** Makes the signal ready; any thread of the process may. */
  raise(signal: number): void
  /** Makes the signal wait again. */
  lower(signal: number): void
  /**
   * Holds the calling thread until a descriptor is ready or the time is over; returns which are, in order. Those of
   * `readable` are ready when there is something to read, those of `exceptional` on another condition, such as the table
   * of mounts (`/proc/self/mountinfo`) when it has changed since it was opened or was last ready.
   */
  wait(readable: readonly number[], exceptional: readonly number[], timeoutMs: number): readonly boolean[]
}

/** Kinds of events of `inotify`, as bits of a mask. */
export const FILE_EVENT = {
  MODIFY: 0x2,
  ATTRIB: 0x4,
  CLOSE_WRITE: 0x8,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  /** Not asked for, but told: the file system is gone, the queue was full, the watch has ended, it is a folder. */
  UNMOUNT: 0x2000,
  QUEUE_OVERFLOW: 0x4000,
  IGNORED: 0x8000,
  IS_FOLDER: 0x4000_0000,
  /** For `addWatch`: refuse what is no folder; do not follow a link; nothing of files that have no name any more. */
  ONLY_FOLDER: 0x100_0000,
  NO_FOLLOW: 0x200_0000,
  NOT_UNLINKED: 0x400_0000
} as const

const NON_BLOCKING = 0o4000
const CLOSE_ON_EXEC = 0o2000000
const POLL_FIELDS = 8
const POLL_IN = 0x1
const POLL_PRIORITY = 0x2
const EINTR = 4
const EAGAIN = 11
const EINVAL = 22

export function bindFileEvents(binder: Binder): FileEventCalls {
  const init = binder.call<[number]>('inotify_init1', ['int'])
  const add = binder.call<[number, SystemName, number]>('inotify_add_watch', ['int', 'path', 'uint'])
  const remove = binder.answer<[number, number]>('inotify_rm_watch', ['int', 'int'], 'int')
  const read = binder.answer<[number, Uint8Array, number]>('read', ['int', 'void *', 'size_t'], 'intptr_t')
  const write = binder.call<[number, Uint8Array, number]>(
    'write',
    ['int', 'const void *', 'size_t'],
    'intptr_t'
  )
  const eventfd = binder.call<[number, number]>('eventfd', ['uint', 'int'])
  const poll = binder.answer<[Uint8Array, number, number]>('poll', ['void *', 'ulong', 'int'], 'int')
  const one = new Uint8Array(new BigUint64Array([1n]).buffer)
  const counter = new Uint8Array(8)

  return {
    openQueue: () => init(NON_BLOCKING | CLOSE_ON_EXEC),
    addWatch: (queue, path, mask) => add(queue, path, mask),
    removeWatch(queue, watch) {
      const answer = remove(queue, watch)
      if (answer < 0 && answer !== -EINVAL) throw systemError(-answer, 'inotify_rm_watch')
    },
    readEvents(queue, target) {
      for (;;) {
        const bytes = read(queue, target, target.length)
        if (bytes >= 0) return bytes
        if (bytes === -EAGAIN) return 0
        if (bytes !== -EINTR) throw systemError(-bytes, 'read')
      }
    },
    openSignal: () => eventfd(0, NON_BLOCKING | CLOSE_ON_EXEC),
    raise(signal) {
      try {
        write(signal, one, one.length)
      } catch (error) {
        // A counter that is full is as ready as can be.
        if ((error as SystemError).code !== 'EAGAIN') throw error
      }
    },
    lower: (signal) => void read(signal, counter, counter.length),
    wait(readable, exceptional, timeoutMs) {
      const count = readable.length + exceptional.length
      const bytes = new Uint8Array(count * POLL_FIELDS)
      const fields = new DataView(bytes.buffer)
      for (let index = 0; index < count; index++) {
        const isReadable = index < readable.length
        const descriptor = isReadable ? readable[index]! : exceptional[index - readable.length]!
        fields.setInt32(index * POLL_FIELDS, descriptor, true)
        fields.setInt16(index * POLL_FIELDS + 4, isReadable ? POLL_IN : POLL_PRIORITY, true)
      }
      const answer = poll(bytes, count, timeoutMs)
      if (answer < 0 && answer !== -EINTR) throw systemError(-answer, 'poll')
      return Array.from({ length: count }, (_, index) => fields.getInt16(index * POLL_FIELDS + 6, true) !== 0)
    }
  }
}
