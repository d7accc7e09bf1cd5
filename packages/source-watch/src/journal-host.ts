import type { Native } from '@tercet/native'
import type { ChangeBatch, Cursor, WatchIssue } from './change-journal.ts'
import { type Clocks, ClockWatch } from './clock-watch.ts'
import type { Doubt } from './doubt.ts'
import { type GateModule, loadGate } from './gate.ts'
import { FACT } from './journal-facts.ts'
import { JournalStore } from './journal-store.ts'
import { createWatcher, type WatchMethod } from './linux/create-watcher.ts'
import { MountTable } from './linux/mounts.ts'
import type { SystemWatcher } from './linux/system-watcher.ts'

/** What a host is told when it starts; survives a structured clone. */
export interface HostSetup {
  readonly storePath: string
  /** Outermost, absolute. */
  readonly roots: readonly string[]
  readonly ownPaths: readonly string[]
  readonly gate: GateModule | undefined
  /** Says for whom the journal is kept; another process finds it in the file. */
  readonly purpose?: string | undefined
  /** Undefined: whichever is best. */
  readonly method?: WatchMethod | undefined
}

/** What a host tells unasked. */
export interface HostListener {
  onBatch(batch: ChangeBatch): void
  onIssue(issue: WatchIssue): void
}

/** What tests put in the place of the system's. */
export interface HostSystem {
  readonly clocks?: Clocks | undefined
  readonly mounts?: MountTable | undefined
}

/** A set of changes without its paths, which whoever asked reads from the file. */
export interface ChangeSummary {
  readonly cursor: Cursor
  readonly dirtyCount: number
  readonly unknown: readonly Doubt[]
  readonly baseline: string | undefined
}

const MOST_PATHS_TOLD = 1000
const REST_MS = 20

/** The journal and what writes it, on whichever thread: everything but the waiting. */
export class JournalHost implements Disposable {
  readonly #store: JournalStore
  readonly #mounts: MountTable
  readonly #watcher: SystemWatcher
  readonly #clocks: ClockWatch
  readonly method: WatchMethod

  private constructor(
    store: JournalStore,
    mounts: MountTable,
    { watcher, method }: ReturnType<typeof createWatcher>,
    clocks: ClockWatch
  ) {
    this.#store = store
    this.#mounts = mounts
    this.#watcher = watcher
    this.method = method
    this.#clocks = clocks
  }

  /** Resolves when everything is watched. */
  static async start(
    native: Native,
    setup: HostSetup,
    listener: HostListener,
    { clocks, mounts = new MountTable() }: HostSystem = {}
  ): Promise<JournalHost> {
    const gate = await loadGate(setup.gate)
    const { store, wasDamaged } = JournalStore.open(setup.storePath)
    const options = {
      roots: setup.roots,
      ownPaths: setup.ownPaths,
      gate,
      store,
      mounts,
      onIssue: (issue: WatchIssue) => listener.onIssue(issue),
      onFlush: (dirty: readonly string[], unknown: readonly Doubt[]) =>
        listener.onBatch({ cursor: store.cursor, dirty: dirty.slice(0, MOST_PATHS_TOLD), unknown })
    }
    const chosen = orDispose(() => createWatcher(native, options, setup.method), mounts, store)
    if (wasDamaged) {
      const message = `The journal ${setup.storePath} was damaged and set aside: the sources are scanned`
      listener.onIssue({ code: 'WATCH_STORE_DAMAGED', severity: 'warning', path: setup.storePath, message })
    }
    store.setFact(FACT.PURPOSE, setup.purpose ?? '')
    store.setFact(FACT.ROOTS, JSON.stringify(setup.roots))
    const host = new JournalHost(store, mounts, chosen, new ClockWatch(clocks))
    chosen.watcher.start(wasDamaged ? 'journal-damaged' : store.cursor === 0 ? 'start' : 'restart')
    return host
  }

  /** Ready when something happened. */
  get events(): number {
    return this.#watcher.descriptor
  }

  /** Ready when something was mounted or unmounted. */
  get mounts(): number {
    return this.#mounts.descriptor
  }

  /** How many watches the kernel keeps. */
  get watches(): number {
    return this.#watcher.watches
  }

  /** Milliseconds after which it is worth to read on. */
  get restMs(): number {
    return this.#watcher.joinsEvents ? REST_MS : 0
  }

  takeEvents(): void {
    this.#watcher.drain()
  }

  takeMounts(): void {
    const places = this.#mounts.refresh()
    if (places.length === 0) return
    this.#watcher.drain()
    this.#watcher.mountsChanged(places)
  }

  /** What no event tells: to be called about once a second. */
  tick(): void {
    const reason = this.#clocks.check()
    if (reason !== undefined) this.#watcher.doubtAll(reason)
    this.#watcher.checkRoots()
    this.#watcher.flush()
  }

  changes(): ChangeSummary {
    this.takeMounts()
    this.tick()
    this.#watcher.settleDoubts()
    const { cursor, dirtyCount, unknown, baseline } = this.#store.changes()
    return { cursor, dirtyCount, unknown, baseline }
  }

  /** Takes in all that has happened, where another process asks for it by the file. */
  answer(): void {
    const asked = this.#store.fact(FACT.ASKED) ?? ''
    if (asked === (this.#store.fact(FACT.ANSWERED) ?? '')) return
    this.changes()
    this.#store.setFact(FACT.ANSWERED, asked)
  }

  settle(cursor: Cursor, baseline: string): void {
    this.#store.settle(cursor, baseline)
  }

  [Symbol.dispose](): void {
    this.#watcher[Symbol.dispose]()
    this.#mounts[Symbol.dispose]()
    this.#store[Symbol.dispose]()
  }
}

function orDispose<Value>(make: () => Value, ...held: Disposable[]): Value {
  try {
    return make()
  } catch (error) {
    for (const each of held) each[Symbol.dispose]()
    throw error
  }
}
