import type { Readable } from 'node:stream'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { type Body, readBody } from '@tercet/backend-kit'
import { type GetOptions, isTercetError, resolveRange, StorageError } from '@tercet/interface'
import type { DirectRequests } from './direct-request.ts'
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
  yield* readBody(body, path, signal, (error) => session.translate(error, 'get', path))
}

interface Answer extends Body {
  readonly isRange: boolean
}

/** Undefined where the range begins at or behind the end, which S3 refuses. */
async function openObject(
  session: S3Session,
  path: string,
  options: GetOptions | undefined
): Promise<Body | undefined> {
  const range = rangeOf(options)
  try {
    const answer = await session.request('get', path, options?.signal, (requestOptions) =>
      session.direct === undefined
        ? askClient(session, path, range, requestOptions)
        : askDirectly(session, session.direct, path, range, options?.signal)
    )
    if (range === undefined || answer.isRange) return answer
    answer.stream.destroy()
    throw new StorageError(
      'STORAGE_UNEXPECTED',
      `Cannot get ${JSON.stringify(path)}: the store ignores the range`,
      { context: { path } }
    )
  } catch (error) {
    if (range !== undefined && isTercetError(error) && statusOf(error) === 416) return undefined
    throw error
  }
}

async function askDirectly(
  session: S3Session,
  direct: DirectRequests,
  path: string,
  range: string | undefined,
  signal: AbortSignal | undefined
): Promise<Answer> {
  const headers = range === undefined ? {} : { range }
  const key = session.names.nameOf(path)
  const stream = await direct.send({ method: 'GET', key, headers }, signal)
  const size = Number(stream.headers['content-length'] ?? 0)
  return { stream, size, isRange: stream.headers['content-range'] !== undefined }
}

async function askClient(
  session: S3Session,
  path: string,
  Range: string | undefined,
  requestOptions: { readonly abortSignal?: AbortSignal }
): Promise<Answer> {
  const { Body, ContentLength, ContentRange } = await session.client.send(
    new GetObjectCommand({ ...session.at(path), ...(Range === undefined ? {} : { Range }) }),
    requestOptions
  )
  return { stream: Body as Readable, size: ContentLength ?? 0, isRange: ContentRange !== undefined }
}

function rangeOf(options: GetOptions | undefined): string | undefined {
  const start = options?.offset ?? 0
  if (start === 0 && options?.length === undefined) return undefined
  return `bytes=${start}-${options?.length === undefined ? '' : start + options.length - 1}`
}
