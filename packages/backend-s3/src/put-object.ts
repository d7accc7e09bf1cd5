import { type ByteSource, type PutOptions, type StorageEntry, StorageError } from '@tercet/interface'
import { extendLock } from './object-locks.ts'
import { putAtOnce } from './put-at-once.ts'
import { putInParts } from './put-in-parts.ts'
import { entryOfHead, entryOfPut, headObject, md5OfTag } from './s3-entries.ts'
import { s3CodeOf, statusOf } from './s3-errors.ts'
import { MOST_PUT_BYTES } from './s3-options.ts'
import type { S3Session } from './s3-session.ts'

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
