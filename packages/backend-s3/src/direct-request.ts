import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { S3Client } from '@aws-sdk/client-s3'
import { type HttpAgents, httpRequest, readText } from '@tercet/backend-kit'
import { keysOf } from './s3-client.ts'
import type { ResolvedS3Options } from './s3-options.ts'
import { RequestSigner, type SigningKeys } from './sign-request.ts'

export interface DirectRequest {
  readonly method: 'GET' | 'PUT'
  readonly key: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer | AsyncIterable<Uint8Array> | undefined
}

/** Most of an error that is read. */
const MOST_ERROR_BYTES = 64 * 1024

/**
 * Sends the two requests that a backup makes by the thousand, to put and to get an object, without the machinery of the
 * client, which takes more than half of their time on the processor. Keys, region and connections are those of the client.
 * Failures look like its own.
 */
export class DirectRequests {
  readonly #client: S3Client
  readonly #keys: SigningKeys | undefined
  readonly #agents: HttpAgents
  readonly #url: URL
  readonly #folder: string
  readonly #connectTimeoutMs: number
  readonly #signer: RequestSigner

  constructor(client: S3Client, agents: HttpAgents, endpoint: string, options: ResolvedS3Options) {
    const { bucket, pathStyle, region, connectTimeoutMs } = options
    this.#client = client
    this.#keys = options.credentials === undefined ? undefined : keysOf(options.credentials)
    this.#agents = agents
    this.#url = new URL(endpoint)
    if (!pathStyle) this.#url.host = `${bucket}.${this.#url.host}`
    this.#folder = this.#url.pathname.replace(/\/*$/, '/') + (pathStyle ? `${encoded(bucket)}/` : '')
    this.#connectTimeoutMs = connectTimeoutMs
    this.#signer = new RequestSigner(region)
  }

  async send(
    { method, key, headers, body }: DirectRequest,
    signal: AbortSignal | undefined
  ): Promise<IncomingMessage> {
    const url = this.#url
    const path = this.#folder + encoded(key)
    const isPlain = url.protocol === 'http:'
    const unsigned = { method, host: url.host, path, headers }
    const contentSha256 = isPlain && Buffer.isBuffer(body) ? sha256Of(body) : undefined
    const answer = await httpRequest(this.#agents, {
      method,
      url,
      path,
      headers: this.#signer.sign(
        { ...unsigned, contentSha256 },
        this.#keys ?? (await this.#client.config.credentials()), // those of a provider are renewed by it
        new Date(Date.now() + this.#client.config.systemClockOffset)
      ),
      body,
      signal,
      connectTimeoutMs: this.#connectTimeoutMs
    })
    if ((answer.statusCode ?? 0) >= 200 && (answer.statusCode ?? 0) < 300) return answer
    throw await refusalOf(answer)
  }
}

/** Every byte that has a meaning in URLs is written by its number, except for the slashes. */
function encoded(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function sha256Of(bytes: Buffer): string {
  return hash('sha256', bytes)
}

/** An answer that is no success, as the client would reject with it. */
async function refusalOf(answer: IncomingMessage): Promise<Error> {
  const text = await readText(answer, MOST_ERROR_BYTES).catch(() => '')
  answer.destroy()
  const field = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, `${value}`])
  )
  const error = new Error(field('Message') ?? answer.statusMessage)
  error.name = field('Code') ?? 'Unknown'
  return Object.assign(error, {
    Region: field('Region'),
    Endpoint: field('Endpoint'),
    $metadata: {
      httpStatusCode: answer.statusCode,
      requestId: field('RequestId') ?? headers['x-amz-request-id']
    },
    $response: { headers }
  })
}
