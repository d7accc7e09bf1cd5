import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { HttpAgents } from '@tercet/backend-kit'

export interface HttpRequest {
  readonly method: string
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Text, or bytes with a `content-length` among the headers. */
  readonly body?: string | AsyncIterable<Uint8Array> | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Sends one request and resolves when its answer begins; redirections are answers. The built-in `fetch` cannot be told
 * which certificates to believe, nor which proxy to take. A failure of the body rejects with that failure.
 */
export function httpRequest(agents: HttpAgents, request: HttpRequest): Promise<IncomingMessage> {
  const { method, url, headers = {}, body, signal } = request
  const [send, agent] = url.protocol === 'http:' ? [http.request, agents.http] : [https.request, agents.https]
  return new Promise((resolve, reject) => {
    const sent = send(url, { method, headers, agent, ...(signal === undefined ? {} : { signal }) })
    sent.once('response', resolve)
    sent.once('error', reject)
    if (body === undefined || typeof body === 'string') {
      sent.end(body)
      return
    }
    pipeline(Readable.from(body, { objectMode: false }), sent).catch((error: unknown) => {
      reject(error)
      sent.destroy()
    })
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
