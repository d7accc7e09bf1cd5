import type { ResourceLimits } from 'node:worker_threads'
import { assertKnownKeys, isTercetError } from '@tercet/interface'
import { CoreError } from '../core-error.ts'
import type { JobPayload, JobResult, JobTable, Transferable, WorkerSetup } from './jobs.ts'
import { PendingJob } from './pending-job.ts'
import { PoolMember } from './pool-member.ts'
import { startInline, startThread } from './pool-worker.ts'

export interface WorkerPoolOptions<Jobs extends JobTable> {
  /** Most threads; 0 runs the jobs on the calling thread, one after the other, with the same behaviour otherwise. */
  readonly workers: number
  /** The worker module, which calls `serveJobs`. Not needed when `workers` is 0. */
  readonly entry?: URL | undefined
  /** The jobs for the calling thread: the argument of `serveJobs`. Needed when `workers` is 0. */
  readonly inline?: WorkerSetup<Jobs> | undefined
  /** Handed to each worker as `host.init`; must survive a structured clone. Shared memory stays shared. */
  readonly init?: unknown
  /**
   * Memory limits of each thread, as in Node's `Worker`. A thread that exceeds them has crashed.
   *
   * @defaultValue a young generation of 9 MiB, and no others
   */
  readonly resourceLimits?: ResourceLimits | undefined
  /** Longest time from the start of a thread until its module serves. @defaultValue 60 000 */
  readonly startTimeoutMs?: number | undefined
}

export interface RunOptions {
  /** Rejects at once with `signal.reason`; the worker stops at its next look at `context.aborted`. */
  readonly signal?: AbortSignal | undefined
  /** Buffers that are moved to the worker instead of being copied. */
  readonly transfer?: readonly Transferable[] | undefined
  /** Run in this worker and no other, starting it if need be. */
  readonly worker?: number | undefined
  /** The job takes long: no other is lined up behind it in its worker. */
  readonly long?: boolean | undefined
}

/** Jobs leave little garbage that lives on; V8 would let each thread's young generation grow to several times this. */
const DEFAULT_LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 9 }

const OPTION_KEYS = ['workers', 'entry', 'inline', 'init', 'resourceLimits', 'startTimeoutMs']

/** Makes a pool. No thread is started before a job needs one, and none is started while others are idle. */
export function createWorkerPool<Jobs extends JobTable>(options: WorkerPoolOptions<Jobs>): WorkerPool<Jobs> {
  assertKnownKeys(options, OPTION_KEYS, 'createWorkerPool')
  if (!Number.isInteger(options.workers) || options.workers < 0) {
    throw new RangeError(`workers must be a whole number from 0, not ${options.workers}`)
  }
  if (options.workers === 0 && options.inline === undefined) {
    throw new TypeError('A pool without threads needs the jobs themselves, as "inline"')
  }
  if (options.workers > 0 && options.entry === undefined) {
    throw new TypeError('A pool with threads needs the URL of a worker module, as "entry"')
  }
  return new WorkerPool(options)
}

/**
 * Worker threads that run named jobs. Threads keep the process alive only while a job waits or runs. If one ends
 * unasked, all jobs, present and later, reject with `WORKER_CRASHED`, and the other threads are ended, because a lost
 * worker may have held locks and blocks that others count on.
 */
export class WorkerPool<Jobs extends JobTable = JobTable> implements AsyncDisposable {
  /** Most workers that may run; 1 when everything is inline. */
  readonly size: number
  readonly isInline: boolean
  readonly #options: WorkerPoolOptions<Jobs>
  readonly #members: (PoolMember | undefined)[]
  readonly #queue: PendingJob[] = []
  readonly #broadcasts: unknown[] = []
  readonly #listeners = new Set<(message: unknown, worker: number) => void>()
  #ended: CoreError | undefined
  #nextId = 1

  /** @internal Use {@link createWorkerPool}. */
  constructor(options: WorkerPoolOptions<Jobs>) {
    this.#options = options
    this.isInline = options.workers === 0
    this.size = Math.max(1, options.workers)
    this.#members = new Array(this.size).fill(undefined)
  }

  /** Indexes of the workers that have been started. */
  get started(): number[] {
    return [...this.#members.keys()].filter((index) => this.#members[index] !== undefined)
  }

  /** Jobs that wait for a worker or run in one. */
  get pendingCount(): number {
    return this.#queue.length + this.#running().reduce((sum, member) => sum + member.pendingCount, 0)
  }

  /**
   * Runs a job in the first worker that is free.
   *
   * @throws whatever the job threw, with its code; `signal.reason`; CoreError `WORKER_START_FAILED`,
   * `WORKER_CRASHED`, `WORKER_CLOSED`
   */
  run<Name extends keyof Jobs & string>(
    name: Name,
    payload: JobPayload<Jobs, Name>,
    options: RunOptions = {}
  ): Promise<JobResult<Jobs, Name>> {
    const { signal, worker } = options
    if (worker !== undefined) this.#assertWorker(worker)
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const job = new PendingJob(this.#takeId(), name, payload, options)
    if (worker === undefined) {
      this.#queue.push(job)
      this.#dispatch()
    } else {
      const member = this.#member(worker)
      if (member === undefined) job.reject(this.#ended)
      else member.enqueue(job)
    }
    return job.result as Promise<JobResult<Jobs, Name>>
  }

  /** Runs a job in each worker that has been started, in none if none has. Results are in the order of the workers. */
  runOnStarted<Name extends keyof Jobs & string>(
    name: Name,
    payload: JobPayload<Jobs, Name>,
    options: Pick<RunOptions, 'signal'> = {}
  ): Promise<JobResult<Jobs, Name>[]> {
    return Promise.all(this.started.map((worker) => this.run(name, payload, { ...options, worker })))
  }

  /** Starts a worker before there is work for it, so that it loads its modules while another one works. */
  start(worker: number): void {
    this.#assertWorker(worker)
    if (this.#ended === undefined) this.#member(worker)
  }

  /** Sends to every worker; one that starts later gets it first thing. Between two jobs, never during one. */
  broadcast(message: unknown): void {
    this.#broadcasts.push(message)
    for (const member of this.#running()) member.broadcast(message)
  }

  /** Calls `listener` for each message that a worker posts. Returns the function that ends this. */
  onMessage(listener: (message: unknown, worker: number) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Rejects what waits or runs with `WORKER_CLOSED`, lets workers release what they hold, and ends them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(new CoreError('WORKER_CLOSED', 'The workers were closed while a job waited for them'))
    await Promise.all(this.#running().map((member) => member.close()))
  }

  #assertWorker(worker: number): void {
    if (!(Number.isInteger(worker) && worker >= 0 && worker < this.size))
      throw new RangeError(`There is no worker ${worker} in a pool of ${this.size}`)
  }

  #running(): PoolMember[] {
    return this.#members.filter((member) => member !== undefined)
  }

  #takeId(): number {
    const id = this.#nextId
    this.#nextId = id === 0x7fffffff ? 1 : id + 1
    return id
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const member = this.#freest()
      if (member === undefined) break
      const job = this.#queue.shift()!
      if (!job.settled) member.assign(job)
    }
    while (this.#queue.length > this.#startingCount() && this.#startNext()) {}
  }

  #startingCount(): number {
    return this.#running().filter((member) => member.starting).length
  }

  /** The worker with the least to do among those that can take a job now. */
  #freest(): PoolMember | undefined {
    let best: PoolMember | undefined
    for (const member of this.#running()) {
      if (member.hasRoom && (best === undefined || member.pendingCount < best.pendingCount)) best = member
    }
    if (best === undefined || best.pendingCount === 0) return best
    // Lining up behind a running job is for when no further thread could take it.
    return this.#members.includes(undefined) || this.#startingCount() > 0 ? undefined : best
  }

  #startNext(): boolean {
    const index = this.#members.indexOf(undefined)
    return index >= 0 && this.#member(index) !== undefined
  }

  /** The worker with this index, started if need be; undefined when that failed, which ends the pool. */
  #member(index: number): PoolMember | undefined {
    try {
      return this.#members[index] ?? this.#start(index)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.#crash(
        new CoreError('WORKER_START_FAILED', `Worker ${index} could not be started: ${reason}`, { cause })
      )
      return undefined
    }
  }

  #start(index: number): PoolMember {
    const member = new PoolMember(index, this.#options, {
      start: (start, events) =>
        this.isInline
          ? startInline(this.#options.inline!, start, events)
          : startThread(this.#options.entry!, start, this.#options.resourceLimits ?? DEFAULT_LIMITS, events),
      onFree: () => this.#dispatch(),
      onMessage: (message) => {
        for (const listener of this.#listeners) listener(message, index)
      },
      onCrash: (error) => this.#crash(error)
    })
    this.#members[index] = member
    for (const message of this.#broadcasts) member.broadcast(message)
    return member
  }

  #crash(error: CoreError): void {
    if (this.#ended !== undefined) return
    this.#end(error)
    for (const member of this.#running()) void member.terminate()
  }

  #end(error: CoreError): void {
    this.#ended ??= error
    for (const job of this.#queue.splice(0)) job.reject(error)
    for (const member of this.#running()) member.rejectAll(error)
  }
}

/** True for the errors that mean that the pool is of no use any more. */
export function isWorkerFailure(error: unknown): boolean {
  return isTercetError(error) && error.code.startsWith('WORKER_') && error.code !== 'WORKER_UNKNOWN_JOB'
}
