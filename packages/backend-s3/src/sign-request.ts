import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

/** Keys as the client's providers give them. */
export interface SigningKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export interface UnsignedRequest {
  readonly method: string
  readonly host: string
  /** Encoded, without a query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** SHA-256 of the content in hex; undefined: it is left out of the signature. */
  readonly contentSha256?: string | undefined
}

const SUITE = 'AWS4-HMAC-SHA256'

/** Signs requests without a query by the fourth version of Amazon's signatures, as its documentation has it. */
export class RequestSigner {
  readonly #region: string
  #secret = ''
  #day = ''
  #key: KeyObject | undefined

  constructor(region: string) {
    this.#region = region
  }

  /** The headers of the request with those of the signature, all of which are signed. */
  sign(request: UnsignedRequest, keys: SigningKeys, now: Date): Record<string, string> {
    const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, '')
    const contentHash = request.contentSha256 ?? 'UNSIGNED-PAYLOAD'
    const headers: Record<string, string> = {
      ...request.headers,
      host: request.host,
      'x-amz-content-sha256': contentHash,
      'x-amz-date': time,
      ...(keys.sessionToken === undefined ? {} : { 'x-amz-security-token': keys.sessionToken })
    }
    const names = Object.keys(headers).sort()
    const lines = names.map((name) => `${name}:${headers[name]?.trim().replaceAll(/ +/g, ' ')}\n`).join('')
    const signed = names.join(';')
    const canonical = `${request.method}\n${request.path}\n\n${lines}\n${signed}\n${contentHash}`
    const scope = `${time.slice(0, 8)}/${this.#region}/s3/aws4_request`
    const text = `${SUITE}\n${time}\n${scope}\n${hash('sha256', canonical)}`
    const signature = hmac(this.#keyOf(keys.secretAccessKey, time.slice(0, 8)), text).toString('hex')
    headers['authorization'] =
      `${SUITE} Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`
    return headers
  }

  /** Good for a day. */
  #keyOf(secret: string, day: string): KeyObject {
    if (this.#key === undefined || this.#secret !== secret || this.#day !== day) {
      const key = [day, this.#region, 's3', 'aws4_request'].reduce<Buffer>(
        (key, text) => hmac(key, text),
        Buffer.from(`AWS4${secret}`)
      )
      this.#key = createSecretKey(key) // prepared once: with bytes each signature would take five times as long
      this.#secret = secret
      this.#day = day
    }
    return this.#key
  }
}

function hmac(key: Buffer | KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
