import { finished, Readable } from 'node:stream'
import { outgoing } from '@tercet/backend-kit'
import type { ByteSource, PutOptions } from '@tercet/interface'
import type { WebdavSession } from './webdav-session.ts'

/** Bytes that may wait between the source and the connection, so that neither waits for the other. */
const AHEAD_BYTES = 1024 * 1024

/** Sends all of `source` to a URL. */
export async function uploadFile(
  session: WebdavSession,
  { url, path }: { readonly url: string; readonly path: string },
  source: ByteSource,
  options: PutOptions | undefined
): Promise<void> {
  const body = Readable.from(outgoing(source, options), { objectMode: false, highWaterMark: AHEAD_BYTES })
  let failure: unknown
  finished(body, { writable: false }, (error) => {
    failure = error
  })
  try {
    await session.order({
      method: 'PUT',
      url,
      headers: { 'Content-Length': String(source.size), 'Content-Type': 'application/octet-stream' },
      body,
      call: 'put',
      path,
      signal: options?.signal
    })
  } catch (error) {
    // What the source failed with tells more than that the request broke off.
    if (!options?.signal?.aborted && failure !== undefined && !isEndOfRequest(failure)) throw failure
    throw error
  } finally {
    body.destroy()
  }
}

/** The body was closed because the request ended, not because the source failed. */
function isEndOfRequest(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR' || code === 'ERR_STREAM_DESTROYED'
}
