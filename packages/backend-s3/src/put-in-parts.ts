import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  UploadPartCommand
} from '@aws-sdk/client-s3'
import { sendBlocks } from '@tercet/backend-kit'
import { type ByteSource, isTercetError, type PutOptions } from '@tercet/interface'
import type { Stored } from './put-object.ts'
import { tagOf } from './s3-entries.ts'
import { LEAST_PART_BYTES } from './s3-options.ts'
import type { S3Session } from './s3-session.ts'
import { type PartUpload, takeUpload } from './take-upload.ts'

const MOST_PARTS = 10_000
/** How long a put that failed waits for the store to drop the parts. */
const CLEANING_MS = 800

interface SentPart extends CompletedPart {
  readonly md5: Buffer
}

/**
 * Sends an object in parts, some at the same time. It appears when the store is told that they are complete. When that
 * does not happen, the store is told to drop them, unless a later put may go on with them.
 */
export async function putInParts(
  session: S3Session,
  path: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<Stored> {
  const upload = await takeUpload(session, path, options)
  try {
    const { parts, checksum } = await sendParts(session, path, upload, source, options)
    const answer = await session.request('put', path, options?.signal, (requestOptions) =>
      session.client.send(
        new CompleteMultipartUploadCommand({
          ...session.at(path),
          UploadId: upload.id,
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
    if (!upload.isResumable || !mayGoOn(error, options)) await drop(session, path, upload.id)
    throw error
  }
}

async function sendParts(
  session: S3Session,
  path: string,
  upload: PartUpload,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<{ parts: SentPart[]; checksum: string | undefined }> {
  const { parallelParts, partBytes, crc32: withCrc } = session.options
  const parts: SentPart[] = []
  let crc = 0
  await sendBlocks(source, options, {
    blockBytes: Math.max(partBytes, LEAST_PART_BYTES, Math.ceil(source.size / MOST_PARTS)),
    parallel: parallelParts,
    onBlock(bytes) {
      if (withCrc) crc = crc32(bytes, crc)
    },
    async send(index, bytes, signal) {
      const md5 = createHash('md5').update(bytes).digest()
      const PartNumber = index + 1
      const stored = upload.parts.get(PartNumber)
      const isThere = stored?.size === bytes.byteLength && tagOf(stored.tag) === md5.toString('hex')
      const { ETag } = isThere
        ? { ETag: stored.tag }
        : await session.request('put', path, signal, (requestOptions) =>
            session.client.send(
              new UploadPartCommand({
                ...session.at(path),
                UploadId: upload.id,
                PartNumber,
                Body: bytes,
                ContentMD5: md5.toString('base64')
              }),
              requestOptions
            )
          )
      parts[index] = { ETag, PartNumber, md5 }
    }
  })
  return { parts, checksum: withCrc ? base64Of(crc) : undefined }
}

/** Whether a later put of the same may succeed, so that what was sent is kept for it. */
function mayGoOn(error: unknown, options: PutOptions | undefined): boolean {
  return options?.signal?.aborted === true || !isTercetError(error) || error.retry !== 'never'
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
