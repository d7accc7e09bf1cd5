import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { HttpAgents } from './http-agents.ts'

/** Bytes that are read ahead of the connection, so that neither waits for the other. */
const AHEAD_BYTES = 1024 * 1024

export interface HttpRequest {
  readonly method: string
  readonly url: URL
  /** Path and query exactly as they are sent, where the URL would change them. @defaultValue those of the URL */
  readonly path?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Whole, or in chunks with a `content-length` among the headers. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined
  readonly signal?: AbortSignal | undefined
  /** Longest time until a connection is made. @defaultValue as long as the system takes */
  readonly connectTimeoutMs?: number | undefined
}

/**
 * Sends one request and resolves when its answer begins; redirections are answers. The built-in `fetch` cannot be told
 * which certificates to believe, nor which proxy to take. A failure of the body rejects with that failure.
 */
export function httpRequest(agents: HttpAgents, request: HttpRequest): Promise<IncomingMessage> {
  const { method, url, path, headers = {}, body, signal, connectTimeoutMs } = request
  const [send, agent] = url.protocol === 'http:' ? [http.request, agents.http] : [https.request, agents.https]
  return new Promise((resolve, reject) => {
    const sent = send({
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      path: path ?? url.pathname + url.search,
      method,
      headers,
      agent,
      ...(signal === undefined ? {} : { signal })
    })
    sent.once('response', resolve)
    sent.once('error', reject)
    if (connectTimeoutMs !== undefined) limitConnecting(sent, connectTimeoutMs)
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
      sent.end(body)
      return
    }
    pipeline(Readable.from(body, { objectMode: false, highWaterMark: AHEAD_BYTES }), sent).catch(
      (error: unknown) => {
        reject(error)
        sent.destroy()
      }
    )
  })
}

function limitConnecting(request: ClientRequest, milliseconds: number): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return
    const late = setTimeout(() => {
      const error = new Error(`There is no connection after ${milliseconds} ms`)
      request.destroy(Object.assign(error, { code: 'ETIMEDOUT' }))
    }, milliseconds)
    const done = (): void => clearTimeout(late)
    socket.once('connect', done).once('close', done)
  })
}

/** The whole of an answer that is small; more than `most` bytes are refused. */
export async function readText(answer: IncomingMessage, most = 64 * 1024 * 1024): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > most) {
      answer.destroy()
      throw new RangeError(`The answer has more than ${most} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
