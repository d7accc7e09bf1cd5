import type { TransportedError } from './transported-error.ts'

/** From the pool to a worker. `slot` is the cell of the shared abort flags that stands for the job while it is open. */
export type ToWorker =
  | {
      readonly type: 'job'
      readonly id: number
      readonly slot: number
      readonly name: string
      readonly payload: unknown
    }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'broadcast'; readonly message: unknown }
  | { readonly type: 'close' }

/** From a worker to the pool. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly error: TransportedError }
  /** The worker cannot go on: its jobs could not be made, or something outside of a job failed. */
  | { readonly type: 'crash'; readonly error: TransportedError }
  | { readonly type: 'message'; readonly message: unknown }

/** What a worker is started with. */
export interface WorkerStart {
  readonly init: unknown
  readonly index: number
  /** One cell for each job that may be open in this worker; holds the id of a job that was aborted. */
  readonly abortFlags: Int32Array
}

/** Key of {@link WorkerStart} in `workerData`, so that a module can tell a pool's worker from another program's. */
export const WORKER_START = 'tercetWorker'
