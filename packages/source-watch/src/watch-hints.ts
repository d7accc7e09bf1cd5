import { type FSWatcher, watch } from 'node:fs'
import type { Cursor } from './change-journal.ts'
import type { ChangeSummary, HostListener, HostSetup } from './journal-host.ts'
import { JournalStore } from './journal-store.ts'

/**
 * For systems without a watching that can be relied on: Node's own watchers say when it may be worth to look, and the
 * roots are always in doubt.
 */
export class WatchHints implements AsyncDisposable {
  readonly #store: JournalStore
  readonly #roots: readonly string[]
  readonly #watchers: FSWatcher[] = []

  constructor(setup: HostSetup, listener: HostListener) {
    this.#store = JournalStore.open(setup.storePath).store
    this.#roots = setup.roots
    const doubts = this.#roots.map((path) => ({ path, reason: 'not-watched', isStanding: true }) as const)
    this.#store.add({ dirty: [], doubts })
    const own = new Set(setup.ownPaths)
    for (const root of this.#roots) {
      try {
        const watcher = watch(root, { recursive: true }, (_, name) => {
          const path = name === null ? root : `${root}/${name}`
          if (own.has(path)) return
          listener.onBatch({ cursor: this.#store.cursor, dirty: [path], unknown: [] })
        })
        watcher.on('error', () => watcher.close())
        this.#watchers.push(watcher)
      } catch {
        // A root that is not there, or a system that cannot watch trees: then there are no hints for it.
      }
    }
  }

  get method() {
    return 'hints' as const
  }

  async changes(): Promise<ChangeSummary> {
    const { cursor, unknown, baseline } = this.#store.changes()
    return { cursor, dirtyCount: 0, unknown, baseline }
  }

  async settle(cursor: Cursor, baseline: string): Promise<void> {
    this.#store.settle(cursor, baseline)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const watcher of this.#watchers) watcher.close()
    this.#store[Symbol.dispose]()
  }
}
