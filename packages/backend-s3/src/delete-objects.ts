import { DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3'
import { deleteInBatches, inLanes } from '@tercet/backend-kit'
import { type CallOptions, type DeleteFailure, isTercetError, StorageError } from '@tercet/interface'
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
  if (!session.options.batchDelete)
    return await deleteInBatches(paths, options, {
      batchSize: 1,
      lanes: AT_ONCE,
      async deleteBatch([path = '']) {
        await deleteObject(session, path, options)
        return []
      }
    })
  return await deleteInBatches(paths, options, {
    batchSize: MOST_DELETES,
    lanes: 1,
    async deleteBatch(batch, signal) {
      const locked = session.options.lockMode === undefined ? [] : await findLocked(session, batch, signal)
      const isLocked = new Set(locked.map(({ path }) => path))
      const possible = batch.filter((path) => !isLocked.has(path))
      return possible.length === 0 ? locked : [...locked, ...(await deleteBatch(session, possible, signal))]
    }
  })
}

async function findLocked(
  session: S3Session,
  paths: readonly string[],
  signal: AbortSignal | undefined
): Promise<DeleteFailure[]> {
  const failures: DeleteFailure[] = []
  await inLanes(paths, AT_ONCE, async (path) => {
    try {
      await assertUnlocked(session, path, signal)
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      failures.push({ path, error })
    }
  })
  return failures
}

async function deleteBatch(
  session: S3Session,
  paths: readonly string[],
  signal: AbortSignal | undefined
): Promise<DeleteFailure[]> {
  const Objects = paths.map((path) => ({ Key: session.names.nameOf(path) }))
  const { Errors = [] } = await session.request('delete', undefined, signal, (requestOptions) =>
    session.client.send(
      new DeleteObjectsCommand({ Bucket: session.options.bucket, Delete: { Objects, Quiet: true } }),
      requestOptions
    )
  )
  return Errors.filter(({ Code }) => Code !== 'NoSuchKey').map(({ Key, Code, Message }) => {
    const path = session.names.pathOf(Key ?? '') ?? ''
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
