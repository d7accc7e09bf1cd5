import type { IncomingMessage } from 'node:http'
import { readBody } from '@tercet/backend-kit'
import { type GetOptions, resolveRange, type StorageEntry, StorageError } from '@tercet/interface'
import { headerOf } from './swift-auth.ts'
import { type SwiftSession, statusOf } from './swift-session.ts'

/** An ETag without the quotes that some services put around it. */
export function tagOf(etag: string | undefined): string | undefined {
  return etag?.replace(/^"(.*)"$/, '$1')
}

export async function headObject(
  session: SwiftSession,
  call: string,
  path: string,
  signal: AbortSignal | undefined
): Promise<StorageEntry> {
  const answer = await session.command(call, { method: 'HEAD', path }, signal)
  const time = Date.parse(headerOf(answer, 'last-modified') ?? '')
  const tag = tagOf(headerOf(answer, 'etag'))
  return {
    path,
    sizeBytes: Number(headerOf(answer, 'content-length') ?? Number.NaN),
    ...(Number.isNaN(time) ? {} : { modifiedAt: new Date(time) }),
    ...(tag === undefined ? {} : { tag })
  }
}

/** The bytes of an object, of one content from the first to the last. */
export async function* readObject(
  session: SwiftSession,
  path: string,
  options: GetOptions | undefined
): AsyncGenerator<Uint8Array, void, undefined> {
  resolveRange(options, 0)
  const signal = options?.signal
  if (options?.length === 0) {
    await headObject(session, 'get', path, signal)
    return
  }
  const answer = await openObject(session, path, options)
  if (answer === undefined) return
  const body = { stream: answer, size: Number(headerOf(answer, 'content-length')) }
  yield* readBody(body, path, signal, (error) => session.translate(error, 'get', path))
}

/** Undefined where the range begins at or behind the end, which Swift refuses. */
async function openObject(
  session: SwiftSession,
  path: string,
  options: GetOptions | undefined
): Promise<IncomingMessage | undefined> {
  const start = options?.offset ?? 0
  const isRange = start > 0 || options?.length !== undefined
  const end = options?.length === undefined ? '' : start + options.length - 1
  try {
    const answer = await session.request(
      'get',
      { method: 'GET', path, ...(isRange ? { headers: { range: `bytes=${start}-${end}` } } : {}) },
      options?.signal
    )
    if (!isRange || answer.statusCode === 206) return answer
    answer.destroy()
    throw new StorageError('STORAGE_UNEXPECTED', `${session.where} ignores ranges`, { context: { path } })
  } catch (error) {
    if (isRange && statusOf(error) === 416) return undefined
    throw error
  }
}
