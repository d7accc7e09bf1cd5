import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand
} from '@aws-sdk/client-s3'
import { outgoing } from '@tercet/backend-kit'
import { type ByteSource, type PutOptions, StorageError } from '@tercet/interface'
import type { Stored } from './put-object.ts'
import { tagOf } from './s3-entries.ts'
import { LEAST_PART_BYTES } from './s3-options.ts'
import type { S3Session } from './s3-session.ts'

const MOST_PARTS = 10_000
/** How long a put that failed waits for the store to drop the parts. */
const CLEANING_MS = 800

interface SentPart extends CompletedPart {
  readonly md5: Buffer
}

/**
 * Sends an object in parts, some at the same time. It appears when the store is told that they are complete; when that
 * does not happen, the store is told to drop them.
 */
export async function putInParts(
  session: S3Session,
  path: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<Stored> {
  const UploadId = await begin(session, path, options)
  try {
    const failure = new AbortController()
    const signal = AbortSignal.any([
      failure.signal,
      ...(options?.signal === undefined ? [] : [options.signal])
    ])
    const { parts, checksum } = await sendParts(session, path, UploadId, source, options, signal, failure)
    const answer = await session.request('put', path, options?.signal, (requestOptions) =>
      session.client.send(
        new CompleteMultipartUploadCommand({
          ...session.at(path),
          UploadId,
          ...(checksum === undefined
            ? {}
            : { ChecksumCRC32: checksum, ChecksumType: 'FULL_OBJECT' as const }),
          MultipartUpload: { Parts: parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber })) }
        }),
        requestOptions
      )
    )
    return { tag: tagOf(answer.ETag), expectedTag: session.options.etagIsMd5 ? tagOfParts(parts) : undefined }
  } catch (error) {
    await drop(session, path, UploadId)
    throw error
  }
}

async function begin(session: S3Session, path: string, options: PutOptions | undefined): Promise<string> {
  const { storageClass, lockMode, crc32: withCrc } = session.options
  const { UploadId } = await session.request('put', path, options?.signal, (requestOptions) =>
    session.client.send(
      new CreateMultipartUploadCommand({
        ...session.at(path),
        ...(storageClass === undefined ? {} : { StorageClass: storageClass as 'STANDARD' }),
        ...(withCrc ? { ChecksumAlgorithm: 'CRC32' as const, ChecksumType: 'FULL_OBJECT' as const } : {}),
        ...(options?.lockUntil === undefined
          ? {}
          : { ObjectLockMode: lockMode, ObjectLockRetainUntilDate: options.lockUntil })
      }),
      requestOptions
    )
  )
  if (UploadId !== undefined) return UploadId
  throw new StorageError(
    'STORAGE_UNEXPECTED',
    `Cannot put ${JSON.stringify(path)}: the store names no upload`,
    {
      context: { path }
    }
  )
}

/** At most as many parts are in memory as are sent at the same time, and one that is being filled. */
async function sendParts(
  session: S3Session,
  path: string,
  UploadId: string,
  source: ByteSource,
  options: PutOptions | undefined,
  signal: AbortSignal,
  failure: AbortController
): Promise<{ parts: SentPart[]; checksum: string | undefined }> {
  const { parallelParts, crc32: withCrc } = session.options
  const parts: SentPart[] = []
  const running = new Set<Promise<void>>()
  const buffers: Buffer[] = []
  let crc = 0
  let number = 0
  let sent = 0
  const sendPart = async (PartNumber: number, bytes: Buffer): Promise<void> => {
    const md5 = createHash('md5').update(bytes).digest()
    const { ETag } = await session.request('put', path, signal, (requestOptions) =>
      session.client.send(
        new UploadPartCommand({
          ...session.at(path),
          UploadId,
          PartNumber,
          Body: bytes,
          ContentMD5: md5.toString('base64')
        }),
        requestOptions
      )
    )
    parts[PartNumber - 1] = { ETag, PartNumber, md5 }
    buffers.push(bytes)
    sent += bytes.byteLength
    report(options, sent)
  }
  try {
    const content = outgoing(source, { ...options, onProgress: undefined })
    for await (const bytes of inBlocks(content, partSize(session, source.size), source.size, buffers)) {
      if (withCrc) crc = crc32(bytes, crc)
      const sending: Promise<void> = sendPart(++number, bytes).finally(() => running.delete(sending))
      sending.catch((error) => failure.abort(error))
      running.add(sending)
      if (running.size >= parallelParts) await Promise.race(running)
    }
    await Promise.all(running)
  } catch (error) {
    failure.abort(error)
    await Promise.allSettled(running)
    throw options?.signal?.aborted ? options.signal.reason : failure.signal.reason
  }
  return { parts, checksum: withCrc ? base64Of(crc) : undefined }
}

function partSize(session: S3Session, size: number): number {
  return Math.max(session.options.partBytes, LEAST_PART_BYTES, Math.ceil(size / MOST_PARTS))
}

/** The bytes in blocks of one size, the last one shorter; in buffers that are `free` again, where there are some. */
async function* inBlocks(
  chunks: AsyncIterable<Uint8Array>,
  blockBytes: number,
  size: number,
  free: Buffer[]
): AsyncGenerator<Buffer, void, undefined> {
  const take = (): Buffer => {
    const known = free.pop()
    return known?.byteLength === blockBytes ? known : Buffer.allocUnsafeSlow(Math.min(blockBytes, size))
  }
  let block = take()
  let filled = 0
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.byteLength; ) {
      const length = Math.min(chunk.byteLength - from, block.byteLength - filled)
      block.set(chunk.subarray(from, from + length), filled)
      from += length
      filled += length
      if (filled < block.byteLength) continue
      yield block
      block = take()
      filled = 0
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}

function report(options: PutOptions | undefined, sent: number): void {
  try {
    options?.onProgress?.(sent)
  } catch {
    // Display only.
  }
}

/** What S3 makes the ETag of an object in parts: the MD5 of their MD5s, and their number. */
function tagOfParts(parts: readonly SentPart[]): string {
  const hash = createHash('md5')
  for (const { md5 } of parts) hash.update(md5)
  return `${hash.digest('hex')}-${parts.length}`
}

function base64Of(crc: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc)
  return bytes.toString('base64')
}

/** Parts of an upload that is never completed cost money, and nobody sees them. */
async function drop(session: S3Session, path: string, UploadId: string): Promise<void> {
  const command = new AbortMultipartUploadCommand({ ...session.at(path), UploadId })
  await session.client.send(command, { abortSignal: AbortSignal.timeout(CLEANING_MS) }).catch(() => {})
}
