import { assertStoragePath, type CallOptions, type DeleteFailure } from '@tercet/interface'
import { azureCodeOf } from './azure-errors.ts'
import type { AzureSession } from './azure-session.ts'

/** The most that one request takes. */
export const MOST_DELETES = 256

/** Deletes a blob with its snapshots. */
export async function deleteBlob(
  session: AzureSession,
  path: string,
  options: CallOptions | undefined
): Promise<void> {
  try {
    await session.request('delete', path, options?.signal, (requestOptions) =>
      session.blob(path).delete({ ...requestOptions, deleteSnapshots: 'include' })
    )
  } catch (error) {
    if (azureCodeOf(error) !== 'BlobNotFound') throw error
  }
}

/** Deletes up to 256 blobs by each request. */
export async function deleteBlobs(
  session: AzureSession,
  paths: readonly string[],
  options: CallOptions | undefined
): Promise<readonly DeleteFailure[]> {
  const failures: DeleteFailure[] = []
  const possible = paths.filter((path) => {
    try {
      assertStoragePath(path)
      return true
    } catch (error) {
      failures.push({ path, error })
      return false
    }
  })
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
  session: AzureSession,
  paths: readonly string[],
  signal: AbortSignal | undefined
): Promise<DeleteFailure[]> {
  const { subResponses } = await session.request('delete', undefined, signal, (requestOptions) =>
    session.container.getBlobBatchClient().deleteBlobs(
      paths.map((path) => session.blob(path)),
      { ...requestOptions, deleteSnapshots: 'include' }
    )
  )
  return subResponses.flatMap(({ status, errorCode, statusMessage }, index) => {
    if (status < 300 || errorCode === 'BlobNotFound') return []
    const path = paths[index] ?? ''
    const native = { name: 'RestError', message: statusMessage, code: errorCode, statusCode: status }
    return [{ path, error: session.translate(native, 'delete', path) }]
  })
}
