import http, { type IncomingMessage } from 'node:http'
import { networkError } from '@tercet/backend-kit'
import { isTercetError } from '@tercet/interface'
import { rcloneError } from './rclone-errors.ts'
import type { ResolvedRcloneOptions } from './rclone-options.ts'
import { type RcloneProcess, startRclone } from './rclone-process.ts'

/** What rclone says of a file. */
export interface RemoteItem {
  readonly Path: string
  readonly Size: number
  readonly ModTime?: string
  readonly IsDir?: boolean
  readonly Hashes?: Readonly<Record<string, string>> | undefined
}

/** Requests to one running rclone; one that has died is replaced by the next request. */
export class RcloneSession {
  /** The store, for people. */
  readonly where: string
  /** Remote and folder, as rclone writes them. */
  readonly fs: string
  readonly #options: ResolvedRcloneOptions
  readonly #agent: http.Agent
  #rclone: Promise<RcloneProcess> | undefined
  #isClosed = false

  constructor(options: ResolvedRcloneOptions) {
    this.#options = options
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: options.maxConnections })
    this.where = `rclone://${options.remote}/${options.path.replace(/^\/+/, '')}`
    this.fs = `${options.remote}:${options.path}`
  }

  /** Calls one of rclone's commands. */
  async call<Answer>(
    command: string,
    parameters: Readonly<Record<string, unknown>>,
    what: string,
    path: string | undefined,
    signal: AbortSignal | undefined
  ): Promise<Answer> {
    const body = JSON.stringify(parameters)
    const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
    const answer = await this.send(
      { method: 'POST', path: `/${command}`, headers },
      what,
      path,
      signal,
      (request) => request.end(body)
    )
    return JSON.parse(await this.#text(answer, what, path, signal)) as Answer
  }

  /** Sends a request; resolves with an answer of success, whose body the caller reads or destroys. */
  async send(
    options: http.RequestOptions,
    what: string,
    path: string | undefined,
    signal: AbortSignal | undefined,
    write: (request: http.ClientRequest) => void
  ): Promise<IncomingMessage> {
    signal?.throwIfAborted()
    try {
      const answer = await this.#exchange(await this.#running(), options, signal, write)
      if ((answer.statusCode ?? 0) < 300) return answer
      throw rcloneError(errorOf(await this.#text(answer, what, path, signal)), {
        where: this.where,
        call: what,
        path
      })
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      throw this.translate(error, what, path)
    }
  }

  translate(error: unknown, call: string, path: string | undefined): unknown {
    if (isTercetError(error)) return error
    return networkError(error, { where: this.where, call, path }) ?? error
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#agent.destroy()
    const rclone = await this.#rclone?.catch(() => undefined)
    await rclone?.stop()
  }

  /** The one that runs, or a new one. */
  async #running(): Promise<RcloneProcess> {
    for (;;) {
      this.#rclone ??= startRclone(this.#options)
      const asked = this.#rclone
      try {
        const rclone = await asked
        if (rclone.isRunning() || this.#isClosed) return rclone
      } catch (error) {
        if (this.#rclone === asked) this.#rclone = undefined
        throw error
      }
      if (this.#rclone === asked) this.#rclone = undefined
    }
  }

  #exchange(
    { port, authorization }: RcloneProcess,
    options: http.RequestOptions,
    signal: AbortSignal | undefined,
    write: (request: http.ClientRequest) => void
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = http.request({
        host: '127.0.0.1',
        port,
        agent: this.#agent,
        ...options,
        headers: { authorization, ...options.headers },
        ...(signal === undefined ? {} : { signal })
      })
      request.once('response', resolve)
      request.once('error', reject)
      write(request)
    })
  }

  async #text(
    answer: IncomingMessage,
    what: string,
    path: string | undefined,
    signal: AbortSignal | undefined
  ): Promise<string> {
    try {
      const chunks: Buffer[] = []
      for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
      return Buffer.concat(chunks).toString('utf8')
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      throw this.translate(error, what, path)
    }
  }
}

function errorOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown }
    if (typeof error === 'string') return error
  } catch {
    // No answer of a command.
  }
  return text.slice(0, 1000)
}
