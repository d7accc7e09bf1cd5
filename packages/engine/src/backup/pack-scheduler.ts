/** One message to a pack worker. */
export interface PackTask {
  readonly job: string
  /** What the thread is told; a function is asked when it is known which one it is. */
  readonly payload: unknown
  readonly transfer?: readonly ArrayBuffer[] | undefined
  /** What it costs, in bytes of content; decides how many threads are worth starting. */
  readonly costBytes: number
  /** Runs on this thread, without waiting for a free place there. */
  readonly worker?: number | undefined
}

export interface PackSchedulerOptions {
  readonly workers: number
  /** Tasks that a thread holds at most, the running one included. */
  readonly depth: number
  /** A further thread is started for each so many bytes of work, so that a small backup keeps to one thread and one volume. */
  readonly bytesPerWorker: number
  readonly run: (task: PackTask, worker: number) => Promise<unknown>
}

/** Hands tasks to the least busy thread and holds the caller back while all are busy. */
export class PackScheduler {
  readonly #options: PackSchedulerOptions
  readonly #loads: number[]
  readonly #running = new Set<Promise<void>>()
  #started = 1
  #submittedBytes = 0
  #wake: PromiseWithResolvers<void> | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(options: PackSchedulerOptions) {
    this.#options = options
    this.#loads = new Array<number>(Math.max(1, options.workers)).fill(0)
  }

  /** Threads that got work so far; their volumes must be finished at the end. */
  get startedWorkers(): number {
    return this.#started
  }

  /**
   * Resolves with the thread that has taken the task; `onResult` is called with its answer. The first failure of any task, or
   * of `onResult`, rejects this and all later calls.
   */
  async submit<Result>(task: PackTask, onResult: (result: Result) => void | Promise<void>): Promise<number> {
    this.#submittedBytes += task.costBytes
    let worker = task.worker ?? this.#freeWorker()
    while (worker === undefined) {
      this.#wake ??= Promise.withResolvers<void>()
      await this.#wake.promise
      this.#throwFailure()
      worker = this.#freeWorker()
    }
    this.#throwFailure()
    const { payload } = task
    const told = typeof payload === 'function' ? { ...task, payload: payload(worker) as unknown } : task
    this.#launch(told, worker, onResult as (result: unknown) => void | Promise<void>)
    return worker
  }

  /** Resolves when nothing is running; rejects with the first failure. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running)
    this.#throwFailure()
  }

  #launch(task: PackTask, worker: number, onResult: (result: unknown) => void | Promise<void>): void {
    this.#loads[worker]! += 1
    const fail = (error: unknown): void => {
      this.#failure ??= { error }
    }
    const done = this.#options
      .run(task, worker)
      .catch((error: unknown) => fail(error))
      .then(async (result) => {
        this.#release(worker)
        if (this.#failure === undefined) await onResult(result)
      })
      .catch(fail)
      .finally(() => {
        this.#running.delete(done)
        this.#wakeAll()
      })
    this.#running.add(done)
  }

  /** The thread is free before its answer is dealt with, because that may need a thread itself. */
  #release(worker: number): void {
    this.#loads[worker]! -= 1
    this.#wakeAll()
  }

  #wakeAll(): void {
    this.#wake?.resolve()
    this.#wake = undefined
  }

  #freeWorker(): number | undefined {
    let best = 0
    for (let index = 1; index < this.#started; index++)
      if (this.#loads[index]! < this.#loads[best]!) best = index
    const load = this.#loads[best]!
    const worthwhile = 1 + Math.floor(this.#submittedBytes / this.#options.bytesPerWorker)
    if (load > 0 && this.#started < Math.min(this.#loads.length, worthwhile)) {
      this.#started += 1
      return this.#started - 1
    }
    return load < this.#options.depth ? best : undefined
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
