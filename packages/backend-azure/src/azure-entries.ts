import type { BlobGetPropertiesResponse } from '@azure/storage-blob'
import type { StorageEntry } from '@tercet/interface'
import type { AzureSession } from './azure-session.ts'

/** An ETag without the quotes that answers have and listings have not. */
export function tagOf(etag: string | undefined): string | undefined {
  return etag?.replace(/^"(.*)"$/, '$1')
}

export function blobProperties(
  session: AzureSession,
  call: string,
  path: string,
  signal: AbortSignal | undefined
): Promise<BlobGetPropertiesResponse> {
  return session.request(call, path, signal, (options) => session.blob(path).getProperties(options))
}

interface Facts {
  readonly contentLength?: number | undefined
  readonly lastModified?: Date | undefined
  readonly etag?: string | undefined
  readonly accessTier?: string | undefined
}

/** What the contract says of a blob, in a listing or by itself. */
export function entryOf(path: string, blob: Facts): StorageEntry {
  return {
    path,
    sizeBytes: blob.contentLength,
    modifiedAt: blob.lastModified,
    tag: tagOf(blob.etag),
    archived: blob.accessTier === 'Archive'
  }
}
