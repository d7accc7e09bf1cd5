import { readFileSync } from 'node:fs'
import { FILE_EVENT as EVENT, type Native, type Posix } from '@tercet/native'
import type { DoubtReason } from '../doubt.ts'
import { isBelow } from '../paths.ts'
import { ChangeNotes } from './change-notes.ts'
import { filesBelow, joined } from './files-below.ts'
import { FolderHandles, type SeenFolder } from './folder-handles.ts'
import { LeftOut } from './left-out.ts'
import { LinkedFiles } from './linked-files.ts'
import { isRemote } from './mounts.ts'
import { type FileSystemEvent, parseFileSystemEvents } from './parse-file-system-events.ts'
import type { SystemWatcher, SystemWatcherOptions } from './system-watcher.ts'
import { type MountView, placesOf, shownIn, viewsOf, type WatchedPlace } from './watched-places.ts'
import { moved, realOf, WatchedRoots } from './watched-roots.ts'

const STRUCTURE = EVENT.CREATE | EVENT.DELETE | EVENT.MOVED_FROM | EVENT.MOVED_TO
export const FILE_SYSTEM_MASK = STRUCTURE | EVENT.MODIFY | EVENT.CLOSE_WRITE | EVENT.ATTRIB | EVENT.IS_FOLDER
const BUFFER_BYTES = 256 * 1024
const MOST_EVENT_BYTES = 512

/**
 * Watches whole file systems by `fanotify`: no folder needs a watch, and none is heard of too late. What happens elsewhere
 * on them, and in folders that are left out, is heard too and let go.
 */
export class FanotifyWatcher implements SystemWatcher {
  readonly joinsEvents = true
  readonly descriptor: number
  readonly #options: SystemWatcherOptions
  readonly #posix: Posix
  readonly #links: LinkedFiles
  readonly #notes: ChangeNotes
  readonly #roots: WatchedRoots
  readonly #leftOut: LeftOut
  readonly #handles: FolderHandles
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  readonly #mostReads = mostReads()
  #views: ReadonlyMap<string, readonly MountView[]> = new Map()

  constructor({ posix }: Native, options: SystemWatcherOptions) {
    this.#posix = posix!
    this.#options = options
    this.#links = new LinkedFiles(options.store, posix!.stat!)
    this.#notes = new ChangeNotes(options, this.#links)
    this.#roots = new WatchedRoots(options, this.#notes, posix!.stat!)
    this.#leftOut = new LeftOut(this.#notes)
    this.#handles = new FolderHandles(posix!)
    this.descriptor = posix!.fileSystemEvents!.openQueue()
  }

  /** One for each file system. */
  get watches(): number {
    return this.#views.size
  }

  start(reason: DoubtReason): void {
    const { store } = this.#options
    for (const { path } of store.standing()) store.endStanding(path)
    this.#watchAll(reason)
    this.flush()
  }

  drain(): void {
    for (let reads = 0; reads < this.#mostReads; reads++) {
      const size = this.#posix.fileEvents!.readEvents(this.descriptor, this.#buffer)
      if (size === 0) break
      for (const event of parseFileSystemEvents(this.#buffer.subarray(0, size))) this.#take(event)
      if (this.#notes.isMuch) this.flush()
    }
    this.#handles.release()
    this.flush()
  }

  settleDoubts(): void {
    this.drain()
    this.checkRoots()
    this.#retryStanding()
    while (this.#links.mustSearch) {
      for (const path of this.#links.search(this.#allFiles())) this.#notes.note(path)
      this.drain()
    }
    this.flush()
  }

  checkRoots(): void {
    for (const [root, reason] of this.#roots.changed()) this.#watchRoot(root, reason)
  }

  mountsChanged(places: readonly string[]): void {
    for (const place of places) {
      for (const root of this.#options.roots) {
        const real = realOf(root)
        if (real === place || isBelow(real, place)) this.#watchRoot(root, 'mount-changed')
        else if (isBelow(place, real)) this.#remounted(root, place, moved(place, real, root))
      }
    }
    this.flush()
  }

  doubtAll(reason: DoubtReason): void {
    for (const root of this.#options.roots) this.#notes.doubt(root, reason)
    this.flush()
  }

  flush(): void {
    this.#notes.flush()
  }

  [Symbol.dispose](): void {
    this.#handles.release()
    this.#posix.close(this.descriptor)
  }

  #watchAll(reason: DoubtReason): void {
    this.#options.store.transaction(() => {
      this.#links.forgetAll()
      for (const root of this.#options.roots) this.#watchRoot(root, reason)
    })
  }

  #watchRoot(root: string, reason: DoubtReason): void {
    this.#leftOut.forget(root)
    this.#roots.watch(root, reason, (_, isFile) => {
      this.#findPlaces()
      const places = placesOf(root, this.#options.mounts)
      if (places.length === 0 || !this.#mark(places[0]!)) return false
      if (isFile) this.#links.meet(root)
      else this.#lookThrough(root, true)
      for (const place of places.slice(1)) if (!this.#leftOut.holds(place.shown, root)) this.#mark(place)
      return true
    })
  }

  /** Asks the kernel to tell what happens on the file system of a place; what it refuses is looked at each time. */
  #mark({ folder, shown }: WatchedPlace): boolean {
    try {
      this.#posix.fileSystemEvents!.markFileSystem(this.descriptor, folder, FILE_SYSTEM_MASK)
      return true
    } catch {
      if (isRemote(this.#options.mounts.of(folder))) return true
      this.#notes.doubt(shown, 'watch-failed', true)
      return false
    }
  }

  #findPlaces(): void {
    const { roots, mounts } = this.#options
    this.#handles.forget()
    const places = roots.flatMap((root) => placesOf(root, mounts))
    this.#views = viewsOf(places, this.#posix.fileSystemEvents!, mounts)
  }

  #take({ mask, folder, name }: FileSystemEvent): void {
    if ((mask & EVENT.QUEUE_OVERFLOW) !== 0) this.#startOver()
    const views = folder && this.#views.get(folder.id)
    if (views === undefined) return
    const isMove = (mask & (EVENT.MOVED_FROM | EVENT.MOVED_TO)) !== 0
    if (isMove && (mask & EVENT.IS_FOLDER) !== 0) this.#handles.forget()
    for (const seen of this.#handles.find(folder!, views))
      for (const place of seen.view.places) this.#takeAt(place, seen, name, mask)
  }

  /** The kernel has dropped events; it goes on telling, so only what was learned from events is to be learned anew. */
  #startOver(): void {
    const { onIssue, roots } = this.#options
    const message =
      'More changes at once than the system keeps (fs.fanotify.max_queued_events): the sources are scanned'
    onIssue({ code: 'WATCH_OVERFLOW', severity: 'info', path: roots[0]!, message })
    this.#watchAll('overflow')
  }

  #takeAt(place: WatchedPlace, seen: SeenFolder, name: string | undefined, mask: number): void {
    const { root } = place
    const folder = shownIn(place, seen.path)
    if (folder === undefined) {
      // The folder that holds a root tells of the root itself.
      if (seen.isExact && joined(seen.path, name ?? '') === place.real) this.#notes.touch(place.shown)
      return
    }
    if (this.#leftOut.holds(aboveOf(folder, root), root) || this.#notes.isOwn(folder)) return
    if (!seen.isExact) this.#takeChild(folder, undefined, root, mask)
    else if (name === '.') this.#takeSelf(folder, root, mask)
    else this.#takeChild(folder, name, root, mask)
  }

  #takeSelf(folder: string, root: string, mask: number): void {
    this.#notes.touch(folder)
    if ((mask & EVENT.ATTRIB) !== 0 && folder !== root) this.#reconsider(folder)
  }

  #takeChild(folder: string, name: string | undefined, root: string, mask: number): void {
    const path = joined(folder, name ?? '')
    if (this.#notes.isOwn(path)) return
    const isStructure = (mask & STRUCTURE) !== 0
    // A marker came or went: what is stored of the folder that holds it is another matter.
    if (isStructure && name !== undefined && this.#options.gate.markerNames.includes(name)) {
      this.#notes.doubt(folder, 'new-folder')
      if (folder !== root) this.#reconsider(folder)
    }
    if (this.#leftOut.has(folder)) return
    // The folder itself has another time now.
    if (isStructure || name === undefined) this.#notes.touch(folder)
    if (name === undefined) return
    this.#notes.touch(path)
    if (!isStructure || (mask & EVENT.IS_FOLDER) === 0) return
    // One event may tell of several things that happened to a name, in any order.
    if ((mask & (EVENT.DELETE | EVENT.MOVED_FROM)) !== 0) this.#notes.forgetBelow(path)
    this.#leftOut.forget(path)
    if ((mask & (EVENT.CREATE | EVENT.MOVED_TO)) !== 0) this.#enter(path, (mask & EVENT.MOVED_TO) !== 0)
  }

  /** What comes into a folder that is made here is heard of; what was in one that is moved here is not. */
  #enter(folder: string, hasContent: boolean): void {
    if (!this.#notes.isEntered(folder)) {
      this.#leftOut.add(folder)
      return
    }
    this.#notes.doubt(folder, 'new-folder')
    if (hasContent) this.#lookThrough(folder)
  }

  /** A folder may be wanted or not wanted from now on. */
  #reconsider(folder: string): void {
    const wasLeftOut = this.#leftOut.has(folder)
    if (this.#notes.isEntered(folder) !== wasLeftOut) return
    this.#leftOut.forget(folder)
    if (wasLeftOut) this.#enter(folder, true)
    else {
      this.#leftOut.add(folder)
      this.#notes.doubt(folder, 'new-folder')
    }
  }

  /** Learns which folders are left out, and which files have several names. */
  #lookThrough(start: string, isWholeRoot = false): void {
    const isEntered = (folder: string) => this.#notes.isEntered(folder)
    // Another name of this file may be known, and has another link count since.
    for (const file of filesBelow(start, isEntered, (folder) => this.#leftOut.add(folder)))
      if (this.#links.meet(file) && !isWholeRoot) this.#notes.note(file)
  }

  *#allFiles(): Generator<string> {
    for (const root of this.#options.roots) {
      yield root
      yield* filesBelow(root, (folder) => !this.#leftOut.has(folder))
    }
  }

  /** Tries to watch what could not be watched before. */
  #retryStanding(): void {
    const { store, roots, mounts } = this.#options
    for (const { path, reason } of store.standing()) {
      if (reason === 'network' && isRemote(mounts.of(realOf(path)))) continue
      if (reason !== 'network' && roots.includes(path)) {
        store.endStanding(path)
        this.#watchRoot(path, reason)
      } else if (reason === 'network' || this.#isMarked(path)) store.endStanding(path)
    }
  }

  /** Whether something that is mounted below a root is gone or can be watched now. */
  #isMarked(path: string): boolean {
    const { roots, mounts } = this.#options
    const places = roots.flatMap((root) => placesOf(root, mounts))
    const place = places.find(({ shown }) => shown === path)
    return place === undefined || this.#mark(place)
  }

  #remounted(root: string, place: string, path: string): void {
    const { mounts, store } = this.#options
    if (this.#leftOut.holds(path, root)) return
    store.endStanding(path)
    this.#findPlaces()
    this.#leftOut.forget(path)
    this.#notes.doubt(path, 'mount-changed')
    if (this.#isMarked(path)) this.#lookThrough(path)
    const mount = mounts.of(place)
    if (mount !== undefined && isRemote(mount)) this.#roots.doubtNetwork(path, mount.type)
  }
}

/** The folder above, or the root itself. */
function aboveOf(folder: string, root: string): string {
  return folder === root ? root : folder.slice(0, folder.lastIndexOf('/')) || '/'
}

/** How often a full queue has to be read until it is empty. */
function mostReads(): number {
  const events = Number(readFileSync('/proc/sys/fs/fanotify/max_queued_events', 'utf8'))
  return Math.ceil((events * MOST_EVENT_BYTES) / (BUFFER_BYTES - MOST_EVENT_BYTES)) + 1
}
