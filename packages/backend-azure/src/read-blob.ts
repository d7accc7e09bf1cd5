import { type Body, readBody } from '@tercet/backend-kit'
import { type GetOptions, resolveRange, StorageError } from '@tercet/interface'
import { blobProperties } from './azure-entries.ts'
import { azureCodeOf } from './azure-errors.ts'
import type { AzureSession } from './azure-session.ts'

/** The bytes of a blob, of one content from the first to the last. */
export async function* readBlob(
  session: AzureSession,
  path: string,
  options: GetOptions | undefined
): AsyncGenerator<Uint8Array, void, undefined> {
  resolveRange(options, 0)
  const signal = options?.signal
  if (options?.length === 0) {
    await blobProperties(session, 'get', path, signal)
    return
  }
  const body = await openBlob(session, path, options)
  if (body === undefined) return
  yield* readBody(body, path, signal, (error) => session.translate(error, 'get', path))
}

/** Undefined where the range begins at or behind the end, which Azure refuses. */
async function openBlob(
  session: AzureSession,
  path: string,
  options: GetOptions | undefined
): Promise<Body | undefined> {
  const { offset = 0, length, signal } = options ?? {}
  const isWhole = offset === 0 && length === undefined
  const range = isWhole ? undefined : `bytes=${offset}-${length === undefined ? '' : offset + length - 1}`
  try {
    const stream = await session.request('get', path, signal, () =>
      session.direct.download(session.names.nameOf(path), range, signal)
    )
    if (!isWhole && stream.statusCode !== 206) {
      stream.destroy()
      throw new StorageError('STORAGE_UNEXPECTED', `${session.where} ignores ranges`, { context: { path } })
    }
    const size = stream.headers['content-length']
    return { stream, size: size === undefined ? undefined : Number(size) }
  } catch (error) {
    if (!isWhole && azureCodeOf(error) === 'InvalidRange') return undefined
    throw error
  }
}
