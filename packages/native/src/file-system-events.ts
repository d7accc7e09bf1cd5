import type { Binder } from './bind.ts'
import { type SystemName, systemError } from './system-error.ts'

/**
 * `fanotify` of Linux, which tells what happens anywhere on a file system by the folder that holds a name. Its queues are
 * read, waited for and closed like those of {@link FileEventCalls}. Asking for a whole file system and finding folders
 * by their handles need the rights of an administrator (`EPERM`), and a file system that has handles.
 */
export interface FileSystemEventCalls {
  /** A queue of events that carry the handle of a folder, and a name in it. */
  openQueue(): number
  /** Tells of everything on the file system that holds `path`. Once more is no error. */
  markFileSystem(queue: number, path: SystemName, mask: number): void
  /** What events call the file system that holds `path`: eight bytes. */
  fileSystemId(path: SystemName): Uint8Array
  /** What events call a file or folder: length, kind, and bytes that only the file system understands. */
  handleOf(path: SystemName): Uint8Array
  /**
   * Opens what a handle stands for, only to ask where it is; undefined: it is gone.
   *
   * @param mount a descriptor of anything on that file system, in the mount that the answer is to be seen in
   */
  openHandle(mount: number, handle: Uint8Array): number | undefined
}

/** How events of `fanotify` begin and what follows: see fanotify(7). */
export const FILE_SYSTEM_EVENT = {
  /** Bytes of what every event has; the mask is at byte 8, the length of this part at byte 6. */
  FIXED_BYTES: 24,
  /** Kinds of information: a folder and a name in it. */
  FOLDER_AND_NAME: 2
} as const

const REPORT_FOLDER_AND_NAME = 0xc00
const CLOSE_ON_EXEC = 0x1
const NON_BLOCKING = 0x2
const MARK_ADD = 0x1
const MARK_FILE_SYSTEM = 0x100
const WORKING_FOLDER = -100
const OPEN_PATH = 0o10000000
const OPEN_CLOSE_ON_EXEC = 0o2000000
const STATFS_BYTES = 256
const STATFS_ID = 56
const MOST_HANDLE_BYTES = 128
const HANDLE_HEADER_BYTES = 8
const ESTALE = 116

export function bindFileSystemEvents(binder: Binder): FileSystemEventCalls {
  const init = binder.call<[number, number]>('fanotify_init', ['uint', 'uint'])
  const mark = binder.call<[number, number, number, number, SystemName]>('fanotify_mark', [
    'int',
    'uint',
    'uint64',
    'int',
    'path'
  ])
  const statfs = binder.call<[SystemName, Uint8Array]>('statfs', ['path', 'void *'])
  const nameToHandle = binder.call<[number, SystemName, Uint8Array, Uint8Array, number]>(
    'name_to_handle_at',
    ['int', 'path', 'void *', 'void *', 'int']
  )
  const open = binder.answer<[number, Uint8Array, number]>(
    'open_by_handle_at',
    ['int', 'void *', 'int'],
    'int'
  )
  return {
    openQueue: () => init(REPORT_FOLDER_AND_NAME | CLOSE_ON_EXEC | NON_BLOCKING, 0),
    markFileSystem: (queue, path, mask) =>
      void mark(queue, MARK_ADD | MARK_FILE_SYSTEM, mask, WORKING_FOLDER, path),
    fileSystemId(path) {
      const answer = new Uint8Array(STATFS_BYTES)
      statfs(path, answer)
      return answer.slice(STATFS_ID, STATFS_ID + 8)
    },
    handleOf(path) {
      const handle = new Uint8Array(HANDLE_HEADER_BYTES + MOST_HANDLE_BYTES)
      const size = new DataView(handle.buffer)
      size.setUint32(0, MOST_HANDLE_BYTES, true)
      nameToHandle(WORKING_FOLDER, path, handle, new Uint8Array(8), 0)
      return handle.slice(0, HANDLE_HEADER_BYTES + size.getUint32(0, true))
    },
    openHandle(mount, handle) {
      const answer = open(mount, handle, OPEN_PATH | OPEN_CLOSE_ON_EXEC)
      if (answer >= 0) return answer
      if (answer === -ESTALE) return undefined
      throw systemError(-answer, 'open_by_handle_at')
    }
  }
}
