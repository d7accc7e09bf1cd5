import { ListObjectsCommand, ListObjectsV2Command, type _Object as S3Object } from '@aws-sdk/client-s3'
import type { ListOptions, StorageEntry } from '@tercet/interface'
import { entryOfListed } from './s3-entries.ts'
import type { S3Session } from './s3-session.ts'

interface Page {
  readonly objects: readonly S3Object[]
  /** Where the next page begins. */
  readonly next: string | undefined
}

/** Every object that the options ask for, page by page. Keys that are no storage paths belong to somebody else. */
export async function* listObjects(
  session: S3Session,
  options: ListOptions | undefined
): AsyncGenerator<StorageEntry, void, undefined> {
  const isFlat = options?.recursive === false
  const Prefix = session.names.prefixOf(options)
  let next: string | undefined
  do {
    const page = await readPage(
      session,
      { Prefix, ...(isFlat ? { Delimiter: '/' } : {}) },
      next,
      options?.signal
    )
    for (const object of page.objects) {
      const path = session.names.listedPath(object.Key, options)
      if (path === undefined) continue
      yield entryOfListed(session, path, object)
      options?.signal?.throwIfAborted()
    }
    next = page.next
  } while (next !== undefined)
}

function readPage(
  session: S3Session,
  wanted: { Prefix: string; Delimiter?: string },
  from: string | undefined,
  signal: AbortSignal | undefined
): Promise<Page> {
  const { bucket, listVersion, pageEntries, archiveClasses, isAmazon } = session.options
  const input = {
    Bucket: bucket,
    MaxKeys: pageEntries,
    ...wanted,
    ...(isAmazon && archiveClasses.length > 0 ? { OptionalObjectAttributes: ['RestoreStatus' as const] } : {})
  }
  return session.request('list', undefined, signal, async (options) => {
    if (listVersion === 1) {
      const page = await session.client.send(new ListObjectsCommand({ ...input, Marker: from }), options)
      const objects = page.Contents ?? []
      const last = [objects.at(-1)?.Key, page.CommonPrefixes?.at(-1)?.Prefix].filter(
        (key) => key !== undefined
      )
      return { objects, next: page.IsTruncated ? (page.NextMarker ?? last.sort().at(-1)) : undefined }
    }
    const page = await session.client.send(
      new ListObjectsV2Command({ ...input, ContinuationToken: from }),
      options
    )
    return { objects: page.Contents ?? [], next: page.IsTruncated ? page.NextContinuationToken : undefined }
  })
}
