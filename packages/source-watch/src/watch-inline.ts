import type { Native } from '@tercet/native'
import type { Cursor } from './change-journal.ts'
import { type ChangeSummary, type HostListener, type HostSetup, JournalHost } from './journal-host.ts'
import type { WatchMethod } from './linux/create-watcher.ts'

const DRAIN_MS = 50
const TICKS = 20

/** The watching on the calling thread, where there can be no other: its queue runs over while that thread is busy. */
export class WatchInline implements AsyncDisposable {
  readonly #host: JournalHost
  readonly #timer: NodeJS.Timeout
  #round = 0

  private constructor(host: JournalHost) {
    this.#host = host
    this.#timer = setInterval(() => this.#look(), DRAIN_MS)
  }

  static async start(native: Native, setup: HostSetup, listener: HostListener): Promise<WatchInline> {
    return new WatchInline(await JournalHost.start(native, setup, listener))
  }

  get method(): WatchMethod {
    return this.#host.method
  }

  async changes(signal?: AbortSignal): Promise<ChangeSummary> {
    signal?.throwIfAborted()
    return this.#host.changes()
  }

  async settle(cursor: Cursor, baseline: string): Promise<void> {
    this.#host.settle(cursor, baseline)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.#host[Symbol.dispose]()
  }

  #look(): void {
    this.#host.takeEvents()
    if (++this.#round % TICKS !== 0) return
    this.#host.takeMounts()
    this.#host.tick()
    this.#host.answer()
  }
}
