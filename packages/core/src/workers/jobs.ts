/**
 * What a worker can do, by name. Payloads and results cross threads as structured clones, also when the pool runs
 * everything on the calling thread.
 */
export type JobTable = Readonly<Record<string, (payload: never, context: JobContext) => unknown>>

export type JobPayload<Jobs extends JobTable, Name extends keyof Jobs> = Parameters<Jobs[Name]>[0]

type Untransferred<Result> = Result extends Transferred<infer Value> ? Value : Result
export type JobResult<Jobs extends JobTable, Name extends keyof Jobs> = Untransferred<
  Awaited<ReturnType<Jobs[Name]>>
>

/** How a running job learns that nobody waits for it any more. */
export interface JobContext {
  /** Asks shared memory, so that it answers in the middle of synchronous work. */
  readonly aborted: boolean
  /** For asynchronous work; made when it is first asked for. */
  readonly signal: AbortSignal
  /** Throws when {@link JobContext.aborted}; the caller of the job has its own reason by then. */
  throwIfAborted(): void
}

/** What a worker knows of its surroundings. */
export interface WorkerHost {
  /** What the pool was created with. */
  readonly init: unknown
  /** 0 for the first worker of the pool. */
  readonly index: number
  /** Sends to the pool's `onMessage` handlers, in order and before the result of the running job. */
  post(message: unknown, transfer?: readonly Transferable[]): void
  /** Registers for the pool's broadcasts, those from before the start of this worker included. */
  onBroadcast(handler: (message: unknown) => void): void
  /** Registers what is to be released when the pool is disposed; called in reverse order. */
  onClose(handler: () => void | Promise<void>): void
}

/** Makes the jobs of one worker, together with whatever state they share. Called once in each worker. */
export type WorkerSetup<Jobs extends JobTable = JobTable> = (host: WorkerHost) => Jobs | Promise<Jobs>

/** What `postMessage` can hand over instead of copying. */
export type Transferable = ArrayBuffer | import('node:worker_threads').MessagePort

/** A job's result together with the buffers that are moved to the receiver instead of being copied. */
export class Transferred<Value> {
  readonly value: Value
  readonly transfer: readonly Transferable[]

  constructor(value: Value, transfer: readonly Transferable[]) {
    this.value = value
    this.transfer = transfer
  }
}

/** Marks the buffers of a job's result that its worker gives away. */
export function transferring<Value>(
  value: Value,
  transfer: readonly (ArrayBufferLike | Transferable)[]
): Transferred<Value> {
  return new Transferred(
    value,
    transfer.filter((item): item is Transferable => !(item instanceof SharedArrayBuffer))
  )
}
