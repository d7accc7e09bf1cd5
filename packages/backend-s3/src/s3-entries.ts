import {
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type ObjectStorageClass,
  type RestoreStatus
} from '@aws-sdk/client-s3'
import type { StorageEntry } from '@tercet/interface'
import type { S3Session } from './s3-session.ts'

/** An ETag without the quotes that some stores leave out. */
export function tagOf(etag: string | undefined): string | undefined {
  const bare = etag?.replace(/^(?:W\/)?"(.*)"$/, '$1')
  return bare === '' ? undefined : bare
}

/** The MD5 that an ETag is, in hex; undefined where it is that of parts or of something else. */
export function md5OfTag(tag: string | undefined): string | undefined {
  return tag !== undefined && /^[0-9a-f]{32}$/i.test(tag) ? tag.toLowerCase() : undefined
}

export async function headObject(
  session: S3Session,
  what: string,
  path: string,
  signal: AbortSignal | undefined,
  withChecksum = false
): Promise<HeadObjectCommandOutput> {
  return await session.request(what, path, signal, (options) =>
    session.client.send(
      new HeadObjectCommand({ ...session.at(path), ...(withChecksum ? { ChecksumMode: 'ENABLED' } : {}) }),
      options
    )
  )
}

/** What the contract says of an object that was asked for. */
export function entryOfHead(session: S3Session, path: string, head: HeadObjectCommandOutput): StorageEntry {
  const restored = /ongoing-request="false"/.test(head.Restore ?? '')
  return {
    path,
    sizeBytes: head.ContentLength,
    modifiedAt: head.LastModified,
    tag: tagOf(head.ETag),
    ...archivedOf(session, head.StorageClass, restored, head.ArchiveStatus)
  }
}

/** What the contract says of an object that was stored just now. */
export function entryOfPut(
  session: S3Session,
  path: string,
  sizeBytes: number,
  tag: string,
  modifiedAt: Date
): StorageEntry {
  const archived = archivedOf(session, session.options.storageClass, false, undefined)
  return { path, sizeBytes, modifiedAt, tag, ...archived }
}

/** What the contract says of an object in a listing. */
export function entryOfListed(
  session: S3Session,
  path: string,
  object: {
    readonly Size?: number | undefined
    readonly LastModified?: Date | undefined
    readonly ETag?: string | undefined
    readonly StorageClass?: ObjectStorageClass | undefined
    readonly RestoreStatus?: RestoreStatus | undefined
  }
): StorageEntry {
  const restored = object.RestoreStatus?.RestoreExpiryDate !== undefined
  return {
    path,
    sizeBytes: object.Size,
    modifiedAt: wholeSeconds(object.LastModified),
    tag: tagOf(object.ETag),
    ...archivedOf(session, object.StorageClass, restored, undefined)
  }
}

/** Listings may be more exact than single answers; an entry says the same in both. */
function wholeSeconds(time: Date | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(Math.floor(time.getTime() / 1000) * 1000)
}

function archivedOf(
  session: S3Session,
  storageClass: string | undefined,
  restored: boolean,
  archiveStatus: string | undefined
): { archived?: boolean } {
  const { archiveClasses } = session.options
  if (archiveClasses.length === 0) return {}
  const isCold = archiveStatus !== undefined || archiveClasses.includes(storageClass ?? 'STANDARD')
  return { archived: isCold && !restored }
}
