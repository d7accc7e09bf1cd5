import type { MessagePort } from 'node:worker_threads'
import { CoreError } from '../core-error.ts'
import { type JobTable, Transferred, type WorkerHost, type WorkerSetup } from './jobs.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { OpenJob } from './open-job.ts'
import { packError } from './transported-error.ts'

/** The worker's end of a pool: runs one job after the other, in the order in which they came. */
export class JobServer {
  readonly #port: MessagePort
  readonly #start: WorkerStart
  readonly #jobs = new Map<string, JobTable[string]>()
  readonly #open = new Map<number, OpenJob>()
  readonly #broadcastHandlers: ((message: unknown) => void)[] = []
  readonly #closeHandlers: (() => void | Promise<void>)[] = []
  /** Settles when everything received so far is done; never rejects. */
  #last: Promise<void> = Promise.resolve()

  constructor(port: MessagePort, start: WorkerStart) {
    this.#port = port
    this.#start = start
  }

  /** Makes the jobs. Messages that arrive meanwhile wait. */
  open(setup: WorkerSetup): void {
    this.#then(() => this.#setUp(setup))
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'abort':
        this.#open.get(message.id)?.abort()
        return
      case 'job': {
        const job = new OpenJob(message.id, message.slot, this.#start.abortFlags)
        this.#open.set(message.id, job)
        this.#then(() => this.#run(job, message.name, message.payload))
        return
      }
      case 'broadcast':
        this.#then(() => {
          for (const handler of this.#broadcastHandlers) handler(message.message)
        })
        return
      case 'close':
        this.#then(() => this.#close())
    }
  }

  /** An error that is not a job's own leaves the worker's state in doubt: it ends the worker, and the pool says so. */
  #then(step: () => void | Promise<void>): void {
    this.#last = this.#last.then(step).catch((error) => {
      this.#send({ type: 'crash', error: packError(error) })
      this.#port.close()
    })
  }

  async #setUp(setup: WorkerSetup): Promise<void> {
    const host: WorkerHost = {
      init: this.#start.init,
      index: this.#start.index,
      post: (message, transfer) => this.#send({ type: 'message', message }, transfer),
      onBroadcast: (handler) => void this.#broadcastHandlers.push(handler),
      onClose: (handler) => void this.#closeHandlers.push(handler)
    }
    for (const [name, job] of Object.entries(await setup(host))) this.#jobs.set(name, job)
    this.#send({ type: 'ready' })
  }

  async #run(job: OpenJob, name: string, payload: unknown): Promise<void> {
    const { id } = job
    try {
      const run = this.#jobs.get(name)
      if (run === undefined) {
        throw new CoreError('WORKER_UNKNOWN_JOB', `This worker has no job "${name}"`, {
          context: { job: name }
        })
      }
      job.throwIfAborted()
      const result = await run(payload as never, job)
      if (result instanceof Transferred) {
        this.#send({ type: 'result', id, value: result.value }, result.transfer)
      } else {
        this.#send({ type: 'result', id, value: result })
      }
    } catch (error) {
      this.#send({ type: 'failure', id, error: packError(error) })
    } finally {
      this.#open.delete(id)
    }
  }

  async #close(): Promise<void> {
    for (const handler of this.#closeHandlers.reverse()) {
      try {
        await handler()
      } catch {
        // The pool is going away: what could not be released ends with the thread.
      }
    }
    this.#port.close()
  }

  #send(message: FromWorker, transfer: readonly unknown[] = []): void {
    this.#port.postMessage(message, transfer as Parameters<MessagePort['postMessage']>[1])
  }
}
