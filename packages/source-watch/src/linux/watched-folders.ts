import { readdirSync } from 'node:fs'
import { FILE_EVENT as EVENT, type FileEventCalls, type Posix, type SystemError } from '@tercet/native'
import type { DoubtReason } from '../doubt.ts'
import { isBelow } from '../paths.ts'
import type { ChangeNotes } from './change-notes.ts'
import { type FolderNode, FolderTree } from './folder-tree.ts'
import type { WatchParts } from './kernel-watch.ts'
import type { LinkedFiles } from './linked-files.ts'
import type { SystemWatcherOptions } from './system-watcher.ts'

export const STRUCTURE = EVENT.CREATE | EVENT.DELETE | EVENT.MOVED_FROM | EVENT.MOVED_TO
export const SELF_GONE = EVENT.DELETE_SELF | EVENT.MOVE_SELF
const WATCHED = STRUCTURE | EVENT.MODIFY | EVENT.CLOSE_WRITE | EVENT.ATTRIB | SELF_GONE | EVENT.NOT_UNLINKED
const ROOT_MASK = WATCHED | EVENT.ONLY_FOLDER
const FOLDER_MASK = ROOT_MASK | EVENT.NO_FOLLOW
const MARKER_MASK = WATCHED | EVENT.NO_FOLLOW

/**
 * A queue of `inotify` and the folders that it watches. The kernel knows single folders only: a new one is watched first
 * and looked through after that, so that whatever is made in it is either heard of or found.
 */
export class WatchedFolders implements Disposable {
  readonly tree = new FolderTree()
  readonly queue: number
  readonly #posix: Posix
  readonly #calls: FileEventCalls
  readonly #options: SystemWatcherOptions
  readonly #notes: ChangeNotes
  readonly #links: LinkedFiles
  readonly #onLimit: (path: string) => void

  /** `onLimit` is told each time that the system allows no more watches. */
  constructor({ posix, options, notes, links }: WatchParts, onLimit: (path: string) => void) {
    this.#posix = posix
    this.#calls = posix.fileEvents!
    this.#options = options
    this.#notes = notes
    this.#links = links
    this.#onLimit = onLimit
    this.queue = this.#calls.openQueue()
  }

  /** Watches a root and all in it; false: it cannot be watched, or is gone. */
  enterRoot(root: string, isFile: boolean): boolean {
    const watch = this.#addWatch(root, isFile ? WATCHED : ROOT_MASK)
    if (watch === undefined) return false
    const node = this.tree.addRoot(root, watch, isFile ? 'file' : 'folder')
    if (isFile) this.#links.meet(root)
    else this.#lookThrough(node, true)
    return true
  }

  /** Watches a folder with all below it, which is in doubt then. */
  enter(above: FolderNode, name: string, reason: DoubtReason): void {
    const path = above.pathOf(name)
    if (!this.#notes.isEntered(path)) {
      this.#leaveOut(above, name)
      return
    }
    this.#notes.doubt(path, reason)
    const watch = this.#addWatch(path, FOLDER_MASK)
    if (watch !== undefined) this.#lookThrough(this.tree.add(above, name, watch))
  }

  /** Lets go of a folder that was here before, and watches what is here now. */
  enterAnew(above: FolderNode, name: string, reason: DoubtReason): void {
    const node = above.children?.get(name)
    if (node !== undefined) this.remove(node)
    this.enter(above, name, reason)
  }

  remove(node: FolderNode): void {
    for (const watch of this.tree.remove(node)) this.#calls.removeWatch(this.queue, watch)
  }

  find(path: string): FolderNode | undefined {
    for (const root of this.#options.roots) {
      let node = this.tree.root(root)
      if (path === root) return node
      if (!isBelow(path, root)) continue
      const rest = path.slice(root === '/' ? 0 : root.length).split('/')
      for (const name of rest.slice(1)) node = node?.children?.get(name)
      return node
    }
    return undefined
  }

  /** Paths of the files in all watched folders. */
  *files(): Generator<string> {
    for (const folder of this.tree.all()) {
      if (folder.kind === 'file') yield folder.path
      if (folder.kind === 'folder')
        for (const entry of this.#read(shown(folder.path)))
          if (entry.isFile()) yield folder.pathOf(entry.name)
    }
  }

  [Symbol.dispose](): void {
    this.#posix.close(this.queue)
  }

  /** Watches all folders in a folder that is watched already. */
  #lookThrough(start: FolderNode, isWholeRoot = false): void {
    const rest = [start]
    for (let folder = rest.pop(); folder !== undefined; folder = rest.pop()) {
      for (const entry of this.#read(shown(folder.path))) {
        const path = folder.pathOf(entry.name)
        // Another name of this file may be known, and has another link count since.
        if (entry.isFile() && this.#links.meet(path) && !isWholeRoot) this.#notes.note(path)
        if (!entry.isDirectory() || folder.children?.has(entry.name)) continue
        if (!this.#notes.isEntered(path)) {
          this.#leaveOut(folder, entry.name)
          continue
        }
        const watch = this.#addWatch(path, FOLDER_MASK)
        if (watch !== undefined) rest.push(this.tree.add(folder, entry.name, watch))
      }
    }
  }

  /** Watches the marker for which a folder is left out, if it has one: nothing else tells that it goes. */
  #leaveOut(above: FolderNode, name: string): void {
    const path = above.pathOf(name)
    if (this.#notes.isOwn(path)) return
    for (const marker of this.#options.gate.markerNames) {
      const watch = this.#addWatch(`${path}/${marker}`, MARKER_MASK, path)
      if (watch === undefined) continue
      const node = this.tree.add(above, name, watch, 'left-out')
      // It may have gone before it was watched.
      if (!this.#notes.isEntered(path)) return
      this.remove(node)
      this.enter(above, name, 'new-folder')
      return
    }
  }

  #read(folder: string) {
    try {
      return readdirSync(folder, { withFileTypes: true })
    } catch (error) {
      // What is gone is told of by the folder that it was in.
      if (!isGone(error)) this.#notes.doubt(folder, 'watch-failed', true)
      return []
    }
  }

  /** `inDoubt` is what stays in doubt where the watch is refused. */
  #addWatch(path: string, mask: number, inDoubt = path): number | undefined {
    try {
      return this.#calls.addWatch(this.queue, path, mask)
    } catch (error) {
      const { code } = error as SystemError
      if (isGone(error)) return undefined
      const isLimit = code === 'ENOSPC' || code === 'ENOMEM' || code === 'EMFILE'
      this.#notes.doubt(inDoubt, isLimit ? 'watch-limit' : 'watch-failed', true)
      if (isLimit) this.#onLimit(inDoubt)
      return undefined
    }
  }
}

export function isGone(error: unknown): boolean {
  const { code } = error as SystemError
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP'
}

/** The root of the file system is '' in the tree. */
export function shown(path: string): string {
  return path === '' ? '/' : path
}
