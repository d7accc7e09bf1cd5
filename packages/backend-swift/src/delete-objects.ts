import { deleteInBatches, readText } from '@tercet/backend-kit'
import { type CallOptions, type DeleteFailure, StorageError } from '@tercet/interface'
import { type SwiftSession, statusOf } from './swift-session.ts'

/** Single requests that are under way at the same time. */
const AT_ONCE = 8

export async function deleteObject(
  session: SwiftSession,
  path: string,
  options: CallOptions | undefined
): Promise<void> {
  try {
    await session.command('delete', { method: 'DELETE', path }, options?.signal)
  } catch (error) {
    if (statusOf(error) !== 404) throw error
    await session.command('delete', { method: 'HEAD' }, options?.signal) // is there a container at all?
  }
}

/** Deletes by requests of up to `batchSize` objects; with 1 one by one, some at the same time. */
export async function deleteObjects(
  session: SwiftSession,
  paths: readonly string[],
  batchSize: number,
  options: CallOptions | undefined
): Promise<readonly DeleteFailure[]> {
  if (batchSize > 1)
    return await deleteInBatches(paths, options, {
      batchSize,
      lanes: 1,
      deleteBatch: (batch, signal) => deleteBatch(session, batch, signal)
    })
  return await deleteInBatches(paths, options, {
    batchSize,
    lanes: AT_ONCE,
    async deleteBatch([path = '']) {
      await deleteObject(session, path, options)
      return []
    }
  })
}

interface BulkAnswer {
  readonly Errors?: readonly (readonly [name: string, status: string])[]
  readonly 'Response Status'?: string
}

async function deleteBatch(
  session: SwiftSession,
  paths: readonly string[],
  signal: AbortSignal | undefined
): Promise<DeleteFailure[]> {
  const body = paths.map((path) => `/${session.encoded(path)}\n`).join('')
  const answer = await session.request(
    'delete',
    {
      method: 'POST',
      of: 'account',
      query: { 'bulk-delete': 'true' },
      headers: {
        accept: 'application/json',
        'content-type': 'text/plain',
        'content-length': String(Buffer.byteLength(body))
      },
      body: () => body
    },
    signal
  )
  const { Errors = [], 'Response Status': status = '' } = parse(await readText(answer))
  const failed = new Map(Errors.map(([name, reason]) => [decodeURIComponent(name), reason]))
  const isWhole = failed.size === 0 && !/^(200|404)\b/.test(status)
  return paths.flatMap((path) => {
    const reason = isWhole
      ? status
      : failed.get(`/${session.options.container}/${session.names.nameOf(path)}`)
    return reason === undefined ? [] : [{ path, error: failure(session, path, reason) }]
  })
}

function parse(text: string): BulkAnswer {
  try {
    return (JSON.parse(text) ?? {}) as BulkAnswer
  } catch {
    return { 'Response Status': 'an answer that cannot be read' }
  }
}

function failure(session: SwiftSession, path: string, reason: string): StorageError {
  const isDenied = /^40[13]\b/.test(reason)
  return new StorageError(
    isDenied ? 'STORAGE_ACCESS_DENIED' : 'STORAGE_UNAVAILABLE',
    `Cannot delete ${JSON.stringify(path)} at ${session.where}: ${reason}`,
    { retry: isDenied ? 'never' : 'may-help', context: { path } }
  )
}
