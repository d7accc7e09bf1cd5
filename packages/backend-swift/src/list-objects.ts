import { readText } from '@tercet/backend-kit'
import { type ListOptions, type StorageEntry, StorageError } from '@tercet/interface'
import type { SwiftSession } from './swift-session.ts'

interface Item {
  readonly name?: string
  readonly bytes?: number
  readonly hash?: string
  readonly last_modified?: string
  readonly subdir?: string
}

/** Every object that the options ask for, page by page. Names that are no storage paths belong to somebody else. */
export async function* listObjects(
  session: SwiftSession,
  options: ListOptions | undefined
): AsyncGenerator<StorageEntry, void, undefined> {
  const isFlat = options?.recursive === false
  const { pageEntries } = session.options
  const query = {
    format: 'json',
    limit: String(pageEntries),
    prefix: session.names.prefixOf(options),
    ...(isFlat ? { delimiter: '/' } : {})
  }
  for (let marker = ''; ; ) {
    const items = await readPage(session, { ...query, marker }, options?.signal)
    for (const item of items) {
      const path = session.names.listedPath(item.name, options)
      if (path === undefined) continue
      yield entryOf(path, item)
      options?.signal?.throwIfAborted()
    }
    // Some services give fewer than were asked for, so only an empty answer is the end.
    const last = items.at(-1)
    if (last === undefined) return
    marker = last.name ?? last.subdir ?? ''
  }
}

async function readPage(
  session: SwiftSession,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined
): Promise<readonly Item[]> {
  const answer = await session.request('list', { method: 'GET', query }, signal)
  try {
    const text = await readText(answer)
    const items: unknown = text === '' ? [] : JSON.parse(text)
    if (Array.isArray(items)) return items as Item[]
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    if (!(error instanceof SyntaxError)) throw session.translate(error, 'list', undefined)
  }
  throw new StorageError('STORAGE_UNEXPECTED', `${session.where} answers a listing with something else`)
}

function entryOf(path: string, { bytes, hash, last_modified: modified }: Item): StorageEntry {
  const time =
    modified === undefined
      ? Number.NaN
      : Date.parse(/Z|[+-]\d\d:\d\d$/.test(modified) ? modified : `${modified}Z`)
  return {
    path,
    sizeBytes: bytes,
    // Answers about one object tell whole seconds, rounded up.
    ...(Number.isNaN(time) ? {} : { modifiedAt: new Date(Math.ceil(time / 1000) * 1000) }),
    ...(hash === undefined ? {} : { tag: hash })
  }
}
