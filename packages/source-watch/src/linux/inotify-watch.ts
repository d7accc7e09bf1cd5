import { FILE_EVENT as EVENT } from '@tercet/native'
import type { DoubtReason } from '../doubt.ts'
import { folderAbove } from '../paths.ts'
import type { FolderNode } from './folder-tree.ts'
import type { KernelWatch, WatchParts } from './kernel-watch.ts'
import { type FileEvent, parseEvents } from './parse-events.ts'
import { SELF_GONE, STRUCTURE, shown, WatchedFolders } from './watched-folders.ts'
import { identityOf } from './watched-roots.ts'

/** Watches trees by `inotify`, folder by folder. */
export class InotifyWatch implements KernelWatch {
  readonly queue = { limit: 'fs.inotify.max_queued_events', mostEventBytes: 16 + 256, joinsEvents: false }
  readonly #parts: WatchParts
  #folders: WatchedFolders
  #limitTold = false

  constructor(parts: WatchParts) {
    this.#parts = parts
    this.#folders = this.#openFolders()
  }

  get descriptor(): number {
    return this.#folders.queue
  }

  get watches(): number {
    return this.#folders.tree.size
  }

  /** After an overflow everything is watched anew, so that what was queued besides is of no use. */
  take(events: Uint8Array): boolean {
    for (const event of parseEvents(events)) {
      if ((event.mask & EVENT.QUEUE_OVERFLOW) !== 0) return false
      this.#take(event)
    }
    return true
  }

  pause(): void {}

  /** Even what is watched may be wrong. */
  startOver(): void {
    this.#folders[Symbol.dispose]()
    this.#folders = this.#openFolders()
  }

  enterRoot(root: string, isFile: boolean): boolean {
    return this.#folders.enterRoot(root, isFile)
  }

  leaveRoot(root: string): void {
    const node = this.#folders.tree.root(root)
    if (node !== undefined) this.#folders.remove(node)
  }

  enterAnew(folder: string, reason: DoubtReason): void {
    const above = this.#folders.find(folderAbove(folder))
    if (above !== undefined) this.#folders.enterAnew(above, folder.slice(folder.lastIndexOf('/') + 1), reason)
  }

  files(): Iterable<string> {
    return this.#folders.files()
  }

  [Symbol.dispose](): void {
    this.#folders[Symbol.dispose]()
  }

  #openFolders(): WatchedFolders {
    return new WatchedFolders(this.#parts, (path) => {
      if (this.#limitTold) return
      this.#limitTold = true
      const message = `No more folders can be watched from ${path} on: raise fs.inotify.max_user_watches; until then they are scanned each time`
      this.#parts.options.onIssue({ code: 'WATCH_LIMIT_REACHED', severity: 'warning', path, message })
    })
  }

  #take({ watch, mask, name }: FileEvent): void {
    for (const node of this.#folders.tree.at(watch)) {
      if (node.kind === 'left-out') this.#folders.enterAnew(node.above!, node.name, 'new-folder')
      else if ((mask & EVENT.UNMOUNT) !== 0) this.#lost(node, 'mount-changed')
      else if ((mask & EVENT.IGNORED) !== 0) this.#lost(node, 'new-folder')
      else if (name === undefined) this.#parts.notes.touch(shown(node.path))
      else if (name === '') this.#takeSelf(node, mask)
      else this.#takeChild(node, name, mask)
    }
  }

  /** The watch has ended without our asking: the file system is gone, or the folder, which its own folder tells too. */
  #lost(node: FolderNode, reason: DoubtReason): void {
    const path = shown(node.path)
    this.#folders.remove(node)
    if (node.above === undefined) this.#parts.roots.lose(path)
    else if (identityOf(this.#parts.posix.stat!, path) !== undefined)
      this.#folders.enter(node.above, node.name, reason)
  }

  #takeSelf(node: FolderNode, mask: number): void {
    const path = shown(node.path)
    if ((mask & SELF_GONE) !== 0) {
      // Others are told of by the folder that they are in.
      if (node.above !== undefined) return
      this.#parts.notes.note(path)
      this.#folders.remove(node)
      this.#parts.roots.lose(path)
      return
    }
    this.#parts.notes.touch(path)
    if ((mask & EVENT.ATTRIB) !== 0 && node.above !== undefined) this.#reconsider(node.above, node.name)
  }

  #takeChild(folder: FolderNode, name: string, mask: number): void {
    const path = folder.pathOf(name)
    if (this.#parts.notes.isOwn(path)) return
    if ((mask & STRUCTURE) !== 0) {
      // The folder itself has another time now.
      this.#parts.notes.touch(shown(folder.path))
      if (this.#parts.options.gate.markerNames.includes(name)) this.#markerChanged(folder)
    }
    this.#parts.notes.touch(path)
    if ((mask & EVENT.IS_FOLDER) === 0) return
    if ((mask & (EVENT.DELETE | EVENT.MOVED_FROM)) !== 0) {
      const node = folder.children?.get(name)
      if (node !== undefined) this.#folders.remove(node)
      this.#parts.notes.forgetBelow(path)
    } else if ((mask & (EVENT.CREATE | EVENT.MOVED_TO)) !== 0)
      this.#folders.enterAnew(folder, name, 'new-folder')
    else this.#reconsider(folder, name)
  }

  /** A marker came or went: the folder that holds it is watched or not, and what is stored of it is another matter too. */
  #markerChanged(folder: FolderNode): void {
    this.#parts.notes.doubt(shown(folder.path), 'new-folder')
    if (folder.above !== undefined) this.#reconsider(folder.above, folder.name)
  }

  /** Begins or ends to watch a folder whose attributes may say something else now. */
  #reconsider(above: FolderNode, name: string): void {
    const path = above.pathOf(name)
    const isKnown = above.children?.get(name)?.kind === 'folder'
    const isWanted = this.#parts.options.gate.entersFolder(path)
    if (isWanted && !isKnown) this.#folders.enterAnew(above, name, 'new-folder')
    // It stays watched until somebody has looked: nothing is lost by that.
    if (!isWanted && isKnown) this.#parts.notes.doubt(path, 'new-folder')
  }
}
