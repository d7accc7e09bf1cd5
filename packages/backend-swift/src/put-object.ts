import { createHash } from 'node:crypto'
import { outgoing, withheld } from '@tercet/backend-kit'
import { type ByteSource, type PutOptions, type StorageEntry, StorageError } from '@tercet/interface'
import { headObject, tagOf } from './read-object.ts'
import { headerOf } from './swift-auth.ts'
import type { SwiftSession } from './swift-session.ts'

/** Stores an object, and looks whether the store has what was sent. */
export async function putObject(
  session: SwiftSession,
  path: string,
  source: ByteSource,
  options: PutOptions | undefined
): Promise<StorageEntry> {
  let hash = createHash('md5')
  const answer = await session.command(
    'put',
    {
      method: 'PUT',
      path,
      headers: { 'content-length': String(source.size), 'content-type': 'application/octet-stream' },
      body: () => {
        hash = createHash('md5')
        return withheld(outgoing(source, options), hash)
      }
    },
    options?.signal
  )
  const md5 = hash.digest('hex')
  const tag = tagOf(headerOf(answer, 'etag'))
  if (tag !== undefined && tag !== md5) throw damaged(path, `the MD5 ${tag} instead of ${md5}`)
  const entry = await headObject(session, 'put', path, options?.signal)
  if (entry.tag !== md5) return { ...entry, sizeBytes: source.size, tag: md5 } // replaced meanwhile
  if (entry.sizeBytes === source.size) return entry
  throw damaged(path, `${entry.sizeBytes} bytes instead of ${source.size}`)
}

function damaged(path: string, what: string): StorageError {
  return new StorageError('STORAGE_CORRUPT', `${JSON.stringify(path)} was stored with ${what}`, {
    retry: 'may-help',
    context: { path }
  })
}
