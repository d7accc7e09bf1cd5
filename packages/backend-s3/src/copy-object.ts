import { CopyObjectCommand } from '@aws-sdk/client-s3'
import { type CallOptions, type StorageEntry, StorageError } from '@tercet/interface'
import { entryOfHead, headObject } from './s3-entries.ts'
import { MOST_PUT_BYTES } from './s3-options.ts'
import type { S3Session } from './s3-session.ts'

/** Copies inside the store, up to the size that it copies by one request. */
export async function copyObject(
  session: S3Session,
  from: string,
  to: string,
  options: CallOptions | undefined
): Promise<StorageEntry> {
  const signal = options?.signal
  const { ContentLength: size = 0 } = await headObject(session, 'copy', from, signal)
  if (size > MOST_PUT_BYTES) throw tooLarge(from, size)
  const { bucket, storageClass } = session.options
  const source = [bucket, ...session.names.nameOf(from).split('/')].map(encodeURIComponent).join('/')
  await session.request('copy', from, signal, (requestOptions) =>
    session.client.send(
      new CopyObjectCommand({
        ...session.at(to),
        CopySource: source,
        ...(storageClass === undefined ? {} : { StorageClass: storageClass as 'STANDARD' })
      }),
      requestOptions
    )
  )
  return entryOfHead(session, to, await headObject(session, 'copy', to, signal))
}

function tooLarge(path: string, size: number): StorageError {
  return new StorageError(
    'STORAGE_UNSUPPORTED',
    `Cannot copy ${JSON.stringify(path)} inside the store: it has ${size} bytes, more than ${MOST_PUT_BYTES}`,
    { context: { path, sizeBytes: size } }
  )
}
