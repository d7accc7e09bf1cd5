/**
 * Reads files once and in order, and hands each to all the replicas that want it. What it reads ahead waits in the spool,
 * within its share: when that is full because a replica is slow, reading waits too, until the coordinator detaches that
 * replica, which then goes on with a feed of its own.
 */
import { type CallOptions, type Clock, untilAborted } from '@tercet/interface'
import { type FedFile, MOVED, newSlot, type Result, type Slot, type TakenFile } from './feed-slot.ts'
import type { FileContent, PrimaryReader } from './primary-reader.ts'
import type { SpoolShare } from './spool-budget.ts'
import { Tee } from './tee.ts'

export interface FileFeedOptions {
  readonly files: readonly FedFile[]
  readonly reader: PrimaryReader
  readonly share: SpoolShare
  /** Files fetched at once. */
  readonly concurrency: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Undefined: nobody is ever detached. */
  readonly detachAfterMs: number | undefined
  /** Reading has waited that long for these, while others were done. */
  readonly onSlow: (feed: FileFeed, consumer: string) => void
}

/** A reason that nobody sees: without one, each would cost an error with a stack. */
const DONE = Symbol('done')

export class FileFeed {
  readonly #options: FileFeedOptions
  readonly #slots = new Map<string, Slot>()
  readonly #files: readonly FedFile[]
  readonly #byPath: ReadonlyMap<string, FedFile>
  /** Consumers that have left, and the share that what they still hold counts for. */
  readonly #gone = new Map<string, SpoolShare>()
  readonly #dropped = new Map<string, Set<string>>()
  readonly #streaming: Slot[] = []
  #position = 0

  constructor(options: FileFeedOptions) {
    this.#options = options
    this.#files = options.files
    this.#byPath = new Map(options.files.map((file) => [file.path, file]))
  }

  get share(): SpoolShare {
    return this.#options.share
  }

  /** Reads until every file was handed over or nobody wants any more. Rejects on abort only. */
  async run(): Promise<void> {
    const { signal, concurrency } = this.#options
    const active = new Set<Promise<void>>()
    const start = (work: Promise<void>) => {
      const tracked = work.finally(() => active.delete(tracked))
      active.add(tracked)
      tracked.catch(() => {})
    }
    try {
      for (; this.#position < this.#files.length; this.#position++) {
        signal.throwIfAborted()
        const file = this.#files[this.#position] as FedFile
        while (active.size >= concurrency) await Promise.race(active)
        const slot = this.#slotOf(file)
        if (slot.wanting.size === 0) {
          this.#slots.delete(file.path)
          continue
        }
        if (!(await this.#isSpooled(slot))) continue
        start(this.#fetch(slot))
      }
      await Promise.all(active)
    } catch (error) {
      for (const slot of this.#slots.values()) this.#settle(slot, { error })
      throw error
    }
  }

  /** Resolves when the file is there. Rejects with what made reading it impossible. */
  async take(path: string, consumer: string): Promise<TakenFile | typeof MOVED> {
    const file = this.#byPath.get(path)
    if (file === undefined || this.#gone.has(consumer)) return MOVED
    const slot = this.#slotOf(file)
    const result =
      slot.result ??
      (await new Promise<Result>((resolve) => {
        slot.waiters.set(consumer, resolve)
        if (slot.isStream) this.#meet(slot)
      }))
    slot.waiters.delete(consumer)
    if (result === MOVED) return MOVED
    if ('error' in result) {
      this.#release(slot, consumer)
      throw result.error
    }
    slot.taken.add(consumer)
    return { content: result.content, release: () => this.#release(slot, consumer) }
  }

  /** The consumer does not want this one, which it has not taken: nobody waits for it. */
  drop(path: string, consumer: string): void {
    const dropped = this.#dropped.get(path) ?? new Set()
    this.#dropped.set(path, dropped.add(consumer))
    const slot = this.#slots.get(path)
    if (slot === undefined || slot.taken.has(consumer)) return
    this.#release(slot, consumer)
    if (slot.isStream) this.#meet(slot)
  }

  /**
   * The consumer wants nothing any more, but keeps what it has taken, which counts for another share when nobody else
   * wants it. Answers with what it had still wanted.
   */
  leave(consumer: string, share: SpoolShare = this.share): FedFile[] {
    this.#gone.set(consumer, share)
    for (const slot of this.#slots.values()) this.#recharge(slot)
    const wanted = new Set<string>()
    const evicted = new Set<string>()
    for (const slot of [...this.#slots.values()]) {
      const { path } = slot.file
      if (!slot.wanting.has(consumer) || slot.taken.has(consumer)) continue
      if (slot.result !== undefined && slot.result !== MOVED && 'content' in slot.result) evicted.add(path)
      slot.waiters.get(consumer)?.(MOVED)
      this.#release(slot, consumer)
      wanted.add(path)
    }
    for (const { path, consumers } of this.#files.slice(this.#position)) {
      if (this.#dropped.get(path)?.has(consumer)) continue
      if (consumers.has(consumer) && !this.#slots.has(path)) wanted.add(path)
    }
    for (const slot of this.#streaming) this.#meet(slot)
    // In the order in which it takes them, which is not that in which somebody asked for them first.
    return this.#files
      .filter(({ path }) => wanted.has(path))
      .map((file) => ({ ...file, consumers: new Set([consumer]), isAgain: evicted.has(file.path) }))
  }

  #slotOf(file: FedFile): Slot {
    const known = this.#slots.get(file.path)
    if (known !== undefined) return known
    const dropped = this.#dropped.get(file.path)
    const wanting = new Set([...file.consumers].filter((id) => !this.#gone.has(id) && !dropped?.has(id)))
    const slot = newSlot(file, wanting, this.#options.share)
    this.#slots.set(file.path, slot)
    return slot
  }

  /** True when there is room for it in the spool now; false when it goes another way. */
  async #isSpooled(slot: Slot): Promise<boolean> {
    const { reader, share, signal } = this.#options
    let local: FileContent | undefined
    try {
      local = await reader.findLocal(slot.file)
      slot.sizeBytes = local?.source.size ?? slot.file.sizeBytes ?? (await reader.sizeOf(slot.file.path))
    } catch (error) {
      signal.throwIfAborted()
      this.#settle(slot, { error })
      return false
    }
    if (local !== undefined) {
      this.#settle(slot, { content: local })
      return false
    }
    if (!(await this.#withPatience(share.reserve(slot.sizeBytes, { signal }), undefined))) {
      slot.isStream = true
      this.#streaming.push(slot)
      this.#meet(slot)
      await this.#withPatience(untilAborted(slot.handedOver.promise, signal), slot)
      return false
    }
    slot.bytes = slot.sizeBytes
    if (slot.wanting.size > 0) return true
    this.#free(slot)
    return false
  }

  async #fetch(slot: Slot): Promise<void> {
    const { reader, signal } = this.#options
    try {
      if (slot.file.isAgain) reader.downloads.refetches++
      const content = await reader.fetch({ path: slot.file.path, sizeBytes: slot.sizeBytes })
      this.#settle(slot, { content })
    } catch (error) {
      this.#settle(slot, { error })
      signal.throwIfAborted()
    }
  }

  #settle(slot: Slot, result: Exclude<Result, typeof MOVED>): void {
    if (slot.result !== undefined) return
    slot.result = result
    slot.handedOver.resolve()
    if (slot.wanting.size === 0) this.#free(slot)
    for (const resolve of [...slot.waiters.values()]) resolve(result)
  }

  #release(slot: Slot, consumer: string): void {
    slot.wanting.delete(consumer)
    slot.taken.delete(consumer)
    if (slot.wanting.size === 0) this.#free(slot)
    else this.#recharge(slot)
  }

  /** What only a detached consumer holds does not take room from those that go on together. */
  #recharge(slot: Slot): void {
    const [holder] = slot.wanting
    const share =
      slot.wanting.size === 1 && holder !== undefined && slot.taken.has(holder)
        ? this.#gone.get(holder)
        : undefined
    if (share === undefined || share === slot.share) return
    slot.share.moveTo(share, slot.bytes)
    slot.share = share
  }

  #free(slot: Slot): void {
    this.#slots.delete(slot.file.path)
    slot.handedOver.resolve()
    const { result, bytes, share } = slot
    slot.bytes = 0
    const isKept = result !== undefined && result !== MOVED && 'content' in result
    void (isKept ? result.content.dispose() : Promise.resolve()).then(() => share.release(bytes))
  }

  /** A file that goes straight through is handed over when all who want it are ready for it. */
  #meet(slot: Slot): void {
    if (slot.result !== undefined || slot.waiters.size < slot.wanting.size) return
    const { reader, clock, signal, detachAfterMs } = this.#options
    const { file } = slot
    const direct = reader.stream(file, slot.sizeBytes, file.isAgain)
    const source =
      slot.wanting.size > 1
        ? new Tee({
            source: direct.source,
            members: slot.wanting.size,
            clock,
            signal,
            patienceMs: detachAfterMs
          }).shared()
        : direct.source
    this.#streaming.splice(this.#streaming.indexOf(slot), 1)
    // Its digest is known when it was read.
    const content: FileContent = Object.create(direct, { source: { value: source } })
    this.#settle(slot, { content })
  }

  /** Waits, and from time to time has whoever is slower than others detached. */
  async #withPatience<T>(waiting: Promise<T>, stream: Slot | undefined): Promise<T> {
    const { clock, detachAfterMs, signal, onSlow } = this.#options
    if (detachAfterMs === undefined) return await waiting
    const done = new AbortController()
    const settled = waiting.finally(() => done.abort(DONE))
    const options: CallOptions = { signal: AbortSignal.any([done.signal, signal]) }
    void (async () => {
      for (;;) {
        await clock.sleep(detachAfterMs, options)
        const slow = stream === undefined ? this.#slowest() : this.#absent(stream)
        if (slow !== undefined) onSlow(this, slow)
      }
    })().catch(() => {})
    return await settled
  }

  /** The consumer for which most is kept that others are done with. */
  #slowest(): string | undefined {
    const kept = new Map<string, number>()
    for (const { file, wanting, bytes } of this.#slots.values()) {
      if (bytes === 0 || wanting.size >= new Set(file.consumers).difference(new Set(this.#gone.keys())).size)
        continue
      for (const consumer of wanting) kept.set(consumer, (kept.get(consumer) ?? 0) + bytes)
    }
    return [...kept].sort((a, b) => b[1] - a[1])[0]?.[0]
  }

  #absent(slot: Slot): string | undefined {
    if (slot.waiters.size === 0) return undefined
    return [...slot.wanting].find((consumer) => !slot.waiters.has(consumer))
  }
}
