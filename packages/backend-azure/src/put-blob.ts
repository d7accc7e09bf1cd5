import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { BlobRequestConditions, BlockBlobUploadResponse } from '@azure/storage-blob'
import { outgoing, withheld } from '@tercet/backend-kit'
import { type ByteSource, type PutOptions, type StorageEntry, StorageError } from '@tercet/interface'
import { blobProperties, entryOf, tagOf } from './azure-entries.ts'
import { azureCodeOf } from './azure-errors.ts'
import type { AzureSession } from './azure-session.ts'
import { putInBlocks } from './put-in-blocks.ts'

/** Stores a blob, and looks whether the store has what was sent. */
export async function putBlob(
  session: AzureSession,
  path: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<StorageEntry> {
  try {
    return source.size >= session.options.blocksThresholdBytes
      ? await putParts(session, path, source, options)
      : await putAtOnce(session, path, source, options)
  } catch (error) {
    throw conditionError(error, path, options)
  }
}

/** What a put asks of what is there. */
export function conditionsOf(options: PutOptions | undefined): BlobRequestConditions {
  if (options?.ifAbsent) return { ifNoneMatch: '*' }
  return options?.ifMatch === undefined ? {} : { ifMatch: `"${options.ifMatch}"` }
}

async function putParts(
  session: AzureSession,
  path: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<StorageEntry> {
  const etag = await putInBlocks(session, path, source, options)
  const entry = entryOf(path, await blobProperties(session, 'put', path, options?.signal))
  if (entry.tag !== tagOf(etag)) return { ...entry, sizeBytes: source.size, tag: tagOf(etag) } // replaced meanwhile
  if (entry.sizeBytes === source.size) return entry
  throw damaged(path, `${entry.sizeBytes} bytes instead of ${source.size}`)
}

async function putAtOnce(
  session: AzureSession,
  path: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<StorageEntry> {
  const hash = createHash('md5')
  const body = Readable.from(withheld(outgoing(source, options), hash), { objectMode: false })
  const answer = await send(session, path, source.size, body, options)
  const md5 = hash.digest()
  if (answer.contentMD5 === undefined || Buffer.compare(answer.contentMD5, md5) !== 0)
    throw damaged(path, `another MD5 than ${md5.toString('hex')}`)
  return {
    path,
    sizeBytes: source.size,
    modifiedAt: answer.lastModified,
    tag: tagOf(answer.etag),
    archived: session.options.accessTier?.toLowerCase() === 'archive'
  }
}

async function send(
  session: AzureSession,
  path: string,
  size: number,
  body: Readable,
  options: PutOptions | undefined
): Promise<BlockBlobUploadResponse> {
  const { accessTier } = session.options
  // The client neither passes a failure of the body on nor ends a request whose answer came too early.
  const broken = new AbortController()
  let failure: unknown
  body.once('error', (error) => {
    failure ??= error
    broken.abort(error)
  })
  const signal = AbortSignal.any([broken.signal, ...(options?.signal === undefined ? [] : [options.signal])])
  try {
    return await session.request('put', path, signal, (requestOptions) =>
      session.blob(path).upload(size === 0 ? Buffer.alloc(0) : body, size, {
        ...requestOptions,
        conditions: conditionsOf(options),
        ...(accessTier === undefined ? {} : { tier: accessTier })
      })
    )
  } catch (error) {
    throw options?.signal?.aborted ? options.signal.reason : (failure ?? error)
  } finally {
    body.destroy()
    broken.abort()
  }
}

function damaged(path: string, what: string): StorageError {
  return new StorageError('STORAGE_CORRUPT', `${JSON.stringify(path)} was stored with ${what}`, {
    retry: 'may-help',
    context: { path }
  })
}

/** A condition that did not hold, in the words of the condition. */
function conditionError(error: unknown, path: string, options: PutOptions | undefined): unknown {
  const code = azureCodeOf(error)
  const at = JSON.stringify(path)
  const context = { path, ...(code === undefined ? {} : { azureCode: code }) }
  if (options?.ifAbsent && code === 'ConditionNotMet')
    return new StorageError('STORAGE_EXISTS', `${at} is there already`, { cause: error, context })
  if (options?.ifMatch !== undefined && code === 'BlobNotFound')
    return new StorageError('STORAGE_CONFLICT', `${at} is not there any more`, { cause: error, context })
  return error
}
