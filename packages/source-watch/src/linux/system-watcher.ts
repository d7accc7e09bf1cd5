import { readFileSync } from 'node:fs'
import type { Posix } from '@tercet/native'
import type { WatchIssue } from '../change-journal.ts'
import type { Doubt, DoubtReason } from '../doubt.ts'
import { isReached, type WatchGate } from '../gate.ts'
import type { JournalStore } from '../journal-store.ts'
import { isBelow } from '../paths.ts'
import { ChangeNotes } from './change-notes.ts'
import type { EventQueue, KernelWatch, WatchParts } from './kernel-watch.ts'
import { LinkedFiles } from './linked-files.ts'
import { isRemote, type MountTable } from './mounts.ts'
import { moved, realOf, WatchedRoots } from './watched-roots.ts'

export interface SystemWatcherOptions {
  readonly roots: readonly string[]
  /** Files and folders of this program: not watched, and nothing is noted of them nor of what they do to their folder. */
  readonly ownPaths: readonly string[]
  readonly gate: WatchGate
  readonly store: JournalStore
  readonly mounts: MountTable
  readonly onIssue: (issue: WatchIssue) => void
  readonly onFlush: (dirty: readonly string[], doubts: readonly Doubt[]) => void
}

const BUFFER_BYTES = 256 * 1024

/**
 * Writes into the journal what the kernel tells of, in one of its ways, and what it does not tell. All methods are
 * synchronous, and nothing is read before one of them is called.
 */
export class SystemWatcher implements Disposable {
  readonly #options: SystemWatcherOptions
  readonly #parts: WatchParts
  readonly #kernel: KernelWatch
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  readonly #mostReads: number

  constructor(posix: Posix, options: SystemWatcherOptions, begin: (parts: WatchParts) => KernelWatch) {
    const links = new LinkedFiles(options.store, posix.stat!)
    const notes = new ChangeNotes(options, links)
    this.#options = options
    this.#parts = { posix, options, links, notes, roots: new WatchedRoots(options, notes, posix.stat!) }
    this.#kernel = begin(this.#parts)
    this.#mostReads = mostReads(this.#kernel.queue)
  }

  /** The descriptor that is readable when something happened; another one after an overflow. */
  get descriptor(): number {
    return this.#kernel.descriptor
  }

  /** How many watches the kernel keeps. */
  get watches(): number {
    return this.#kernel.watches
  }

  /** Whether the kernel joins what happens to one file while nobody reads, so that reading less often costs less. */
  get joinsEvents(): boolean {
    return this.#kernel.queue.joinsEvents
  }

  /** Watches everything from now on; the roots are in doubt until they were looked at. */
  start(reason: DoubtReason): void {
    const { store } = this.#options
    for (const { path } of store.standing()) store.endStanding(path)
    this.#watchAll(reason)
    this.flush()
  }

  /** Takes in all that happened up to now; what goes on happening meanwhile does not keep it from returning. */
  drain(): void {
    const { notes, posix } = this.#parts
    for (let reads = 0; reads < this.#mostReads; reads++) {
      const size = posix.fileEvents!.readEvents(this.descriptor, this.#buffer)
      if (size === 0) break
      if (!this.#kernel.take(this.#buffer.subarray(0, size))) this.#startOver()
      if (notes.isMuch) this.flush()
    }
    this.#kernel.pause()
    this.flush()
  }

  /** What has to be known for {@link ChangeJournal.changes}: events, and what events do not tell. */
  settleDoubts(): void {
    const { links, notes } = this.#parts
    this.drain()
    this.checkRoots()
    this.#retryStanding()
    while (links.mustSearch) {
      for (const path of links.search(this.#kernel.files())) notes.note(path)
      this.drain()
    }
    this.flush()
  }

  /** Notices roots that were replaced or are gone, also by what happened above them. */
  checkRoots(): void {
    for (const [root, reason] of this.#parts.roots.changed()) this.#watchRoot(root, reason)
  }

  /** Something was mounted at these places, or is gone. */
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

  /** All roots are in doubt, although they are watched as before. */
  doubtAll(reason: DoubtReason): void {
    for (const root of this.#options.roots) this.#parts.notes.doubt(root, reason)
    this.flush()
  }

  /** Writes what was noted to the journal. */
  flush(): void {
    this.#parts.notes.flush()
  }

  [Symbol.dispose](): void {
    this.#kernel[Symbol.dispose]()
  }

  #watchAll(reason: DoubtReason): void {
    this.#options.store.transaction(() => {
      this.#parts.links.forgetAll()
      for (const root of this.#options.roots) this.#watchRoot(root, reason)
    })
  }

  /** Whatever was watched under this name before is let go. */
  #watchRoot(root: string, reason: DoubtReason): void {
    this.#kernel.leaveRoot(root)
    this.#parts.roots.watch(root, reason, (path, isFile) => this.#kernel.enterRoot(path, isFile))
  }

  /** The kernel has dropped events, so that what was learned from them may be wrong. */
  #startOver(): void {
    const { onIssue, roots } = this.#options
    const message = `More changes at once than the system keeps (${this.#kernel.queue.limit}): the sources are scanned`
    onIssue({ code: 'WATCH_OVERFLOW', severity: 'info', path: roots[0]!, message })
    this.#kernel.startOver()
    this.#watchAll('overflow')
  }

  /** Tries to watch what could not be watched before. */
  #retryStanding(): void {
    const { store, roots, mounts } = this.#options
    for (const { path, reason } of store.standing()) {
      if (reason === 'network' && isRemote(mounts.of(realOf(path)))) continue
      store.endStanding(path)
      if (reason === 'network') continue
      if (roots.includes(path)) this.#watchRoot(path, reason)
      else this.#kernel.enterAnew(path, reason)
    }
  }

  #remounted(root: string, place: string, path: string): void {
    const { mounts, store } = this.#options
    if (!isReached(path, root, (folder) => this.#parts.notes.isEntered(folder))) return
    store.endStanding(path)
    this.#kernel.enterAnew(path, 'mount-changed')
    const mount = mounts.of(place)
    if (mount !== undefined && isRemote(mount)) this.#parts.roots.doubtNetwork(path, mount.type)
  }
}

/** How often a full queue has to be read until it is empty. */
function mostReads({ limit, mostEventBytes }: EventQueue): number {
  const events = Number(readFileSync(`/proc/sys/${limit.replaceAll('.', '/')}`, 'utf8'))
  return Math.ceil((events * mostEventBytes) / (BUFFER_BYTES - mostEventBytes)) + 1
}
