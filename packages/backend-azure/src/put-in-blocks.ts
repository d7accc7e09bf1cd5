import { createHash, randomBytes } from 'node:crypto'
import { sendBlocks } from '@tercet/backend-kit'
import type { ByteSource, PutOptions } from '@tercet/interface'
import { azureCodeOf } from './azure-errors.ts'
import type { AzureSession } from './azure-session.ts'
import { conditionsOf } from './put-blob.ts'

const MOST_BLOCKS = 50_000
/** Bytes of the part of a block's name that tells uploads apart. */
const UPLOAD_BYTES = 12

/**
 * Sends a blob in blocks, some at the same time; it appears when their list is committed, with its MD5. Blocks that are
 * never committed are dropped by the store after a week; until then a put with the same `resumeKey` goes on with them.
 * Resolves with the ETag.
 */
export async function putInBlocks(
  session: AzureSession,
  path: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<string | undefined> {
  const { accessTier, blockBytes, parallelBlocks } = session.options
  const upload = uploadOf(options?.resumeKey)
  const stored =
    options?.resumeKey === undefined ? new Set() : await storedBlocks(session, path, options.signal)
  const whole = createHash('md5')
  const ids: string[] = []
  await sendBlocks(source, options, {
    blockBytes: Math.max(blockBytes, Math.ceil(source.size / MOST_BLOCKS)),
    parallel: parallelBlocks,
    onBlock: (bytes) => whole.update(bytes),
    async send(index, bytes, signal) {
      const digest = createHash('md5').update(bytes).digest()
      const id = idOf(upload, index, digest)
      ids[index] = id
      if (stored.has(id)) return
      await session.request('put', path, signal, (requestOptions) =>
        session
          .blob(path)
          .stageBlock(id, bytes, bytes.byteLength, { ...requestOptions, transactionalContentMD5: digest })
      )
    }
  })
  const { etag } = await session.request('put', path, options?.signal, (requestOptions) =>
    session.blob(path).commitBlockList(ids, {
      ...requestOptions,
      conditions: conditionsOf(options),
      blobHTTPHeaders: { blobContentMD5: whole.digest() },
      ...(accessTier === undefined ? {} : { tier: accessTier })
    })
  )
  return etag
}

/** Puts of one name at the same time do not mix their blocks, unless they are the same upload. */
function uploadOf(resumeKey: string | undefined): Buffer {
  if (resumeKey === undefined) return randomBytes(UPLOAD_BYTES)
  return createHash('sha256').update(resumeKey).digest().subarray(0, UPLOAD_BYTES)
}

/** A name that only a block with this content has, so that one that is found has what would be sent. */
function idOf(upload: Buffer, index: number, digest: Buffer): string {
  const number = Buffer.alloc(4)
  number.writeUInt32BE(index)
  return Buffer.concat([upload, number, digest]).toString('base64')
}

/** Names of the blocks that wait to be committed. */
async function storedBlocks(
  session: AzureSession,
  path: string,
  signal: AbortSignal | undefined
): Promise<ReadonlySet<unknown>> {
  try {
    const { uncommittedBlocks = [] } = await session.request('put', path, signal, (requestOptions) =>
      session.blob(path).getBlockList('uncommitted', requestOptions)
    )
    return new Set(uncommittedBlocks.map(({ name }) => name))
  } catch (error) {
    if (azureCodeOf(error) === 'BlobNotFound') return new Set()
    throw error
  }
}
