import module from 'node:module'
import { dirname } from 'node:path'
import { MessageChannel, type MessagePort, type ResourceLimits, Worker } from 'node:worker_threads'
import type { WorkerSetup } from './jobs.ts'
import { type FromWorker, type ToWorker, WORKER_START, type WorkerStart } from './messages.ts'
import { serveJobsOn } from './serve-jobs.ts'

/** What a pool needs of a worker, be it a thread or the calling thread itself. */
export interface PoolWorker {
  post(message: ToWorker, transfer: readonly unknown[]): void
  /** Whether this worker alone keeps the process alive. */
  keepAlive(needed: boolean): void
  /** Ends it at once. Resolves when it has ended. */
  terminate(): Promise<void>
}

export interface PoolWorkerEvents {
  onMessage(message: FromWorker): void
  /** Called once, when the worker has ended for whatever reason. */
  onExit(exitCode: number, error: unknown): void
}

export function startThread(
  entry: URL,
  start: WorkerStart,
  resourceLimits: ResourceLimits,
  events: PoolWorkerEvents
): PoolWorker {
  const thread = new Worker(entry, {
    name: `tercet-${start.index}`,
    workerData: { [WORKER_START]: start },
    execArgv: execArgvFor(entry),
    env: environment(),
    resourceLimits
  })
  let failure: unknown
  thread.on('message', events.onMessage)
  thread.on('error', (error) => {
    failure = error
  })
  thread.on('messageerror', (error) => {
    failure = error
    void thread.terminate()
  })
  thread.once('exit', (exitCode) => events.onExit(exitCode, failure))
  return {
    post: (message, transfer) => thread.postMessage(message, transfer as never),
    keepAlive: (needed) => (needed ? thread.ref() : thread.unref()),
    terminate: async () => void (await thread.terminate())
  }
}

/** With the host's cache of compiled code, where it has one: a thread does not take it over otherwise. */
function environment(): NodeJS.ProcessEnv {
  // Node makes a folder for its version and the user in the one that was named.
  const folder = module.getCompileCacheDir?.()
  return folder === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(folder) }
}

/**
 * The host's own flags are not passed on: some are not allowed in a thread, and none concerns these modules. Node's
 * note that its SQLite is young belongs on nobody's standard error.
 */
function execArgvFor(entry: URL): string[] {
  const flags = ['--disable-warning=ExperimentalWarning']
  return entry.pathname.endsWith('.ts') ? ['--conditions=@tercet/source', ...flags] : flags
}

/** The same protocol over a channel to the calling thread, so that nothing behaves differently without threads. */
export function startInline(setup: WorkerSetup, start: WorkerStart, events: PoolWorkerEvents): PoolWorker {
  const { port1, port2 } = new MessageChannel()
  port1.on('message', events.onMessage)
  port1.once('close', () => events.onExit(0, undefined))
  serveJobsOn(port2, structuredClone(start), setup)
  const ports: readonly MessagePort[] = [port1, port2]
  return {
    post: (message, transfer) => port1.postMessage(message, transfer as never),
    keepAlive(needed) {
      for (const port of ports) needed ? port.ref() : port.unref()
    },
    terminate: () =>
      new Promise((resolve) => {
        port1.once('close', () => resolve())
        port1.close()
      })
  }
}
