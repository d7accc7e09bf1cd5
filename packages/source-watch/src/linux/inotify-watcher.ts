import { readFileSync } from 'node:fs'
import { FILE_EVENT as EVENT, type Native } from '@tercet/native'
import type { DoubtReason } from '../doubt.ts'
import { isBelow } from '../paths.ts'
import { ChangeNotes } from './change-notes.ts'
import type { FolderNode } from './folder-tree.ts'
import { LinkedFiles } from './linked-files.ts'
import { isRemote } from './mounts.ts'
import { type FileEvent, parseEvents } from './parse-events.ts'
import type { SystemWatcher, SystemWatcherOptions } from './system-watcher.ts'
import { SELF_GONE, STRUCTURE, shown, WatchedFolders } from './watched-folders.ts'
import { identityOf, moved, realOf, WatchedRoots } from './watched-roots.ts'

const BUFFER_BYTES = 256 * 1024
const MOST_EVENT_BYTES = 16 + 256

/** Watches trees by `inotify`, folder by folder. */
export class InotifyWatcher implements SystemWatcher {
  readonly joinsEvents = false
  readonly #options: SystemWatcherOptions
  readonly #posix: NonNullable<Native['posix']>
  readonly #links: LinkedFiles
  readonly #notes: ChangeNotes
  readonly #roots: WatchedRoots
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  readonly #mostReads = mostReads()
  #folders: WatchedFolders
  #limitTold = false

  constructor({ posix }: Native, options: SystemWatcherOptions) {
    this.#posix = posix!
    this.#options = options
    this.#links = new LinkedFiles(options.store, posix!.stat!)
    this.#notes = new ChangeNotes(options, this.#links)
    this.#roots = new WatchedRoots(options, this.#notes, posix!.stat!)
    this.#folders = this.#openFolders()
  }

  get descriptor(): number {
    return this.#folders.queue
  }

  get watches(): number {
    return this.#folders.tree.size
  }

  start(reason: DoubtReason): void {
    const { store } = this.#options
    for (const { path } of store.standing()) store.endStanding(path)
    store.transaction(() => this.#watchAll(reason))
    this.flush()
  }

  drain(): void {
    for (let reads = 0; reads < this.#mostReads; reads++) {
      const folders = this.#folders
      const size = this.#posix.fileEvents!.readEvents(folders.queue, this.#buffer)
      if (size === 0) break
      for (const event of parseEvents(this.#buffer.subarray(0, size))) {
        this.#take(event)
        // After an overflow everything was looked at anew; what was queued before is of no use.
        if (this.#folders !== folders) break
      }
      if (this.#notes.isMuch) this.flush()
    }
    this.flush()
  }

  settleDoubts(): void {
    this.drain()
    this.checkRoots()
    this.#retryStanding()
    while (this.#links.mustSearch) {
      for (const path of this.#links.search(this.#folders.files())) this.#notes.note(path)
      this.drain()
    }
    this.flush()
  }

  checkRoots(): void {
    for (const [root, reason] of this.#roots.changed()) this.#rewatchRoot(root, reason)
  }

  mountsChanged(places: readonly string[]): void {
    for (const place of places) {
      for (const root of this.#options.roots) {
        const real = realOf(root)
        if (real === place || isBelow(real, place)) this.#rewatchRoot(root, 'mount-changed')
        else if (isBelow(place, real)) this.#remounted(place, moved(place, real, root))
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
    this.#folders[Symbol.dispose]()
  }

  #openFolders(): WatchedFolders {
    return new WatchedFolders(this.#posix, this.#options, this.#notes, this.#links, (path) => {
      if (this.#limitTold) return
      this.#limitTold = true
      const message = `No more folders can be watched from ${path} on: raise fs.inotify.max_user_watches; until then they are scanned each time`
      this.#options.onIssue({ code: 'WATCH_LIMIT_REACHED', severity: 'warning', path, message })
    })
  }

  #watchAll(reason: DoubtReason): void {
    this.#links.forgetAll()
    for (const root of this.#options.roots) this.#watchRoot(root, reason)
  }

  #watchRoot(root: string, reason: DoubtReason): void {
    this.#roots.watch(root, reason, (path, isFile) => this.#folders.enterRoot(path, isFile))
  }

  #rewatchRoot(root: string, reason: DoubtReason): void {
    const node = this.#folders.tree.root(root)
    if (node !== undefined) this.#folders.remove(node)
    this.#watchRoot(root, reason)
  }

  #take({ watch, mask, name }: FileEvent): void {
    if ((mask & EVENT.QUEUE_OVERFLOW) !== 0) {
      this.#startOver()
      return
    }
    for (const node of this.#folders.tree.at(watch)) {
      if ((mask & EVENT.UNMOUNT) !== 0) this.#lost(node, 'mount-changed')
      else if ((mask & EVENT.IGNORED) !== 0) this.#lost(node, 'new-folder')
      else if (name === undefined) this.#notes.touch(shown(node.path))
      else if (name === '') this.#takeSelf(node, mask)
      else this.#takeChild(node, name, mask)
    }
  }

  /** The kernel has dropped events, so even what is watched may be wrong: everything is watched anew. */
  #startOver(): void {
    const { onIssue, roots, store } = this.#options
    this.#folders[Symbol.dispose]()
    this.#folders = this.#openFolders()
    const message =
      'More changes at once than the system keeps (fs.inotify.max_queued_events): the sources are scanned'
    onIssue({ code: 'WATCH_OVERFLOW', severity: 'info', path: roots[0]!, message })
    store.transaction(() => this.#watchAll('overflow'))
  }

  /** The watch has ended without our asking: the file system is gone, or the folder, which its own folder tells too. */
  #lost(node: FolderNode, reason: DoubtReason): void {
    const path = shown(node.path)
    this.#folders.remove(node)
    if (node.above === undefined) this.#rewatchRoot(path, 'root-replaced')
    else if (identityOf(this.#posix.stat!, path) !== undefined)
      this.#folders.enter(node.above, node.name, reason)
  }

  #takeSelf(node: FolderNode, mask: number): void {
    const path = shown(node.path)
    if ((mask & SELF_GONE) !== 0) {
      // Others are told of by the folder that they are in.
      if (node.above !== undefined) return
      this.#notes.note(path)
      this.#rewatchRoot(path, 'root-replaced')
      return
    }
    this.#notes.touch(path)
    if ((mask & EVENT.ATTRIB) !== 0 && node.above !== undefined) this.#reconsider(node.above, node.name)
  }

  #takeChild(folder: FolderNode, name: string, mask: number): void {
    const path = folder.pathOf(name)
    if (this.#notes.isOwn(path)) return
    if ((mask & STRUCTURE) !== 0) {
      // The folder itself has another time now.
      this.#notes.touch(shown(folder.path))
      if (this.#options.gate.markerNames.includes(name)) this.#markerChanged(folder)
    }
    this.#notes.touch(path)
    if ((mask & EVENT.IS_FOLDER) === 0) return
    if ((mask & (EVENT.DELETE | EVENT.MOVED_FROM)) !== 0) {
      const node = folder.children?.get(name)
      if (node !== undefined) this.#folders.remove(node)
      this.#notes.forgetBelow(path)
    } else if ((mask & (EVENT.CREATE | EVENT.MOVED_TO)) !== 0)
      this.#folders.enterAnew(folder, name, 'new-folder')
    else this.#reconsider(folder, name)
  }

  /** A marker came or went: the folder that holds it is watched or not, and what is stored of it is another matter too. */
  #markerChanged(folder: FolderNode): void {
    this.#notes.doubt(shown(folder.path), 'new-folder')
    if (folder.above !== undefined) this.#reconsider(folder.above, folder.name)
  }

  /** Begins or ends to watch a folder whose attributes may say something else now. */
  #reconsider(above: FolderNode, name: string): void {
    const path = above.pathOf(name)
    const isKnown = above.children?.has(name) === true
    const isWanted = this.#options.gate.entersFolder(path)
    if (isWanted && !isKnown) this.#folders.enter(above, name, 'new-folder')
    // It stays watched until somebody has looked: nothing is lost by that.
    if (!isWanted && isKnown) this.#notes.doubt(path, 'new-folder')
  }

  /** Tries to watch what could not be watched before. */
  #retryStanding(): void {
    const { store, roots, mounts } = this.#options
    for (const { path, reason } of store.standing()) {
      if (reason === 'network' && isRemote(mounts.of(realOf(path)))) continue
      store.endStanding(path)
      if (reason === 'network') continue
      if (roots.includes(path)) this.#rewatchRoot(path, reason)
      else this.#rewatchAt(path, reason)
    }
  }

  #remounted(place: string, path: string): void {
    const { mounts, store } = this.#options
    store.endStanding(path)
    this.#rewatchAt(path, 'mount-changed')
    const mount = mounts.of(place)
    if (mount !== undefined && isRemote(mount)) this.#roots.doubtNetwork(path, mount.type)
  }

  #rewatchAt(path: string, reason: DoubtReason): void {
    const at = path.lastIndexOf('/')
    const above = this.#folders.find(shown(path.slice(0, at)))
    if (above !== undefined) this.#folders.enterAnew(above, path.slice(at + 1), reason)
  }
}

/** How often a full queue has to be read until it is empty. */
function mostReads(): number {
  const events = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
  return Math.ceil((events * MOST_EVENT_BYTES) / (BUFFER_BYTES - MOST_EVENT_BYTES)) + 1
}
