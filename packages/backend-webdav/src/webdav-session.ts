import type { ClientRequest } from 'node:http'
import { Readable } from 'node:stream'
import {
  createHttpAgents,
  describeCall,
  type FailedCall,
  type HttpAgents,
  httpError,
  httpRequest,
  networkError
} from '@tercet/backend-kit'
import { type CallOptions, isTercetError, revealSecret, StorageError, untilAborted } from '@tercet/interface'
import { AuthType, createClient, type WebDAVClient } from 'webdav'
import type { ResolvedWebdavOptions } from './webdav-options.ts'

export interface WebdavRequest extends CallOptions {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: Readable | string | undefined
  /** What it is for, in messages. */
  readonly call: string
  readonly path?: string | undefined
}

export interface WebdavAnswer {
  readonly status: number
  readonly body: Readable
  header(name: string): string | null
}

/** The largest text that an answer about files may be. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024

/** Requests to one server, logged in. What is not a success rejects in the words of the contract. */
export class WebdavSession implements Disposable {
  readonly #connect: () => WebDAVClient
  readonly #client: WebDAVClient
  readonly #agents: HttpAgents
  /** For people. */
  readonly where: string
  readonly #isDigest: boolean
  readonly #authorization: Readonly<Record<string, string>>
  /** With digest authentication each request of a client counts on, so they go one after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(
    connect: () => WebDAVClient,
    agents: HttpAgents,
    where: string,
    isDigest: boolean,
    authorization: Readonly<Record<string, string>> = {}
  ) {
    this.#connect = connect
    this.#client = connect()
    this.#agents = agents
    this.where = where
    this.#isDigest = isDigest
    this.#authorization = authorization
  }

  /** Finds out how to log in. */
  static async open(
    options: ResolvedWebdavOptions,
    where: string,
    callOptions?: CallOptions
  ): Promise<WebdavSession> {
    const { url, trust, proxy, maxConnections, username = '', password = '' } = options
    const agents = createHttpAgents({ trust, proxy, maxSockets: maxConnections, onRequest: returnRedirects })
    const common = { httpAgent: agents.http, httpsAgent: agents.https }
    const session = (settings: object, isDigest: boolean, authorization?: Record<string, string>) => {
      const connect = () => createClient(url.href, { ...common, ...settings })
      return new WebdavSession(connect, agents, where, isDigest, authorization)
    }
    try {
      const anonymous = session({ authType: AuthType.None }, false)
      if (username === '') return anonymous
      const isDigest = await wantsDigest(anonymous, options, callOptions)
      const login = { username, password: revealSecret(password) }
      if (isDigest) return session({ authType: AuthType.Digest, ...login }, true)
      const basic = Buffer.from(`${login.username}:${login.password}`).toString('base64')
      return session({ authType: AuthType.Password, ...login }, false, { authorization: `Basic ${basic}` })
    } catch (error) {
      agents[Symbol.dispose]()
      throw error
    }
  }

  /** Resolves with an answer whose status is one of success, or of `accepted`. Its body must be read or destroyed. */
  async request(request: WebdavRequest, accepted: readonly number[] = []): Promise<WebdavAnswer> {
    if (!this.#isDigest && request.method === 'GET') return await this.#get(request, accepted)
    if (!this.#isDigest) return await this.#send(this.#client, request, accepted)
    if (request.body instanceof Readable) return await this.#sendOnce(request, accepted)
    const turn = this.#turn.then(() => this.#send(this.#client, request, accepted))
    this.#turn = turn.catch(() => {})
    return await untilAborted(turn, request.signal)
  }

  /** As {@link request}, for an answer that says nothing more. */
  async order(request: WebdavRequest, accepted: readonly number[] = []): Promise<number> {
    const { status, body } = await this.request(request, accepted)
    await drain(body)
    return status
  }

  /** As {@link request}, for an answer that is a text. */
  async ask(request: WebdavRequest): Promise<string> {
    const { body } = await this.request(request)
    const chunks: Buffer[] = []
    let length = 0
    try {
      for await (const chunk of body) {
        length += (chunk as Buffer).byteLength
        if (length > MAX_TEXT_BYTES)
          throw this.unexpected(request, `the answer is longer than ${MAX_TEXT_BYTES} bytes`)
        chunks.push(chunk as Buffer)
      }
    } catch (error) {
      throw this.translate(error, request)
    }
    return Buffer.concat(chunks).toString('utf8')
  }

  /** The error of an answer that makes no sense. */
  unexpected(failed: Pick<FailedCall, 'call' | 'path'>, problem: string, cause?: unknown): StorageError {
    const { call, path } = failed
    return new StorageError(
      'STORAGE_UNEXPECTED',
      `${describeCall({ where: this.where, call, path })}: ${problem}`,
      { cause, context: { call, ...(path === undefined ? {} : { path }) } }
    )
  }

  /** The words of the contract for whatever went wrong with a request or with the body of its answer. */
  translate(
    error: unknown,
    { call, path, signal }: Pick<WebdavRequest, 'call' | 'path' | 'signal'>
  ): unknown {
    if (signal?.aborted) return signal.reason
    return networkError(error, { where: this.where, call, path }) ?? error
  }

  [Symbol.dispose](): void {
    this.#agents[Symbol.dispose]()
  }

  /** A body can be sent only once, so a client of its own gets a challenge for it first. */
  async #sendOnce(request: WebdavRequest, accepted: readonly number[]): Promise<WebdavAnswer> {
    const client = this.#connect()
    const { url, call, path, signal } = request
    const answer = await this.#send(client, { method: 'OPTIONS', url, call, path, signal }, [403, 404, 405])
    await drain(answer.body)
    return await this.#send(client, request, accepted)
  }

  /** Without the client, which would pass all bytes through one more stream. */
  async #get(request: WebdavRequest, accepted: readonly number[]): Promise<WebdavAnswer> {
    const { url, signal } = request
    signal?.throwIfAborted()
    const headers = { 'accept-encoding': 'identity', ...this.#authorization, ...request.headers }
    try {
      const answer = await httpRequest(this.#agents, { method: 'GET', url: new URL(url), headers, signal })
      const get = (name: string): string | null => String(answer.headers[name] ?? '') || null
      return await this.#taken(
        answerOf({ status: answer.statusCode, body: answer, headers: { get } }),
        request,
        accepted
      )
    } catch (error) {
      throw this.translate(error, request)
    }
  }

  async #taken(
    answer: WebdavAnswer,
    request: WebdavRequest,
    accepted: readonly number[]
  ): Promise<WebdavAnswer> {
    if (answer.status < 300 || accepted.includes(answer.status)) return answer
    await drain(answer.body)
    throw httpError(answer, { where: this.where, call: request.call, path: request.path })
  }

  async #send(
    client: WebDAVClient,
    request: WebdavRequest,
    accepted: readonly number[]
  ): Promise<WebdavAnswer> {
    const { method, url, headers, body, signal } = request
    signal?.throwIfAborted()
    const link = linkedSignal(signal)
    let answer: WebdavAnswer
    try {
      const response = await client.customRequest('', {
        method,
        url,
        headers: { 'Accept-Encoding': 'identity', ...headers },
        ...(body === undefined ? {} : { data: body }),
        signal: link.signal
      })
      answer = answerOf(response)
    } catch (error) {
      const response = (error as { response?: unknown }).response
      if (response === undefined) {
        link.unlink()
        throw this.translate(error, request)
      }
      answer = answerOf(response)
    }
    answer.body.once('close', link.unlink)
    return await this.#taken(answer, request, accepted)
  }
}

/** The status of HTTP that an error came from. */
export function statusOf(error: unknown): number | undefined {
  const status = isTercetError(error) ? error.context['status'] : undefined
  return typeof status === 'number' ? status : undefined
}

/** The client forgets to take its listeners away, so it gets a signal that is forgotten with them. */
function linkedSignal(signal: AbortSignal | undefined): { signal: AbortSignal; unlink: () => void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal?.reason)
  signal?.addEventListener('abort', abort)
  return { signal: controller.signal, unlink: () => signal?.removeEventListener('abort', abort) }
}

async function wantsDigest(
  anonymous: WebdavSession,
  { authentication, url }: ResolvedWebdavOptions,
  options: CallOptions | undefined
): Promise<boolean> {
  if (authentication !== 'auto') return authentication === 'digest'
  if (url.protocol === 'https:') return false
  const request = { method: 'PROPFIND', url: url.href, headers: { Depth: '0' }, call: 'log in', ...options }
  const answer = await anonymous.request(request, [401, 404, 405])
  await drain(answer.body)
  return answer.status === 401 && /^\s*digest\b/i.test(answer.header('www-authenticate') ?? '')
}

/** The client would follow a redirection, with what it carries; without this header it hands the answer back. */
function returnRedirects(request: ClientRequest): void {
  request.prependListener('response', ({ rawHeaders, statusCode = 0 }) => {
    if (statusCode < 300 || statusCode >= 400) return
    for (let index = 0; index < rawHeaders.length; index += 2)
      if (rawHeaders[index]?.toLowerCase() === 'location') rawHeaders[index] = 'X-Location'
  })
}

function answerOf(response: unknown): WebdavAnswer {
  const { status, headers, body } = response as {
    status: number
    headers: { get(name: string): string | null }
    body: Readable
  }
  return {
    status,
    body,
    header: (name) => headers.get(name.toLowerCase() === 'location' ? 'x-location' : name)
  }
}

/** A connection can be used again when its answer was read. */
async function drain(body: Readable): Promise<void> {
  let length = 0
  try {
    for await (const chunk of body) {
      length += (chunk as Buffer).byteLength
      if (length > MAX_TEXT_BYTES) return
    }
  } catch {
    // What the answer said besides is of no interest.
  }
}
