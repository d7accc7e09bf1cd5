import type { BlobItem } from '@azure/storage-blob'
import { abortable, type ListOptions, type StorageEntry } from '@tercet/interface'
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
        const path = session.names.listedPath(name, options)
        if (path === undefined) continue
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
  const isFlat = options?.recursive === false
  const asked = {
    prefix: session.names.prefixOf(options),
    ...(options?.signal === undefined ? {} : { abortSignal: options.signal })
  }
  const page = { maxPageSize: session.options.pageEntries }
  return isFlat
    ? session.container.listBlobsByHierarchy('/', asked).byPage(page)
    : session.container.listBlobsFlat(asked).byPage(page)
}
