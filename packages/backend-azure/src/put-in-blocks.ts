import { createHash, randomBytes } from 'node:crypto'
import { outgoing } from '@tercet/backend-kit'
import type { ByteSource, PutOptions } from '@tercet/interface'
import type { AzureSession } from './azure-session.ts'
import { conditionsOf } from './put-blob.ts'

const MOST_BLOCKS = 50_000

/**
 * Sends a blob in blocks, some at the same time; it appears when their list is committed, with its MD5. Blocks that are
 * never committed are dropped by the store after a week. Resolves with the ETag.
 */
export async function putInBlocks(
  session: AzureSession,
  path: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<string | undefined> {
  const { accessTier } = session.options
  const { ids, md5 } = await sendBlocks(session, path, source, options)
  const { etag } = await session.request('put', path, options?.signal, (requestOptions) =>
    session.blob(path).commitBlockList(ids, {
      ...requestOptions,
      conditions: conditionsOf(options),
      blobHTTPHeaders: { blobContentMD5: md5 },
      ...(accessTier === undefined ? {} : { tier: accessTier })
    })
  )
  return etag
}

async function sendBlocks(
  session: AzureSession,
  path: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<{ ids: string[]; md5: Uint8Array }> {
  const failure = new AbortController()
  const signal = AbortSignal.any([failure.signal, ...(options?.signal === undefined ? [] : [options.signal])])
  const upload = randomBytes(9) // so that puts of one name at the same time do not mix their blocks
  const whole = createHash('md5')
  const ids: string[] = []
  const running = new Set<Promise<void>>()
  const free: Buffer[] = []
  let sent = 0
  const sendBlock = async (id: string, bytes: Buffer): Promise<void> => {
    const digest = createHash('md5').update(bytes).digest()
    await session.request('put', path, signal, (requestOptions) =>
      session
        .blob(path)
        .stageBlock(id, bytes, bytes.byteLength, { ...requestOptions, transactionalContentMD5: digest })
    )
    free.push(bytes)
    sent += bytes.byteLength
    report(options, sent)
  }
  try {
    const blockBytes = Math.max(session.options.blockBytes, Math.ceil(source.size / MOST_BLOCKS))
    for await (const bytes of inBlocks(
      outgoing(source, { ...options, onProgress: undefined }),
      blockBytes,
      free
    )) {
      whole.update(bytes)
      const number = Buffer.alloc(3)
      number.writeUIntBE(ids.length, 0, 3)
      const id = Buffer.concat([upload, number]).toString('base64')
      ids.push(id)
      const sending: Promise<void> = sendBlock(id, bytes).finally(() => running.delete(sending))
      sending.catch((error) => failure.abort(error))
      running.add(sending)
      if (running.size >= session.options.parallelBlocks) await Promise.race(running)
    }
    await Promise.all(running)
  } catch (error) {
    failure.abort(error)
    await Promise.allSettled(running)
    throw options?.signal?.aborted ? options.signal.reason : failure.signal.reason
  }
  return { ids, md5: whole.digest() }
}

/** The bytes in blocks of one size, the last one shorter; in buffers that are `free` again, where there are some. */
async function* inBlocks(
  chunks: AsyncIterable<Uint8Array>,
  blockBytes: number,
  free: Buffer[]
): AsyncGenerator<Buffer, void, undefined> {
  const take = (): Buffer => {
    const known = free.pop()
    return known?.byteLength === blockBytes ? known : Buffer.allocUnsafeSlow(blockBytes)
  }
  let block: Buffer | undefined
  let filled = 0
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.byteLength; ) {
      block ??= take()
      const length = Math.min(chunk.byteLength - from, blockBytes - filled)
      block.set(chunk.subarray(from, from + length), filled)
      from += length
      filled += length
      if (filled < blockBytes) continue
      yield block
      block = undefined
      filled = 0
    }
  }
  if (block !== undefined) yield block.subarray(0, filled)
}

function report(options: PutOptions | undefined, sent: number): void {
  try {
    options?.onProgress?.(sent)
  } catch {
    // Display only.
  }
}
