import { Readable } from 'node:stream'
import { PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3'
import type { DirectRequests } from './direct-request.ts'
import type { S3Session } from './s3-session.ts'

/** What a put asks for, besides the name and the content. */
export type PutWishes = { readonly ContentLength: number } & Pick<
  PutObjectCommandInput,
  | 'ContentMD5'
  | 'ChecksumAlgorithm'
  | 'IfNoneMatch'
  | 'IfMatch'
  | 'StorageClass'
  | 'ObjectLockMode'
  | 'ObjectLockRetainUntilDate'
>

export interface PutAnswer {
  readonly etag: string | undefined
  /** The store encrypts with a key of its own keeping, so that the tag is no digest of the content. */
  readonly isEncrypted: boolean
  readonly answeredAt: Date | undefined
}

type Content = Buffer | AsyncIterable<Uint8Array>

/** Sends the request: directly where that is possible, else by the client. */
export async function sendPut(
  session: S3Session,
  path: string,
  content: Content,
  signal: AbortSignal | undefined,
  wishes: PutWishes
): Promise<PutAnswer> {
  return session.direct === undefined || wishes.ChecksumAlgorithm !== undefined
    ? await sendByClient(session, path, content, signal, wishes)
    : await sendDirectly(session, session.direct, path, content, signal, wishes)
}

/** How the wishes are called in the request. */
const HEADERS: Readonly<Record<Exclude<keyof PutWishes, 'ChecksumAlgorithm'>, string>> = {
  ContentLength: 'content-length',
  ContentMD5: 'content-md5',
  IfNoneMatch: 'if-none-match',
  IfMatch: 'if-match',
  StorageClass: 'x-amz-storage-class',
  ObjectLockMode: 'x-amz-object-lock-mode',
  ObjectLockRetainUntilDate: 'x-amz-object-lock-retain-until-date'
}

async function sendDirectly(
  session: S3Session,
  direct: DirectRequests,
  path: string,
  body: Content,
  signal: AbortSignal | undefined,
  wishes: PutWishes
): Promise<PutAnswer> {
  const headers: Record<string, string> = { 'content-type': 'application/octet-stream' }
  for (const [wish, name] of Object.entries(HEADERS)) {
    const value = wishes[wish as keyof typeof HEADERS]
    if (value !== undefined) headers[name] = value instanceof Date ? value.toISOString() : `${value}`
  }
  const answer = await session.request('put', path, signal, () =>
    direct.send({ method: 'PUT', key: session.names.nameOf(path), headers, body }, signal)
  )
  answer.resume() // so that the connection is free for the next request
  return {
    etag: answer.headers.etag,
    isEncrypted:
      answer.headers['x-amz-server-side-encryption-aws-kms-key-id'] !== undefined ||
      answer.headers['x-amz-server-side-encryption-customer-algorithm'] !== undefined,
    answeredAt: dateOf(answer.headers.date)
  }
}

async function sendByClient(
  session: S3Session,
  path: string,
  content: Content,
  signal: AbortSignal | undefined,
  wishes: PutWishes
): Promise<PutAnswer> {
  // The client neither notices a failure of the body nor ends a request whose answer came too early.
  const broken = new AbortController()
  const Body = Buffer.isBuffer(content) ? content : Readable.from(content, { objectMode: false })
  if (Body instanceof Readable) Body.once('error', (error) => broken.abort(error))
  const ends = signal === undefined ? broken.signal : AbortSignal.any([signal, broken.signal])
  try {
    const command = new PutObjectCommand({ ...session.at(path), ...wishes, Body })
    let date: string | undefined
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args)
        date = (result.response as { headers?: Record<string, string> }).headers?.['date']
        return result
      },
      { step: 'deserialize', name: 'tercetAnswerDate' }
    )
    const answer = await session.request('put', path, ends, (options) =>
      session.client.send(command, options)
    )
    const isEncrypted = answer.SSEKMSKeyId !== undefined || answer.SSECustomerAlgorithm !== undefined
    return { etag: answer.ETag, isEncrypted, answeredAt: dateOf(date) }
  } finally {
    if (Body instanceof Readable) {
      Body.destroy()
      broken.abort()
    }
  }
}

function dateOf(text: string | undefined): Date | undefined {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? undefined : new Date(time)
}
