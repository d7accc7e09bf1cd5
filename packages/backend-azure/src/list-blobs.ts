import type { BlobItem } from '@azure/storage-blob'
import {
  abortable,
  assertStoragePath,
  isListed,
  type ListOptions,
  type StorageEntry
} from '@tercet/interface'
import { entryOf } from './azure-entries.ts'
import type { AzureSession } from './azure-session.ts'

/** Every blob that the options ask for, page by page. Names that are no storage paths belong to somebody else. */
export async function* listBlobs(
  session: AzureSession,
  options: ListOptions | undefined
): AsyncGenerator<StorageEntry, void, undefined> {
  const signal = options?.signal
  try {
    for await (const { segment } of abortable(pagesOf(session, options), signal)) {
      for (const { name, properties } of segment.blobItems) {
        const path = session.pathOf(name)
        if (path === undefined || !isStoragePath(path) || !isListed(path, options)) continue
        yield entryOf(path, properties)
        signal?.throwIfAborted()
      }
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw session.translate(error, 'list', undefined)
  }
}

interface Page {
  readonly segment: { readonly blobItems: readonly BlobItem[] }
}

function pagesOf(session: AzureSession, options: ListOptions | undefined): AsyncIterable<Page> {
  const folder = options?.under === undefined ? '' : `${options.under}/`
  const isFlat = options?.recursive === false
  const asked = {
    // Names below a folder that is looked into may begin with anything, so the prefix helps only where none is.
    prefix: session.nameOf(folder + (isFlat ? (options?.namePrefix ?? '') : '')),
    ...(options?.signal === undefined ? {} : { abortSignal: options.signal })
  }
  const page = { maxPageSize: session.options.pageEntries }
  return isFlat
    ? session.container.listBlobsByHierarchy('/', asked).byPage(page)
    : session.container.listBlobsFlat(asked).byPage(page)
}

function isStoragePath(path: string): boolean {
  try {
    assertStoragePath(path)
    return true
  } catch {
    return false
  }
}
