import type { Readable } from 'node:stream'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { incoming } from '@tercet/backend-kit'
import { abortable, type GetOptions, isTercetError, resolveRange, StorageError } from '@tercet/interface'
import { headObject } from './s3-entries.ts'
import { statusOf } from './s3-errors.ts'
import type { S3Session } from './s3-session.ts'

/** The bytes of an object, of one content from the first to the last. */
export async function* readObject(
  session: S3Session,
  path: string,
  options: GetOptions | undefined
): AsyncGenerator<Uint8Array, void, undefined> {
  resolveRange(options, 0)
  const signal = options?.signal
  if (options?.length === 0) {
    await headObject(session, 'get', path, signal)
    return
  }
  const body = await openObject(session, path, options)
  if (body === undefined) return
  try {
    yield* incoming(abortable(body.stream, signal), body.size, path)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw session.translate(error, 'get', path)
  } finally {
    body.stream.destroy()
  }
}

interface Body {
  readonly stream: Readable & AsyncIterable<Uint8Array>
  readonly size: number
}

/** Undefined where the range begins at or behind the end, which S3 refuses. */
async function openObject(
  session: S3Session,
  path: string,
  options: GetOptions | undefined
): Promise<Body | undefined> {
  const Range = rangeOf(options)
  try {
    const answer = await session.request('get', path, options?.signal, (requestOptions) =>
      session.client.send(
        new GetObjectCommand({ ...session.at(path), ...(Range === undefined ? {} : { Range }) }),
        requestOptions
      )
    )
    const stream = answer.Body as unknown as Body['stream']
    if (Range !== undefined && answer.ContentRange === undefined) {
      stream.destroy()
      throw new StorageError(
        'STORAGE_UNEXPECTED',
        `Cannot get ${JSON.stringify(path)}: the store ignores the range`,
        {
          context: { path }
        }
      )
    }
    return { stream, size: answer.ContentLength ?? 0 }
  } catch (error) {
    if (Range !== undefined && isTercetError(error) && statusOf(error) === 416) return undefined
    throw error
  }
}

function rangeOf(options: GetOptions | undefined): string | undefined {
  const start = options?.offset ?? 0
  if (start === 0 && options?.length === undefined) return undefined
  return `bytes=${start}-${options?.length === undefined ? '' : start + options.length - 1}`
}
