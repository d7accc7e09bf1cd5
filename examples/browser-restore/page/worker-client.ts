import type { Answer, CallName, Calls, Request } from './messages.ts'

/** A failure in the worker; `code` as in the documentation of the packages. */
export class WorkerFailure extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

interface Pending {
  resolve(response: unknown): void
  reject(error: Error): void
  onProgress: ((text: string) => void) | undefined
}

/** Calls what the worker does. */
export class WorkerClient {
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  constructor(worker: Worker) {
    this.#worker = worker
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => this.#take(data))
    worker.addEventListener('error', ({ message }) => {
      for (const { reject } of this.#pending.values()) reject(new WorkerFailure('WORKER', message))
      this.#pending.clear()
    })
  }

  call<Name extends CallName>(
    call: Name,
    request: Calls[Name]['request'],
    onProgress?: (text: string) => void
  ): Promise<Calls[Name]['response']> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject, onProgress })
      this.#worker.postMessage({ id, call, request } as Request)
    })
  }

  #take(answer: Answer): void {
    const pending = this.#pending.get(answer.id)
    if (pending === undefined) return
    if ('progress' in answer) {
      pending.onProgress?.(answer.progress)
      return
    }
    this.#pending.delete(answer.id)
    if ('error' in answer) pending.reject(new WorkerFailure(answer.error.code, answer.error.message))
    else pending.resolve(answer.response)
  }
}
