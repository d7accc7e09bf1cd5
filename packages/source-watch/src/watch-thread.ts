import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { untilAborted } from '@tercet/interface'
import type { Posix } from '@tercet/native'
import type { Cursor } from './change-journal.ts'
import type { ChangeSummary, HostListener, HostSetup } from './journal-host.ts'
import type { WatchMethod } from './linux/create-watcher.ts'
import type { ThreadAnswer, ThreadRequest, ThreadSetup } from './thread-messages.ts'
import { WatchError, type WatchErrorCode } from './watch-error.ts'

type Waiting = { resolve(answer: ThreadAnswer): void; reject(error: unknown): void }
type Numbered = { type: 'changes' } | { type: 'settle'; cursor: Cursor; baseline: string }

/** The module of the thread; undefined where it cannot be found, as in some bundles. */
export function findWorker(explicit: URL | undefined): URL | undefined {
  const own = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)
  const url = explicit ?? own
  return url.protocol === 'file:' && existsSync(url) ? url : undefined
}

/** The calling thread's end of the watching thread. */
export class WatchThread implements AsyncDisposable {
  readonly #posix: Posix
  readonly #signal: number
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #ended: Promise<void>
  readonly #onExit = () => this.#send({ type: 'close' })
  #nextId = 0
  method: WatchMethod = 'inotify'
  #failure: WatchError | undefined
  #closing: Promise<void> | undefined

  private constructor(posix: Posix, entry: URL, host: HostSetup, onAnswer: (answer: ThreadAnswer) => void) {
    this.#posix = posix
    this.#signal = posix.fileEvents!.openSignal()
    const workerData: ThreadSetup = { host, signal: this.#signal }
    this.#worker = new Worker(entry, { workerData, name: 'tercet-watch' })
    this.#worker.on('message', onAnswer)
    this.#worker.on('error', (error) =>
      this.#fail(new WatchError('WATCH_FAILED', error.message, { cause: error }))
    )
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()))
    void this.#ended.then(() => this.#fail(new WatchError('WATCH_FAILED', 'The watching thread has ended')))
    // A thread that sleeps in the kernel is woken, or the process would wait for it.
    process.once('exit', this.#onExit)
  }

  /** Resolves when everything is watched. */
  static async start(
    posix: Posix,
    entry: URL,
    setup: HostSetup,
    listener: HostListener & { onFailure(error: WatchError): void }
  ): Promise<WatchThread> {
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
    const thread: WatchThread = new WatchThread(posix, entry, setup, (answer) => {
      if (answer.type === 'ready') {
        thread.method = answer.method
        resolve()
      } else if (answer.type === 'batch') listener.onBatch(answer.batch)
      else if (answer.type === 'issue') listener.onIssue(answer.issue)
      else thread.#take(answer)
    })
    thread.#onFailure = (error) => {
      reject(error)
      listener.onFailure(error)
    }
    try {
      await ready
    } catch (error) {
      await thread[Symbol.asyncDispose]()
      throw error
    }
    return thread
  }

  #onFailure: (error: WatchError) => void = () => {}

  async changes(signal?: AbortSignal): Promise<ChangeSummary> {
    const answer = await untilAborted(this.#ask({ type: 'changes' }), signal)
    return (answer as Extract<ThreadAnswer, { type: 'changes' }>).changes
  }

  async settle(cursor: Cursor, baseline: string): Promise<void> {
    await this.#ask({ type: 'settle', cursor, baseline })
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#failure ??= new WatchError('WATCH_CLOSED', 'The journal was closed')
    this.#rejectAll(this.#failure)
    this.#send({ type: 'close' })
    await this.#ended
    process.off('exit', this.#onExit)
    this.#posix.close(this.#signal)
  }

  #ask(request: Numbered): Promise<ThreadAnswer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#send({ ...request, id } as ThreadRequest)
    })
  }

  #send(request: ThreadRequest): void {
    this.#worker.postMessage(request)
    this.#posix.fileEvents!.raise(this.#signal)
  }

  #take(answer: ThreadAnswer): void {
    if (answer.type === 'broken') {
      const code = (answer.code?.startsWith('WATCH_') ? answer.code : 'WATCH_FAILED') as WatchErrorCode
      this.#fail(new WatchError(code, answer.message))
    } else if (answer.type === 'failed') {
      this.#settleOne(answer.id)?.reject(new WatchError('WATCH_STORE_UNUSABLE', answer.message))
    } else if (answer.type === 'changes' || answer.type === 'settled')
      this.#settleOne(answer.id)?.resolve(answer)
  }

  #settleOne(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }

  #fail(error: WatchError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#rejectAll(error)
    this.#onFailure(error)
  }

  #rejectAll(error: WatchError): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
