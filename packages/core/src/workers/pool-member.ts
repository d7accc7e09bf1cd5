import { CoreError } from '../core-error.ts'
import type { FromWorker, WorkerStart } from './messages.ts'
import type { PendingJob } from './pending-job.ts'
import type { PoolWorker, PoolWorkerEvents } from './pool-worker.ts'
import { unpackError } from './transported-error.ts'

/** Jobs open in one worker: one that runs, and one that waits there so that the worker never waits for the pool. */
const DEPTH = 2
const CLOSE_TIMEOUT_MS = 2000
const START_TIMEOUT_MS = 60_000

export interface PoolMemberHooks {
  start(start: WorkerStart, events: PoolWorkerEvents): PoolWorker
  /** The worker can take a job. */
  onFree(): void
  onMessage(message: unknown): void
  onCrash(error: CoreError): void
}

/** The pool's end of one worker. */
export class PoolMember {
  /** True until the worker's module serves. */
  starting = true
  readonly #index: number
  readonly #hooks: PoolMemberHooks
  readonly #worker: PoolWorker
  readonly #abortFlags = new Int32Array(new SharedArrayBuffer(4 * DEPTH))
  /** By slot. */
  readonly #open: (PendingJob | undefined)[] = new Array(DEPTH).fill(undefined)
  /** Jobs for this worker and no other. */
  readonly #own: PendingJob[] = []
  readonly #exited = Promise.withResolvers<void>()
  readonly #startTimer: NodeJS.Timeout
  #ended = false

  constructor(
    index: number,
    options: { init?: unknown; startTimeoutMs?: number | undefined },
    hooks: PoolMemberHooks
  ) {
    this.#index = index
    this.#hooks = hooks
    const start: WorkerStart = { init: options.init, index, abortFlags: this.#abortFlags }
    this.#worker = hooks.start(start, {
      onMessage: (message) => this.#receive(message),
      onExit: (exitCode, error) => this.#exit(exitCode, error)
    })
    const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS
    this.#startTimer = setTimeout(() => {
      this.#crash(new Error(`its module did not call serveJobs within ${timeoutMs} ms`))
    }, timeoutMs)
  }

  /** Jobs that wait for this worker or run in it. */
  get pendingCount(): number {
    return this.#own.length + this.#open.filter((job) => job !== undefined).length
  }

  get hasRoom(): boolean {
    if (this.starting || this.#ended || this.#own.length > 0) return false
    return this.#open.includes(undefined) && !this.#open.some((job) => job?.long)
  }

  /** Hands a job to the worker, which has room. */
  assign(job: PendingJob): void {
    const slot = this.#open.indexOf(undefined)
    this.#open[slot] = job
    job.onAbort = () => {
      Atomics.store(this.#abortFlags, slot, job.id)
      this.#worker.post({ type: 'abort', id: job.id }, [])
    }
    this.#worker.keepAlive(true)
    try {
      const { id, name, payload } = job
      this.#worker.post({ type: 'job', id, slot, name, payload }, job.transfer)
    } catch (error) {
      this.#open[slot] = undefined
      job.reject(error)
      this.#rest()
    }
  }

  /** Lines up a job for this worker and no other. */
  enqueue(job: PendingJob): void {
    this.#own.push(job)
    this.#worker.keepAlive(true)
    this.#next()
  }

  broadcast(message: unknown): void {
    if (!this.#ended) this.#worker.post({ type: 'broadcast', message }, [])
  }

  rejectAll(error: unknown): void {
    for (const job of [...this.#own.splice(0), ...this.#open]) {
      job?.reject(error)
      job?.onAbort?.()
    }
  }

  /** Lets the worker release what it holds, but not for ever. */
  async close(): Promise<void> {
    if (this.#ended) return
    clearTimeout(this.#startTimer)
    this.#worker.post({ type: 'close' }, [])
    const timer = setTimeout(() => void this.terminate(), CLOSE_TIMEOUT_MS)
    this.#worker.keepAlive(true)
    await this.#exited.promise
    clearTimeout(timer)
  }

  async terminate(): Promise<void> {
    if (this.#ended) return
    clearTimeout(this.#startTimer)
    await this.#worker.terminate()
    await this.#exited.promise
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        clearTimeout(this.#startTimer)
        this.starting = false
        this.#next()
        this.#rest()
        this.#hooks.onFree()
        return
      case 'message':
        this.#hooks.onMessage(message.message)
        return
      case 'result':
        this.#close(message.id)?.resolve(message.value)
        break
      case 'failure':
        this.#close(message.id)?.reject(unpackError(message.error))
        break
      case 'crash':
        this.#crash(unpackError(message.error))
        return
    }
    this.#next()
    this.#hooks.onFree()
    this.#rest()
  }

  #close(id: number): PendingJob | undefined {
    const slot = this.#open.findIndex((job) => job?.id === id)
    const job = this.#open[slot]
    if (job === undefined) return undefined
    this.#open[slot] = undefined
    job.onAbort = undefined
    return job
  }

  #next(): void {
    while (!this.starting && this.#own.length > 0 && this.#open.includes(undefined)) {
      const job = this.#own.shift()!
      if (!job.settled) this.assign(job)
    }
  }

  /** Nothing to do: the worker must not keep the process alive. */
  #rest(): void {
    if (!this.#ended && this.pendingCount === 0) this.#worker.keepAlive(false)
  }

  #exit(exitCode: number, error: unknown): void {
    clearTimeout(this.#startTimer)
    this.#ended = true
    this.#exited.resolve()
    this.#crash(error ?? new Error(`it exited with code ${exitCode}`))
  }

  /** The pool ignores this when it has asked the worker to end. */
  #crash(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const error = this.starting
      ? new CoreError('WORKER_START_FAILED', `Worker ${this.#index} could not be started: ${reason}`, {
          cause
        })
      : new CoreError('WORKER_CRASHED', `Worker ${this.#index} ended in the middle of its work: ${reason}`, {
          cause,
          context: { worker: this.#index }
        })
    this.#hooks.onCrash(error)
  }
}
