import { isMainThread, type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { JobServer } from './job-server.ts'
import type { JobTable, WorkerSetup } from './jobs.ts'
import { WORKER_START, type WorkerStart } from './messages.ts'

/**
 * The whole of a worker module: `serveJobs((host) => ({ name: (payload, context) => … }))`. Does nothing on the main
 * thread or in a worker that no pool started, so that such a module may also be imported for its jobs.
 */
export function serveJobs<Jobs extends JobTable>(setup: WorkerSetup<Jobs>): void {
  const start = (workerData as Record<string, unknown> | null)?.[WORKER_START]
  if (isMainThread || parentPort === null || start === undefined) return
  serveJobsOn(parentPort, start as WorkerStart, setup)
}

/** Serves a pool at the other end of `port`, from whichever thread. */
export function serveJobsOn<Jobs extends JobTable>(
  port: MessagePort,
  start: WorkerStart,
  setup: WorkerSetup<Jobs>
): void {
  const server = new JobServer(port, start)
  port.on('message', (message) => server.receive(message))
  server.open(setup)
}
