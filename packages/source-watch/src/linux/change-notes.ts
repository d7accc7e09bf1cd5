import { type Doubt, type DoubtReason, isGap } from '../doubt.ts'
import type { LinkedFiles } from './linked-files.ts'
import type { SystemWatcherOptions } from './system-watcher.ts'

const PENDING_LIMIT = 8192

/** What was heard of and is not in the journal yet. */
export class ChangeNotes {
  readonly #options: SystemWatcherOptions
  readonly #links: LinkedFiles
  readonly #own: ReadonlySet<string>
  readonly #dirty = new Set<string>()
  readonly #doubts = new Map<string, Doubt>()

  constructor(options: SystemWatcherOptions, links: LinkedFiles) {
    this.#options = options
    this.#links = links
    this.#own = new Set(options.ownPaths)
  }

  /** So much that it should be written before more is read. */
  get isMuch(): boolean {
    return this.#dirty.size >= PENDING_LIMIT
  }

  /** Whether this file or folder is one of this program. */
  isOwn(path: string): boolean {
    return this.#own.has(path)
  }

  /** Whether anything in this folder is wanted, if anything beside it is. */
  isEntered(folder: string): boolean {
    return !this.#own.has(folder) && this.#options.gate.entersFolder(folder)
  }

  /** Something happened to a path, which is noted where it is wanted. */
  touch(path: string): void {
    if (this.#options.gate.isWanted(path)) this.note(path)
  }

  note(path: string): void {
    this.#dirty.add(path)
  }

  /** All names in a folder are gone. */
  forgetBelow(folder: string): void {
    for (const other of this.#links.forgetBelow(folder)) this.note(other)
  }

  doubt(path: string, reason: DoubtReason, isStanding = false): void {
    const known = this.#doubts.get(path)
    if (known !== undefined && !isStanding && (known.isStanding || isGap(known))) return
    this.#doubts.set(path, { path, reason, isStanding })
  }

  /** Why this place was just found to be one that stays in doubt, if it was. */
  standingReason(path: string): DoubtReason | undefined {
    const doubt = this.#doubts.get(path)
    return doubt?.isStanding === true ? doubt.reason : undefined
  }

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
}
