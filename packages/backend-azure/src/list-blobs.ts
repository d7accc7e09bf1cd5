import { type ListOptions, type StorageEntry, StorageError } from '@tercet/interface'
import { entryOf } from './azure-entries.ts'
import type { AzureSession } from './azure-session.ts'
import { type BlobPage, readBlobPage } from './blob-page.ts'

/** Every blob that the options ask for, page by page. Names that are no storage paths belong to somebody else. */
export async function* listBlobs(
  session: AzureSession,
  options: ListOptions | undefined
): AsyncGenerator<StorageEntry, void, undefined> {
  const signal = options?.signal
  const query = {
    restype: 'container',
    comp: 'list',
    maxresults: String(session.options.pageEntries),
    prefix: session.names.prefixOf(options),
    ...(options?.recursive === false ? { delimiter: '/' } : {})
  }
  let marker: string | undefined
  do {
    const page = await readPage(session, marker === undefined ? query : { ...query, marker }, signal)
    for (const blob of page.blobs) {
      const path = session.names.listedPath(blob.name, options)
      if (path === undefined) continue
      yield entryOf(path, blob)
      signal?.throwIfAborted()
    }
    marker = page.next
  } while (marker !== undefined)
}

async function readPage(
  session: AzureSession,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined
): Promise<BlobPage> {
  const text = await session.request('list', undefined, signal, () => session.direct.ask(query, signal))
  const page = readBlobPage(text)
  if (page !== undefined) return page
  throw new StorageError('STORAGE_UNEXPECTED', `${session.where} answers a listing with something else`)
}
