export {
  type JobContext,
  type JobPayload,
  type JobResult,
  type JobTable,
  type Transferable,
  Transferred,
  transferring,
  type WorkerHost,
  type WorkerSetup
} from './jobs.ts'
export { type LocateWorkerOptions, locateWorker } from './locate-worker.ts'
export { serveJobs } from './serve-jobs.ts'
export {
  createWorkerPool,
  isWorkerFailure,
  type RunOptions,
  WorkerPool,
  type WorkerPoolOptions
} from './worker-pool.ts'
