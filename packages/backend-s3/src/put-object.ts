import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { PutObjectCommand, type PutObjectCommandOutput } from '@aws-sdk/client-s3'
import { outgoing } from '@tercet/backend-kit'
import { type ByteSource, exactly, type PutOptions, type StorageEntry, StorageError } from '@tercet/interface'
import { extendLock } from './object-locks.ts'
import { putInParts } from './put-in-parts.ts'
import { entryOfHead, entryOfPut, headObject, md5OfTag, tagOf } from './s3-entries.ts'
import { s3CodeOf, statusOf } from './s3-errors.ts'
import { MOST_PUT_BYTES } from './s3-options.ts'
import type { S3Session } from './s3-session.ts'

/** Objects up to this size are sent with their MD5 at no price, since they are read whole anyway. */
const SMALL_BYTES = 256 * 1024

/** Stores an object, and looks whether the store has what was sent. */
export async function putObject(
  session: S3Session,
  path: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<StorageEntry> {
  const isConditional = options?.ifAbsent === true || options?.ifMatch !== undefined
  const inParts =
    source.size >= (isConditional ? MOST_PUT_BYTES + 1 : session.options.multipartThresholdBytes)
  // Conditions on what is put in parts are ignored by too many stores.
  if (inParts && isConditional) throw tooLarge(path, source.size)
  try {
    const stored = inParts
      ? await putInParts(session, path, source, options)
      : await putAtOnce(session, path, source, options)
    // Some stores do not hear of a lock when parts are begun.
    if (inParts && options?.lockUntil !== undefined)
      await extendLock(session, path, options.lockUntil, options)
    return await confirm(session, path, source.size, stored, options?.signal)
  } catch (error) {
    throw refusal(error, path, options)
  }
}

/** What is known of an object that was sent. */
export interface Stored {
  /** When the store has answered; undefined where that is not the time of the object. */
  readonly storedAt?: Date | undefined
  /** As the store told it; some do not. */
  readonly tag: string | undefined
  /** What the tag has to be; undefined where that is not known. */
  readonly expectedTag: string | undefined
}

async function putAtOnce(
  session: S3Session,
  path: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<Stored> {
  const { contentMd5, crc32, etagIsMd5, storageClass, lockMode, quotesTags } = session.options
  const signal = options?.signal
  const small = source.size <= SMALL_BYTES ? await readSmall(source, options) : undefined
  const needsMd5 = contentMd5 || options?.lockUntil !== undefined
  const md5 = small !== undefined ? md5Of(small) : needsMd5 ? await readMd5(source, signal) : undefined
  const hash = createHash('md5')
  const wantsHash = md5 === undefined && etagIsMd5
  const answer = await send(
    session,
    path,
    small ?? withheld(outgoing(source, options), wantsHash ? hash : undefined),
    signal,
    {
      ContentLength: source.size,
      ...(md5 === undefined ? {} : { ContentMD5: md5.toString('base64') }),
      ...(crc32 && md5 === undefined ? { ChecksumAlgorithm: 'CRC32' as const } : {}),
      ...(options?.ifAbsent ? { IfNoneMatch: '*' } : {}),
      ...(options?.ifMatch === undefined
        ? {}
        : { IfMatch: quotesTags ? `"${options.ifMatch}"` : options.ifMatch }),
      ...(storageClass === undefined ? {} : { StorageClass: storageClass as 'STANDARD' }),
      ...(options?.lockUntil === undefined
        ? {}
        : { ObjectLockMode: lockMode, ObjectLockRetainUntilDate: options.lockUntil })
    }
  )
  const isDigest = etagIsMd5 && answer.SSEKMSKeyId === undefined && answer.SSECustomerAlgorithm === undefined
  const digest = md5 ?? (wantsHash ? hash.digest() : undefined)
  const expectedTag = isDigest ? digest?.toString('hex') : undefined
  return { tag: tagOf(answer.ETag), expectedTag, storedAt: answer.answeredAt }
}

async function send(
  session: S3Session,
  path: string,
  content: Buffer | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  input: Omit<ConstructorParameters<typeof PutObjectCommand>[0], 'Bucket' | 'Key' | 'Body'>
): Promise<PutObjectCommandOutput & { readonly answeredAt: Date | undefined }> {
  // The client neither notices a failure of the body nor ends a request whose answer came too early.
  const broken = new AbortController()
  const Body = Buffer.isBuffer(content) ? content : Readable.from(content, { objectMode: false })
  if (Body instanceof Readable) Body.once('error', (error) => broken.abort(error))
  const ends = signal === undefined ? broken.signal : AbortSignal.any([signal, broken.signal])
  try {
    const command = new PutObjectCommand({ ...session.at(path), ...input, Body })
    let date = Number.NaN
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args)
        const { headers = {} } = result.response as { headers?: Record<string, string> }
        date = Date.parse(headers['date'] ?? '')
        return result
      },
      { step: 'deserialize', name: 'tercetAnswerDate' }
    )
    const answer = await session.request('put', path, ends, (options) =>
      session.client.send(command, options)
    )
    return { ...answer, answeredAt: Number.isNaN(date) ? undefined : new Date(date) }
  } finally {
    if (Body instanceof Readable) {
      Body.destroy()
      broken.abort()
    }
  }
}

/** Keeps the last chunk until the source has ended well, so that nothing wrong is complete at the store. */
async function* withheld(
  chunks: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash> | undefined
): AsyncGenerator<Uint8Array, void, undefined> {
  let last: Uint8Array | undefined
  for await (const chunk of chunks) {
    if (last !== undefined) yield last
    hash?.update(chunk)
    last = chunk
  }
  if (last !== undefined) yield last
}

async function readSmall(source: ByteSource, options: PutOptions | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of outgoing(source, options)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function readMd5(source: ByteSource, signal: AbortSignal | undefined): Promise<Buffer> {
  const hash = createHash('md5')
  for await (const chunk of exactly(source, { signal })) hash.update(chunk)
  return hash.digest()
}

function md5Of(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest()
}

/**
 * Compares what is stored with what was sent: by its digest, which needs no further request, else by a look at it. Where
 * another put has replaced it meanwhile, the facts are those of ours.
 */
async function confirm(
  session: S3Session,
  path: string,
  size: number,
  { tag, expectedTag, storedAt }: Stored,
  signal: AbortSignal | undefined
): Promise<StorageEntry> {
  if (tag !== undefined && expectedTag !== undefined && tag !== expectedTag)
    throw damaged(path, tag, expectedTag)
  if (tag !== undefined && tag === expectedTag && storedAt !== undefined)
    return entryOfPut(session, path, size, tag, storedAt)
  const entry = entryOfHead(session, path, await headObject(session, 'put', path, signal))
  const ours = tag ?? expectedTag
  if (ours !== undefined && entry.tag !== ours) return { ...entry, sizeBytes: size, tag: ours }
  if (entry.sizeBytes === size) return entry
  throw new StorageError(
    'STORAGE_CORRUPT',
    `${JSON.stringify(path)} was stored with ${entry.sizeBytes} bytes instead of ${size}`,
    { retry: 'may-help', context: { path, sizeBytes: size } }
  )
}

function damaged(path: string, tag: string, expected: string): StorageError {
  const advice =
    md5OfTag(tag) === undefined ? '; if its ETags are no MD5, say so with "etagIsMd5: false"' : ''
  return new StorageError(
    'STORAGE_CORRUPT',
    `What the store has of ${JSON.stringify(path)} has the ETag ${tag} instead of ${expected}${advice}`,
    { retry: 'may-help', context: { path, tag, expectedTag: expected } }
  )
}

function tooLarge(path: string, size: number): StorageError {
  return new StorageError(
    'STORAGE_UNSUPPORTED',
    `Cannot put ${JSON.stringify(path)} with a condition: it has ${size} bytes, and only up to ${MOST_PUT_BYTES} go at once`,
    { context: { path, sizeBytes: size } }
  )
}

/** What was asked for besides and could not be had, in the words of that. */
function refusal(error: unknown, path: string, options: PutOptions | undefined): unknown {
  const status = statusOf(error)
  const at = JSON.stringify(path)
  const context = { path, ...(status === undefined ? {} : { httpStatus: status }) }
  if (options?.ifAbsent && status === 412)
    return new StorageError('STORAGE_EXISTS', `${at} is there already`, { cause: error, context })
  if (options?.ifMatch !== undefined && s3CodeOf(error) === 'NoSuchKey')
    return new StorageError('STORAGE_CONFLICT', `${at} is not there any more`, { cause: error, context })
  if (options?.lockUntil !== undefined && s3CodeOf(error) === 'InvalidRequest')
    return new StorageError('STORAGE_UNSUPPORTED', `Cannot lock ${at}: the bucket was not made for locks`, {
      cause: error,
      context
    })
  return error
}
