import { readdirSync, readFileSync, statSync } from 'node:fs'
import { FILE_EVENT as EVENT, type Native, type SystemError } from '@tercet/native'
import type { WatchIssue } from '../change-journal.ts'
import { type Doubt, type DoubtReason, isGap } from '../doubt.ts'
import type { WatchGate } from '../gate.ts'
import type { JournalStore } from '../journal-store.ts'
import { isBelow } from '../paths.ts'
import { type FolderNode, FolderTree } from './folder-tree.ts'
import { LinkedFiles } from './linked-files.ts'
import { isRemote, type MountTable } from './mounts.ts'
import { type FileEvent, parseEvents } from './parse-events.ts'

export interface InotifyWatcherOptions {
  readonly roots: readonly string[]
  /** Files and folders of this program: not watched, and nothing is noted of them nor of what they do to their folder. */
  readonly ownPaths: readonly string[]
  readonly gate: WatchGate
  readonly store: JournalStore
  readonly mounts: MountTable
  readonly onIssue: (issue: WatchIssue) => void
  readonly onFlush: (dirty: readonly string[], doubts: readonly Doubt[]) => void
}

const STRUCTURE = EVENT.CREATE | EVENT.DELETE | EVENT.MOVED_FROM | EVENT.MOVED_TO
const SELF_GONE = EVENT.DELETE_SELF | EVENT.MOVE_SELF
const WATCHED = STRUCTURE | EVENT.MODIFY | EVENT.CLOSE_WRITE | EVENT.ATTRIB | SELF_GONE | EVENT.NOT_UNLINKED
const FOLDER_MASK = WATCHED | EVENT.ONLY_FOLDER | EVENT.NO_FOLLOW
const BUFFER_BYTES = 256 * 1024
const MOST_EVENT_BYTES = 16 + 256
const PENDING_LIMIT = 8192

/**
 * Watches trees by `inotify`, which knows single folders only. A new folder is watched first and looked through after
 * that, so that whatever is made in it is either heard of or found. All methods are synchronous, and nothing is read
 * before one of them is called.
 */
export class InotifyWatcher implements Disposable {
  readonly #options: InotifyWatcherOptions
  readonly #posix: NonNullable<Native['posix']>
  readonly #calls: NonNullable<NonNullable<Native['posix']>['fileEvents']>
  readonly #links: LinkedFiles
  readonly #own: ReadonlySet<string>
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  /** Device and number of what the roots were when they were watched. */
  readonly #identities = new Map<string, string>()
  readonly #dirty = new Set<string>()
  readonly #doubts = new Map<string, Doubt>()
  #queue: number
  #tree = new FolderTree()
  #limitTold = false
  readonly #missingTold = new Set<string>()
  readonly #mostReads = mostReads()

  constructor(native: Native, options: InotifyWatcherOptions) {
    this.#posix = native.posix!
    this.#calls = this.#posix.fileEvents!
    this.#options = options
    this.#own = new Set(options.ownPaths)
    this.#links = new LinkedFiles(options.store, this.#posix.stat!)
    this.#queue = this.#calls.openQueue()
  }

  /** The descriptor that is readable when something happened. */
  get descriptor(): number {
    return this.#queue
  }

  get watchedFolders(): number {
    return this.#tree.size
  }

  /** Watches everything from now on; the roots are in doubt until they were looked at. */
  start(reason: DoubtReason): void {
    for (const { path } of this.#options.store.standing()) this.#options.store.endStanding(path)
    this.#options.store.transaction(() => this.#watchAll(reason))
    this.flush()
  }

  /** Takes in all that happened up to now; what goes on happening meanwhile does not keep it from returning. */
  drain(): void {
    for (let reads = 0; reads < this.#mostReads; reads++) {
      const size = this.#calls.readEvents(this.#queue, this.#buffer)
      if (size === 0) break
      const queue = this.#queue
      for (const event of parseEvents(this.#buffer.subarray(0, size))) {
        this.#take(event)
        // After an overflow everything was looked at anew; what was queued before is of no use.
        if (this.#queue !== queue) break
      }
      if (this.#dirty.size >= PENDING_LIMIT) this.flush()
    }
    this.flush()
  }

  /** What has to be known for {@link ChangeJournal.changes}: events, and what events do not tell. */
  settleDoubts(): void {
    this.drain()
    this.checkRoots()
    this.#retryStanding()
    while (this.#links.mustSearch) {
      for (const path of this.#links.search(this.#tree)) this.#note(path)
      this.drain()
    }
    this.flush()
  }

  /** Notices roots that were replaced or are gone, also by what happened above them. */
  checkRoots(): void {
    for (const root of this.#options.roots) {
      const identity = this.#identityOf(root)
      if (identity === this.#identities.get(root)) continue
      this.#rewatchRoot(root, identity === undefined ? 'root-missing' : 'root-replaced')
    }
  }

  /** Something was mounted at these places, or is gone. */
  mountsChanged(places: readonly string[]): void {
    for (const place of places) {
      for (const root of this.#options.roots) {
        if (root === place || isBelow(root, place)) this.#rewatchRoot(root, 'mount-changed')
        else if (isBelow(place, root)) this.#remounted(place)
      }
    }
    this.flush()
  }

  /** All roots are in doubt, although they are watched as before. */
  doubtAll(reason: DoubtReason): void {
    for (const root of this.#options.roots) this.#doubt(root, reason)
    this.flush()
  }

  /** Writes what was noted to the journal. */
  flush(): void {
    if (this.#dirty.size + this.#doubts.size === 0) return
    const { store, onFlush } = this.#options
    const dirty = new Set(this.#dirty)
    const doubts = [...this.#doubts.values()]
    this.#dirty.clear()
    this.#doubts.clear()
    store.transaction(() => {
      for (const other of this.#links.othersOf(dirty)) dirty.add(other)
      store.add({ dirty, doubts })
    })
    onFlush([...dirty], doubts)
  }

  [Symbol.dispose](): void {
    this.#posix.close(this.#queue)
  }

  #watchAll(reason: DoubtReason): void {
    this.#links.forgetAll()
    for (const root of this.#options.roots) this.#watchRoot(root, reason)
  }

  #watchRoot(root: string, reason: DoubtReason): void {
    const { mounts, onIssue } = this.#options
    const identity = this.#identityOf(root)
    if (identity === undefined) {
      this.#identities.delete(root)
      this.#doubt(root, 'root-missing', true)
      if (!this.#missingTold.has(root))
        onIssue({
          code: 'WATCH_ROOT_MISSING',
          severity: 'warning',
          path: root,
          message: `${root} is not there`
        })
      this.#missingTold.add(root)
      return
    }
    this.#missingTold.delete(root)
    const isFile = !isFolder(root)
    const watch = this.#addWatch(root, isFile ? WATCHED : WATCHED | EVENT.ONLY_FOLDER)
    if (watch === undefined) {
      // Without a standing doubt it went at this moment, and may come back as it was: then it is watched at the next look.
      if (this.#doubts.get(root)?.isStanding === true) this.#identities.set(root, identity)
      else this.#doubt(root, 'root-missing', true)
      return
    }
    this.#identities.set(root, identity)
    const node = this.#tree.addRoot(root, watch, isFile)
    if (isFile) this.#links.meet(root)
    else this.#lookThrough(node, true)
    const remote = [mounts.of(root), ...mounts.below(root)].filter(isRemote)
    for (const mount of remote) {
      const path = mount!.path === root || isBelow(root, mount!.path) ? root : mount!.path
      this.#doubt(path, 'network', true)
      const message = `${path} is on a network file system (${mount!.type}): changes by others are not heard of, so it is scanned each time`
      onIssue({ code: 'WATCH_NETWORK_FILE_SYSTEM', severity: 'warning', path, message })
    }
    this.#doubt(root, reason)
  }

  #rewatchRoot(root: string, reason: DoubtReason): void {
    const node = this.#tree.root(root)
    if (node !== undefined) this.#remove(node)
    this.#identities.delete(root)
    this.#watchRoot(root, reason)
  }

  #take({ watch, mask, name }: FileEvent): void {
    if ((mask & EVENT.QUEUE_OVERFLOW) !== 0) {
      this.#startOver()
      return
    }
    for (const node of this.#tree.at(watch)) {
      if ((mask & EVENT.UNMOUNT) !== 0) this.#lost(node, 'mount-changed')
      else if ((mask & EVENT.IGNORED) !== 0) this.#lost(node, 'new-folder')
      else if (name === undefined) this.#touch(shown(node.path))
      else if (name === '') this.#takeSelf(node, mask)
      else this.#takeChild(node, name, mask)
    }
  }

  /** The kernel has dropped events, so even what is watched may be wrong: everything is watched anew. */
  #startOver(): void {
    const { onIssue, roots } = this.#options
    this.#posix.close(this.#queue)
    this.#queue = this.#calls.openQueue()
    this.#tree = new FolderTree()
    onIssue({
      code: 'WATCH_OVERFLOW',
      severity: 'info',
      path: roots[0]!,
      message:
        'More changes at once than the system keeps (fs.inotify.max_queued_events): the sources are scanned'
    })
    this.#options.store.transaction(() => this.#watchAll('overflow'))
  }

  /** The watch has ended without our asking: the file system is gone, or the folder, which its own folder tells too. */
  #lost(node: FolderNode, reason: DoubtReason): void {
    const path = shown(node.path)
    this.#remove(node)
    if (node.above === undefined) this.#rewatchRoot(path, 'root-replaced')
    else if (this.#identityOf(path) !== undefined) this.#enter(node.above, node.name, reason)
  }

  #takeSelf(node: FolderNode, mask: number): void {
    const path = shown(node.path)
    if ((mask & SELF_GONE) !== 0) {
      // Others are told of by the folder that they are in.
      if (node.above === undefined) {
        this.#note(path)
        this.#rewatchRoot(path, 'root-replaced')
      }
      return
    }
    this.#touch(path)
    if ((mask & EVENT.ATTRIB) !== 0 && node.above !== undefined) this.#reconsider(node.above, node.name)
  }

  #takeChild(folder: FolderNode, name: string, mask: number): void {
    const path = folder.pathOf(name)
    if (this.#own.has(path)) return
    const { gate } = this.#options
    if ((mask & STRUCTURE) !== 0) {
      // The folder itself has another time now.
      this.#touch(shown(folder.path))
      if (gate.markerNames.includes(name)) this.#markerChanged(folder)
    }
    this.#touch(path)
    if ((mask & EVENT.IS_FOLDER) === 0) return
    if ((mask & (EVENT.DELETE | EVENT.MOVED_FROM)) !== 0) {
      const node = folder.children?.get(name)
      if (node !== undefined) this.#remove(node)
      this.#forget(path)
    } else if ((mask & (EVENT.CREATE | EVENT.MOVED_TO)) !== 0) {
      const node = folder.children?.get(name)
      if (node !== undefined) this.#remove(node)
      this.#enter(folder, name, 'new-folder')
    } else this.#reconsider(folder, name)
  }

  /** A marker came or went: the folder that holds it is watched or not, and what is stored of it is another matter too. */
  #markerChanged(folder: FolderNode): void {
    const path = shown(folder.path)
    this.#doubt(path, 'new-folder')
    if (folder.above !== undefined) this.#reconsider(folder.above, folder.name)
  }

  /** Begins or ends to watch a folder whose attributes may say something else now. */
  #reconsider(above: FolderNode, name: string): void {
    const path = above.pathOf(name)
    const node = above.children?.get(name)
    const isWanted = this.#options.gate.entersFolder(path)
    if (isWanted && node === undefined) this.#enter(above, name, 'new-folder')
    if (isWanted || node === undefined) return
    // It stays watched until somebody has looked: nothing is lost by that.
    this.#doubt(path, 'new-folder')
  }

  #enter(above: FolderNode, name: string, reason: DoubtReason): void {
    const path = above.pathOf(name)
    if (!this.#isEntered(path)) return
    this.#doubt(path, reason)
    const watch = this.#addWatch(path, FOLDER_MASK)
    if (watch !== undefined) this.#lookThrough(this.#tree.add(above, name, watch))
  }

  /** Watches all folders in a folder that is watched already. */
  #lookThrough(start: FolderNode, isWholeRoot = false): void {
    const rest = [start]
    for (let folder = rest.pop(); folder !== undefined; folder = rest.pop()) {
      for (const entry of this.#read(shown(folder.path))) {
        const path = folder.pathOf(entry.name)
        // Another name of this file may be known, and has another link count since.
        if (entry.isFile() && this.#links.meet(path) && !isWholeRoot) this.#note(path)
        if (!entry.isDirectory() || folder.children?.has(entry.name) || !this.#isEntered(path)) continue
        const watch = this.#addWatch(path, FOLDER_MASK)
        if (watch !== undefined) rest.push(this.#tree.add(folder, entry.name, watch))
      }
    }
  }

  #read(folder: string) {
    try {
      return readdirSync(folder, { withFileTypes: true })
    } catch (error) {
      // What is gone is told of by the folder that it was in.
      if (!isGone(error)) this.#doubt(folder, 'watch-failed', true)
      return []
    }
  }

  #addWatch(path: string, mask: number): number | undefined {
    try {
      return this.#calls.addWatch(this.#queue, path, mask)
    } catch (error) {
      const { code } = error as SystemError
      if (isGone(error)) return undefined
      const isLimit = code === 'ENOSPC' || code === 'ENOMEM' || code === 'EMFILE'
      this.#doubt(path, isLimit ? 'watch-limit' : 'watch-failed', true)
      if (isLimit && !this.#limitTold) {
        this.#limitTold = true
        const message = `No more folders can be watched from ${path} on: raise fs.inotify.max_user_watches; until then they are scanned each time`
        this.#options.onIssue({ code: 'WATCH_LIMIT_REACHED', severity: 'warning', path, message })
      }
      return undefined
    }
  }

  /** Tries to watch what could not be watched before. */
  #retryStanding(): void {
    const { store, roots, mounts } = this.#options
    for (const { path, reason } of store.standing()) {
      if (reason === 'network') {
        if (isRemote(mounts.of(path))) continue
        store.endStanding(path)
        continue
      }
      store.endStanding(path)
      if (roots.includes(path)) {
        const node = this.#tree.root(path)
        if (node !== undefined) this.#remove(node)
        this.#watchRoot(path, reason)
      } else this.#rewatchAt(path, reason)
    }
  }

  #remounted(place: string): void {
    const { mounts, store } = this.#options
    store.endStanding(place)
    this.#rewatchAt(place, 'mount-changed')
    if (isRemote(mounts.of(place))) this.#doubt(place, 'network', true)
  }

  #rewatchAt(path: string, reason: DoubtReason): void {
    const at = path.lastIndexOf('/')
    const above = this.#find(shown(path.slice(0, at)))
    if (above === undefined) return
    const node = above.children?.get(path.slice(at + 1))
    if (node !== undefined) this.#remove(node)
    this.#enter(above, path.slice(at + 1), reason)
  }

  #find(path: string): FolderNode | undefined {
    for (const root of this.#options.roots) {
      let node = this.#tree.root(root)
      if (path === root) return node
      if (!isBelow(path, root)) continue
      const rest = path.slice(root === '/' ? 0 : root.length).split('/')
      for (const name of rest.slice(1)) node = node?.children?.get(name)
      return node
    }
    return undefined
  }

  #remove(node: FolderNode): void {
    for (const watch of this.#tree.remove(node)) this.#calls.removeWatch(this.#queue, watch)
  }

  /** All names in a folder are gone. */
  #forget(path: string): void {
    for (const other of this.#links.forgetBelow(path)) this.#note(other)
  }

  #isEntered(path: string): boolean {
    return !this.#own.has(path) && this.#options.gate.entersFolder(path)
  }

  #identityOf(path: string): string | undefined {
    try {
      const { device, inodeHigh, inodeLow } = this.#posix.stat!.stat(path)
      return `${device}:${inodeHigh}:${inodeLow}`
    } catch {
      return undefined
    }
  }

  #touch(path: string): void {
    if (this.#options.gate.isWanted(path)) this.#note(path)
  }

  #note(path: string): void {
    this.#dirty.add(path)
  }

  #doubt(path: string, reason: DoubtReason, isStanding = false): void {
    const known = this.#doubts.get(path)
    if (known !== undefined && !isStanding && (known.isStanding || isGap(known))) return
    this.#doubts.set(path, { path, reason, isStanding })
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function isGone(error: unknown): boolean {
  const { code } = error as SystemError
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP'
}

/** How often a full queue has to be read until it is empty. */
function mostReads(): number {
  const events = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
  return Math.ceil((events * MOST_EVENT_BYTES) / (BUFFER_BYTES - MOST_EVENT_BYTES)) + 1
}

/** The root of the file system is '' in the tree. */
function shown(path: string): string {
  return path === '' ? '/' : path
}
