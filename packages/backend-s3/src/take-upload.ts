import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand
} from '@aws-sdk/client-s3'
import { isTercetError, type PutOptions, StorageError } from '@tercet/interface'
import type { S3Session } from './s3-session.ts'

/** An upload in parts that was begun. */
export interface PartUpload {
  readonly id: string
  /** Parts that the store has already, by number. */
  readonly parts: ReadonlyMap<number, { readonly size: number | undefined; readonly tag: string | undefined }>
  /** A later put goes on with it when this one breaks off. */
  readonly isResumable: boolean
}

/**
 * The upload with which a put that can be resumed goes on, else a new one. Parts are compared with what is to be sent by
 * their digests, so that it does no harm if they are of something else.
 */
export async function takeUpload(
  session: S3Session,
  path: string,
  options: PutOptions | undefined
): Promise<PartUpload> {
  const isResumable = options?.resumeKey !== undefined && session.options.etagIsMd5
  const begun = isResumable ? await findUpload(session, path, options.signal) : undefined
  if (begun !== undefined) return begun
  return { id: await beginUpload(session, path, options), parts: new Map(), isResumable }
}

/** The one that was begun last. Not every store tells, nor everybody: the put then starts from the beginning. */
async function findUpload(
  session: S3Session,
  path: string,
  signal: AbortSignal | undefined
): Promise<PartUpload | undefined> {
  const { Bucket, Key } = session.at(path)
  try {
    const { Uploads = [] } = await session.request('put', path, signal, (requestOptions) =>
      session.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }), requestOptions)
    )
    const id = Uploads.filter((upload) => upload.Key === Key)
      .sort((a, b) => Number(a.Initiated ?? 0) - Number(b.Initiated ?? 0))
      .at(-1)?.UploadId
    if (id === undefined) return undefined
    return { id, parts: await partsOf(session, path, id, signal), isResumable: true }
  } catch (error) {
    if (signal?.aborted || !isTercetError(error)) throw error
    return undefined
  }
}

async function partsOf(
  session: S3Session,
  path: string,
  UploadId: string,
  signal: AbortSignal | undefined
): Promise<PartUpload['parts']> {
  const parts = new Map<number, { size: number | undefined; tag: string | undefined }>()
  for (let marker: string | undefined; ; ) {
    const input = {
      ...session.at(path),
      UploadId,
      ...(marker === undefined ? {} : { PartNumberMarker: marker })
    }
    const page = await session.request('put', path, signal, (requestOptions) =>
      session.client.send(new ListPartsCommand(input), requestOptions)
    )
    for (const { PartNumber = 0, Size: size, ETag: tag } of page.Parts ?? [])
      parts.set(PartNumber, { size, tag })
    if (!page.IsTruncated || page.NextPartNumberMarker === marker) return parts
    marker = page.NextPartNumberMarker
  }
}

async function beginUpload(
  session: S3Session,
  path: string,
  options: PutOptions | undefined
): Promise<string> {
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
    { context: { path } }
  )
}
