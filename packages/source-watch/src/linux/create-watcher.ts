import { closeSync, openSync, readlinkSync } from 'node:fs'
import type { FileSystemEventCalls, Native, Posix } from '@tercet/native'
import { isReached } from '../gate.ts'
import { WatchError } from '../watch-error.ts'
import { FanotifyWatch, FILE_SYSTEM_MASK } from './fanotify-watch.ts'
import { InotifyWatch } from './inotify-watch.ts'
import { isRemote } from './mounts.ts'
import { SystemWatcher, type SystemWatcherOptions } from './system-watcher.ts'
import { placesOf, type WatchedPlace } from './watched-places.ts'

/** `fanotify`: whole file systems. `inotify`: folder by folder. */
export type WatchMethod = 'fanotify' | 'inotify'

/**
 * Watches whole file systems where this process may and all of them can be, and folder by folder elsewhere.
 *
 * @throws WatchError `WATCH_METHOD_UNAVAILABLE`
 */
export function createWatcher(
  native: Native,
  options: SystemWatcherOptions,
  asked: WatchMethod | undefined
): { readonly watcher: SystemWatcher; readonly method: WatchMethod } {
  const posix = native.posix!
  const obstacle = asked === 'inotify' ? 'not asked for' : findObstacle(posix, options)
  if (obstacle === undefined) {
    const watcher = new SystemWatcher(posix, options, (parts) => new FanotifyWatch(parts))
    return { watcher, method: 'fanotify' }
  }
  if (asked !== 'fanotify') {
    const watcher = new SystemWatcher(posix, options, (parts) => new InotifyWatch(parts))
    return { watcher, method: 'inotify' }
  }
  throw new WatchError(
    'WATCH_METHOD_UNAVAILABLE',
    `Whole file systems cannot be watched here (${obstacle}): watch folder by folder instead`
  )
}

/** Why whole file systems cannot be watched; undefined: they can. */
function findObstacle(posix: Posix, options: SystemWatcherOptions): string | undefined {
  const calls = posix.fileSystemEvents
  if (calls === undefined) return 'the system does not know how'
  let queue: number | undefined
  try {
    queue = calls.openQueue()
    for (const place of wantedPlaces(options)) tryPlace(calls, posix, queue, place)
    return undefined
  } catch (error) {
    return (error as Error).message
  } finally {
    if (queue !== undefined) posix.close(queue)
  }
}

/** Where files may be that somebody asks for; network file systems are scanned each time, whoever watches. */
function wantedPlaces({ roots, mounts, gate }: SystemWatcherOptions): readonly WatchedPlace[] {
  const isEntered = (folder: string) => gate.entersFolder(folder)
  return roots
    .flatMap((root) => placesOf(root, mounts))
    .filter(({ folder, shown, root }) => !isRemote(mounts.of(folder)) && isReached(shown, root, isEntered))
}

function tryPlace(calls: FileSystemEventCalls, posix: Posix, queue: number, { folder }: WatchedPlace): void {
  calls.markFileSystem(queue, folder, FILE_SYSTEM_MASK)
  const mount = openSync(folder, 'r')
  try {
    const found = calls.openHandle(mount, calls.handleOf(folder))
    if (found === undefined) throw new Error(`${folder} is not found by its handle`)
    const path = readlinkSync(`/proc/self/fd/${found}`)
    posix.close(found)
    if (path !== folder) throw new Error(`${folder} is found as ${path}`)
  } finally {
    closeSync(mount)
  }
}
