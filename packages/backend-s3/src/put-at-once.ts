import { createHash } from 'node:crypto'
import { outgoing, withheld } from '@tercet/backend-kit'
import { type ByteSource, exactly, type PutOptions } from '@tercet/interface'
import type { Stored } from './put-object.ts'
import { tagOf } from './s3-entries.ts'
import type { S3Session } from './s3-session.ts'
import { type PutWishes, sendPut } from './send-put.ts'

/** Objects up to this size are sent with their MD5 at no price, since they are read whole anyway. */
const SMALL_BYTES = 256 * 1024

/** Sends an object by one request. */
export async function putAtOnce(
  session: S3Session,
  path: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<Stored> {
  const { contentMd5, crc32, etagIsMd5 } = session.options
  const signal = options?.signal
  const small = source.size <= SMALL_BYTES ? await readSmall(source, options) : undefined
  const needsMd5 = contentMd5 || options?.lockUntil !== undefined
  const md5 = small !== undefined ? md5Of(small) : needsMd5 ? await readMd5(source, signal) : undefined
  const hash = md5 === undefined && etagIsMd5 ? createHash('md5') : undefined
  const answer = await sendPut(session, path, small ?? withheld(outgoing(source, options), hash), signal, {
    ...wishesOf(session, options),
    ContentLength: source.size,
    ...(md5 === undefined ? {} : { ContentMD5: md5.toString('base64') }),
    ...(crc32 && md5 === undefined ? { ChecksumAlgorithm: 'CRC32' as const } : {})
  })
  const digest = etagIsMd5 && !answer.isEncrypted ? (md5 ?? hash?.digest()) : undefined
  return { tag: tagOf(answer.etag), expectedTag: digest?.toString('hex'), storedAt: answer.answeredAt }
}

function wishesOf(session: S3Session, options: PutOptions | undefined): Omit<PutWishes, 'ContentLength'> {
  const { storageClass, lockMode, quotesTags } = session.options
  const { ifAbsent, ifMatch, lockUntil } = options ?? {}
  return {
    ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
    ...(ifMatch === undefined ? {} : { IfMatch: quotesTags ? `"${ifMatch}"` : ifMatch }),
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as 'STANDARD' }),
    ...(lockUntil === undefined || lockMode === undefined
      ? {}
      : { ObjectLockMode: lockMode, ObjectLockRetainUntilDate: lockUntil })
  }
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
