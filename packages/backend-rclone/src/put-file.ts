import { stat } from 'node:fs/promises'
import { basename, dirname, posix } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { outgoing, temporaryName } from '@tercet/backend-kit'
import { type ByteSource, type PutOptions, StorageError } from '@tercet/interface'
import type { RcloneSession, RemoteItem } from './rclone-session.ts'

/**
 * Stores an object. Where the remote can rename, it is sent under another name and renamed when it is whole. A file of
 * this machine is read by rclone itself; everything else is streamed to it. Resolves with what rclone says of it.
 */
export async function putFile(
  session: RcloneSession,
  path: string,
  source: ByteSource,
  viaRename: boolean,
  options: PutOptions | undefined
): Promise<RemoteItem> {
  const signal = options?.signal
  const target = viaRename ? besides(path) : path
  try {
    const item = await upload(session, path, target, source, options)
    if (viaRename) await move(session, 'put', target, path, signal)
    return { ...item, Path: path }
  } catch (error) {
    if (viaRename) await remove(session, target)
    throw error
  }
}

export async function move(
  session: RcloneSession,
  what: string,
  from: string,
  to: string,
  signal: AbortSignal | undefined
): Promise<void> {
  const { fs } = session
  await session.call(
    'operations/movefile',
    { srcFs: fs, srcRemote: from, dstFs: fs, dstRemote: to },
    what,
    from,
    signal
  )
}

function besides(path: string): string {
  const folder = posix.dirname(path)
  return folder === '.' ? temporaryName() : `${folder}/${temporaryName()}`
}

async function upload(
  session: RcloneSession,
  path: string,
  target: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<RemoteItem> {
  if (source.localFile !== undefined) {
    const file = source.localFile.path
    await assertFile(file, source.size)
    // Rclone reads it by itself, so a digest that was announced is compared before.
    if (options?.sha256 !== undefined)
      for await (const _ of outgoing(source, { ...options, onProgress: undefined }));
    const from = { srcFs: dirname(file), srcRemote: basename(file) }
    const to = { dstFs: session.fs, dstRemote: target }
    // It compares the length and the digest of what is stored. What is there before does not matter: else it would leave
    // a file of the same length and time as it is.
    const how = { _config: { NoCheckDest: true } }
    await session.call('operations/copyfile', { ...from, ...to, ...how }, 'put', path, options?.signal)
    await assertFile(file, source.size) // nobody has written to it meanwhile
    return { Path: path, Size: source.size }
  }
  await stream(session, path, target, source, options)
  return await lookAt(session, path, target, source.size, options?.signal)
}

async function assertFile(file: string, announced: number): Promise<void> {
  const { size: seen } = await stat(file)
  if (seen === announced) return
  throw new StorageError(
    'STORAGE_SOURCE_MISMATCH',
    `The source announced ${announced} bytes; its file has ${seen}`,
    {
      context: { announced, seen }
    }
  )
}

async function stream(
  session: RcloneSession,
  path: string,
  target: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<void> {
  const boundary = temporaryName()
  const name = encodeURIComponent(posix.basename(target)).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`
  )
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename*=UTF-8''${name}\r\n\r\n`
  const tail = `\r\n--${boundary}--\r\n`
  const folder = posix.dirname(target)
  const query = new URLSearchParams({ fs: session.fs, remote: folder === '.' ? '' : folder })
  const failed = new AbortController()
  const signal = AbortSignal.any([failed.signal, ...(options?.signal === undefined ? [] : [options.signal])])
  try {
    const answer = await session.send(
      {
        method: 'POST',
        path: `/operations/uploadfile?${query}`,
        headers: {
          'content-type': `multipart/form-data; boundary=${boundary}`,
          'content-length': String(head.length + source.size + tail.length)
        }
      },
      'put',
      path,
      signal,
      (request) => {
        const content = Readable.from(framed(head, outgoing(source, options), tail), { objectMode: false })
        pipeline(content, request).catch((error: unknown) => failed.abort(error))
      }
    )
    answer.resume()
  } catch (error) {
    throw options?.signal?.aborted ? options.signal.reason : session.translate(error, 'put', path)
  }
}

async function* framed(
  head: string,
  content: AsyncIterable<Uint8Array>,
  tail: string
): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(head)
  yield* content
  yield Buffer.from(tail)
}

/** What was stored, which must be as long as what was sent: a stream that broke off may look to rclone as if it had ended. */
async function lookAt(
  session: RcloneSession,
  path: string,
  target: string,
  size: number,
  signal: AbortSignal | undefined
): Promise<RemoteItem> {
  const { item } = await session.call<{ item: RemoteItem | null }>(
    'operations/stat',
    { fs: session.fs, remote: target, opt: { noMimeType: true } },
    'put',
    path,
    signal
  )
  if (item !== null && (item.Size === size || item.Size === -1)) return item
  throw new StorageError(
    'STORAGE_CORRUPT',
    `${JSON.stringify(path)} was stored with ${item?.Size ?? 'no'} bytes instead of ${size}`,
    { retry: 'may-help', context: { path, sizeBytes: size } }
  )
}

async function remove(session: RcloneSession, target: string): Promise<void> {
  await session
    .call(
      'operations/deletefile',
      { fs: session.fs, remote: target },
      'delete',
      target,
      AbortSignal.timeout(800)
    )
    .catch(() => {})
}
