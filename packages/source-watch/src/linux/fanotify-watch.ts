import { FILE_EVENT as EVENT } from '@tercet/native'
import type { DoubtReason } from '../doubt.ts'
import { folderAbove } from '../paths.ts'
import { filesBelow, joined } from './files-below.ts'
import { FolderHandles, type SeenFolder } from './folder-handles.ts'
import type { KernelWatch, WatchParts } from './kernel-watch.ts'
import { LeftOut } from './left-out.ts'
import { isRemote } from './mounts.ts'
import { type FileSystemEvent, parseFileSystemEvents } from './parse-file-system-events.ts'
import { type MountView, placesOf, shownIn, viewsOf, type WatchedPlace } from './watched-places.ts'

const STRUCTURE = EVENT.CREATE | EVENT.DELETE | EVENT.MOVED_FROM | EVENT.MOVED_TO
export const FILE_SYSTEM_MASK = STRUCTURE | EVENT.MODIFY | EVENT.CLOSE_WRITE | EVENT.ATTRIB | EVENT.IS_FOLDER

/**
 * Watches whole file systems by `fanotify`: no folder needs a watch, and none is heard of too late. What happens elsewhere
 * on them, and in folders that are left out, is heard too and let go.
 */
export class FanotifyWatch implements KernelWatch {
  readonly queue = { limit: 'fs.fanotify.max_queued_events', mostEventBytes: 512, joinsEvents: true }
  readonly descriptor: number
  readonly #parts: WatchParts
  readonly #leftOut: LeftOut
  readonly #handles: FolderHandles
  #views: ReadonlyMap<string, readonly MountView[]> = new Map()

  constructor(parts: WatchParts) {
    this.#parts = parts
    this.#leftOut = new LeftOut(parts.notes)
    this.#handles = new FolderHandles(parts.posix)
    this.descriptor = parts.posix.fileSystemEvents!.openQueue()
  }

  /** One for each file system. */
  get watches(): number {
    return this.#views.size
  }

  /** The kernel goes on telling after it has dropped events, so the rest is taken as well. */
  take(events: Uint8Array): boolean {
    let isComplete = true
    for (const event of parseFileSystemEvents(events)) {
      if ((event.mask & EVENT.QUEUE_OVERFLOW) !== 0) isComplete = false
      this.#take(event)
    }
    return isComplete
  }

  pause(): void {
    this.#handles.release()
  }

  startOver(): void {
    this.#handles.forget()
  }

  enterRoot(root: string, isFile: boolean): boolean {
    const places = this.#findPlaces().filter((place) => place.root === root)
    if (places.length === 0 || !this.#mark(places[0]!)) return false
    if (isFile) this.#parts.links.meet(root)
    else this.#lookThrough(root, true)
    for (const place of places.slice(1)) if (!this.#leftOut.holds(place.shown, root)) this.#mark(place)
    return true
  }

  leaveRoot(root: string): void {
    this.#leftOut.forget(root)
  }

  /** What is mounted there, if anything is, has to be marked. */
  enterAnew(folder: string, reason: DoubtReason): void {
    const place = this.#findPlaces().find(({ shown }) => shown === folder)
    this.#leftOut.forget(folder)
    this.#parts.notes.doubt(folder, reason)
    if (place === undefined || this.#mark(place)) this.#lookThrough(folder)
  }

  *files(): Generator<string> {
    for (const root of this.#parts.options.roots) {
      yield root
      yield* filesBelow(root, (folder) => !this.#leftOut.has(folder))
    }
  }

  [Symbol.dispose](): void {
    this.#handles.release()
    this.#parts.posix.close(this.descriptor)
  }

  /** Asks the kernel to tell what happens on the file system of a place; what it refuses is looked at each time. */
  #mark({ folder, shown }: WatchedPlace): boolean {
    const { posix, options, notes } = this.#parts
    try {
      posix.fileSystemEvents!.markFileSystem(this.descriptor, folder, FILE_SYSTEM_MASK)
      return true
    } catch {
      if (isRemote(options.mounts.of(folder))) return true
      notes.doubt(shown, 'watch-failed', true)
      return false
    }
  }

  #findPlaces(): readonly WatchedPlace[] {
    const { roots, mounts } = this.#parts.options
    this.#handles.forget()
    const places = roots.flatMap((root) => placesOf(root, mounts))
    this.#views = viewsOf(places, this.#parts.posix.fileSystemEvents!, mounts)
    return places
  }

  #take({ mask, folder, name }: FileSystemEvent): void {
    const views = folder && this.#views.get(folder.id)
    if (views === undefined) return
    const isMove = (mask & (EVENT.MOVED_FROM | EVENT.MOVED_TO)) !== 0
    if (isMove && (mask & EVENT.IS_FOLDER) !== 0) this.#handles.forget()
    const folders = this.#handles.find(folder!, views)
    if (folders === undefined) this.#lose(views)
    else
      for (const seen of folders) for (const place of seen.view.places) this.#takeAt(place, seen, name, mask)
  }

  /** Something happened on a file system, and where is not known. */
  #lose(views: readonly MountView[]): void {
    const { notes, roots } = this.#parts
    for (const { root } of views.flatMap(({ places }) => places)) {
      notes.doubt(root, 'watch-failed')
      roots.lose(root)
    }
  }

  #takeAt(place: WatchedPlace, seen: SeenFolder, name: string | undefined, mask: number): void {
    const { root } = place
    const folder = shownIn(place, seen.path)
    if (folder === undefined) {
      // The folder that holds a root tells of the root itself.
      if (seen.isExact && joined(seen.path, name ?? '') === place.real) this.#parts.notes.touch(place.shown)
      return
    }
    if (
      this.#leftOut.holds(folder === root ? root : folderAbove(folder), root) ||
      this.#parts.notes.isOwn(folder)
    )
      return
    if (!seen.isExact) this.#takeChild(folder, undefined, root, mask)
    else if (name === '.') this.#takeSelf(folder, root, mask)
    else this.#takeChild(folder, name, root, mask)
  }

  #takeSelf(folder: string, root: string, mask: number): void {
    this.#parts.notes.touch(folder)
    if ((mask & EVENT.ATTRIB) !== 0 && folder !== root) this.#reconsider(folder)
  }

  #takeChild(folder: string, name: string | undefined, root: string, mask: number): void {
    const path = joined(folder, name ?? '')
    if (this.#parts.notes.isOwn(path)) return
    const isStructure = (mask & STRUCTURE) !== 0
    // A marker came or went: what is stored of the folder that holds it is another matter.
    if (isStructure && name !== undefined && this.#parts.options.gate.markerNames.includes(name)) {
      this.#parts.notes.doubt(folder, 'new-folder')
      if (folder !== root) this.#reconsider(folder)
    }
    if (this.#leftOut.has(folder)) return
    // The folder itself has another time now.
    if (isStructure || name === undefined) this.#parts.notes.touch(folder)
    if (name === undefined) return
    this.#parts.notes.touch(path)
    if (!isStructure || (mask & EVENT.IS_FOLDER) === 0) return
    // One event may tell of several things that happened to a name, in any order.
    if ((mask & (EVENT.DELETE | EVENT.MOVED_FROM)) !== 0) this.#parts.notes.forgetBelow(path)
    this.#leftOut.forget(path)
    if ((mask & (EVENT.CREATE | EVENT.MOVED_TO)) !== 0) this.#enter(path, (mask & EVENT.MOVED_TO) !== 0)
  }

  /** What comes into a folder that is made here is heard of; what was in one that is moved here is not. */
  #enter(folder: string, hasContent: boolean): void {
    if (!this.#parts.notes.isEntered(folder)) {
      this.#leftOut.add(folder)
      return
    }
    this.#parts.notes.doubt(folder, 'new-folder')
    if (hasContent) this.#lookThrough(folder)
  }

  /** A folder may be wanted or not wanted from now on. */
  #reconsider(folder: string): void {
    const wasLeftOut = this.#leftOut.has(folder)
    if (this.#parts.notes.isEntered(folder) !== wasLeftOut) return
    this.#leftOut.forget(folder)
    if (wasLeftOut) this.#enter(folder, true)
    else {
      this.#leftOut.add(folder)
      this.#parts.notes.doubt(folder, 'new-folder')
    }
  }

  /** Learns which folders are left out, and which files have several names. */
  #lookThrough(start: string, isWholeRoot = false): void {
    const isEntered = (folder: string) => this.#parts.notes.isEntered(folder)
    // Another name of this file may be known, and has another link count since.
    for (const file of filesBelow(start, isEntered, (folder) => this.#leftOut.add(folder)))
      if (this.#parts.links.meet(file) && !isWholeRoot) this.#parts.notes.note(file)
  }
}
