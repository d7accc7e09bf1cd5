import { DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3'
import {
  assertStoragePath,
  type CallOptions,
  type DeleteFailure,
  isTercetError,
  StorageError
} from '@tercet/interface'
import { headObject } from './s3-entries.ts'
import type { S3Session } from './s3-session.ts'

/** The most that one request takes. */
export const MOST_DELETES = 1000
/** Single requests that are under way at the same time. */
const AT_ONCE = 16

/** Where locks are in use, a delete would hide a locked object and say that all is well: it is looked at before. */
export async function deleteObject(
  session: S3Session,
  path: string,
  options: CallOptions | undefined
): Promise<void> {
  if (session.options.lockMode !== undefined) await assertUnlocked(session, path, options?.signal)
  await session.request('delete', path, options?.signal, (requestOptions) =>
    session.client.send(new DeleteObjectCommand(session.at(path)), requestOptions)
  )
}

/** Deletes up to 1000 objects by each request, where the store can; else one by one, some at the same time. */
export async function deleteObjects(
  session: S3Session,
  paths: readonly string[],
  options: CallOptions | undefined
): Promise<readonly DeleteFailure[]> {
  const failures: DeleteFailure[] = []
  const possible = await inLanes(paths, options, failures, async (path) => {
    assertStoragePath(path)
    if (!session.options.batchDelete) return await deleteObject(session, path, options)
    if (session.options.lockMode !== undefined) await assertUnlocked(session, path, options?.signal)
  })
  if (!session.options.batchDelete) return failures
  for (let from = 0; from < possible.length; from += MOST_DELETES) {
    const batch = possible.slice(from, from + MOST_DELETES)
    try {
      failures.push(...(await deleteBatch(session, batch, options?.signal)))
    } catch (error) {
      if (options?.signal?.aborted) throw options.signal.reason
      failures.push(...batch.map((path) => ({ path, error })))
    }
  }
  return failures
}

async function deleteBatch(
  session: S3Session,
  paths: readonly string[],
  signal: AbortSignal | undefined
): Promise<DeleteFailure[]> {
  const Objects = paths.map((path) => ({ Key: session.keyOf(path) }))
  const { Errors = [] } = await session.request('delete', undefined, signal, (requestOptions) =>
    session.client.send(
      new DeleteObjectsCommand({ Bucket: session.options.bucket, Delete: { Objects, Quiet: true } }),
      requestOptions
    )
  )
  return Errors.filter(({ Code }) => Code !== 'NoSuchKey').map(({ Key, Code, Message }) => {
    const path = session.pathOf(Key ?? '') ?? ''
    const native = { name: Code ?? 'Unknown', message: Message, $metadata: { httpStatusCode: 200 } }
    return { path, error: session.translate(native, 'delete', path) }
  })
}

async function assertUnlocked(
  session: S3Session,
  path: string,
  signal: AbortSignal | undefined
): Promise<void> {
  try {
    const { ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = await headObject(
      session,
      'delete',
      path,
      signal
    )
    if (hold === 'ON') throw locked(path, 'a legal hold is on it')
    if (until !== undefined && until.getTime() > session.options.clock.now())
      throw locked(path, `it is locked until ${until.toISOString()}`)
  } catch (error) {
    if (!isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
  }
}

function locked(path: string, reason: string): StorageError {
  return new StorageError('STORAGE_LOCKED', `Cannot delete ${JSON.stringify(path)}: ${reason}`, {
    context: { path }
  })
}

/** Does `work` for each path, some at the same time; resolves with those for which it succeeded, in order. */
async function inLanes(
  paths: readonly string[],
  options: CallOptions | undefined,
  failures: DeleteFailure[],
  work: (path: string) => Promise<void>
): Promise<string[]> {
  const done = new Set<number>()
  const queue = paths.entries()
  const lane = async (): Promise<void> => {
    for (const [index, path] of queue) {
      options?.signal?.throwIfAborted()
      try {
        await work(path)
        done.add(index)
      } catch (error) {
        if (options?.signal?.aborted) throw options.signal.reason
        failures.push({ path, error })
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return paths.filter((_, index) => done.has(index))
}
