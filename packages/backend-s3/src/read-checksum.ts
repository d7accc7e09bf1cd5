import { type ChecksumAlgorithm, StorageError } from '@tercet/interface'
import { headObject, md5OfTag, tagOf } from './s3-entries.ts'
import type { S3Session } from './s3-session.ts'

/** The digest that the store keeps of an object; undefined for an algorithm that it does not keep. */
export async function readChecksum(
  session: S3Session,
  path: string,
  algorithm: ChecksumAlgorithm,
  signal: AbortSignal | undefined
): Promise<Uint8Array> {
  const head = await headObject(session, 'checksum', path, signal, algorithm === 'CRC32')
  if (algorithm === 'CRC32') {
    if (head.ChecksumCRC32 !== undefined && head.ChecksumType !== 'COMPOSITE')
      return Buffer.from(head.ChecksumCRC32, 'base64')
    throw notKept(path, 'it was stored without one')
  }
  const isPlain = head.SSEKMSKeyId === undefined && head.SSECustomerAlgorithm === undefined
  const md5 = isPlain ? md5OfTag(tagOf(head.ETag)) : undefined
  if (md5 !== undefined) return Buffer.from(md5, 'hex')
  throw notKept(path, isPlain ? 'it was stored in parts' : 'it is encrypted by the store')
}

function notKept(path: string, reason: string): StorageError {
  return new StorageError(
    'STORAGE_UNSUPPORTED',
    `The store has no digest of ${JSON.stringify(path)}: ${reason}`,
    {
      context: { path, what: 'checksum' }
    }
  )
}
