import type { IncomingMessage } from 'node:http'
import { type HttpAgents, httpRequest, readText } from '@tercet/backend-kit'
import type { AuthorizeRequest } from './authorize-request.ts'

/** The oldest version in which answers can have every name. */
const VERSION = '2021-02-12'
/** Most of an error that is read. */
const MOST_ERROR_BYTES = 64 * 1024

/**
 * Sends the two requests that read, those for the pages of a listing and for blobs, without the machinery of the client,
 * which takes more time on the processor for each than a store needs. Connections and rights are those of the client.
 * Failures look like its own.
 */
export class DirectRequests {
  readonly #container: URL
  readonly #agents: HttpAgents
  readonly #authorize: AuthorizeRequest

  /** @param container its URL, with the shared access signature where that is how one is known */
  constructor(container: URL, agents: HttpAgents, authorize: AuthorizeRequest) {
    this.#container = container
    this.#agents = agents
    this.#authorize = authorize
  }

  /** What the container answers to this query. */
  async ask(query: Readonly<Record<string, string>>, signal: AbortSignal | undefined): Promise<string> {
    return await readText(await this.#send(this.#container.pathname, query, {}, signal))
  }

  /** The content of a blob, or the part of it that `range` asks for, which begins with `bytes=`. */
  async download(
    name: string,
    range: string | undefined,
    signal: AbortSignal | undefined
  ): Promise<IncomingMessage> {
    const path = `${this.#container.pathname}/${encodeURIComponent(name)}`
    return await this.#send(path, {}, range === undefined ? {} : { 'x-ms-range': range }, signal)
  }

  async #send(
    path: string,
    query: Readonly<Record<string, string>>,
    wishes: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined
  ): Promise<IncomingMessage> {
    const url = this.#container
    const headers = { 'x-ms-date': new Date().toUTCString(), 'x-ms-version': VERSION, ...wishes }
    const authorization = await this.#authorize({ method: 'GET', path, query, headers })
    const asked = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    const parts = url.search === '' ? asked : [url.search.slice(1), ...asked]
    const answer = await httpRequest(this.#agents, {
      method: 'GET',
      url,
      path: parts.length === 0 ? path : `${path}?${parts.join('&')}`,
      headers: authorization === undefined ? headers : { ...headers, authorization },
      signal
    })
    if (answer.statusCode === 200 || answer.statusCode === 206) return answer
    throw await refusalOf(answer)
  }
}

/** An answer that is no success, as the client would reject with it. */
async function refusalOf(answer: IncomingMessage): Promise<Error> {
  const text = await readText(answer, MOST_ERROR_BYTES).catch(() => '')
  answer.destroy()
  const field = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]
  const header = (name: string): string | undefined => answer.headers[name]?.toString()
  return Object.assign(new Error(field('Message') ?? answer.statusMessage), {
    name: 'RestError',
    code: header('x-ms-error-code') ?? field('Code'),
    statusCode: answer.statusCode,
    response: { headers: { get: header } }
  })
}
