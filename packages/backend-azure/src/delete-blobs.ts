import { deleteInBatches } from '@tercet/backend-kit'
import type { CallOptions, DeleteFailure } from '@tercet/interface'
import { azureCodeOf } from './azure-errors.ts'
import type { AzureSession } from './azure-session.ts'

/** The most that one request takes. */
export const MOST_DELETES = 256

/** Batches that are under way at the same time: the store goes through each blob by blob. */
const AT_ONCE = 4

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
  return await deleteInBatches(paths, options, {
    batchSize: MOST_DELETES,
    lanes: AT_ONCE,
    deleteBatch: (batch, signal) => deleteBatch(session, batch, signal)
  })
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
