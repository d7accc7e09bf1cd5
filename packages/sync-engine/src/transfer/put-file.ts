/**
 * Puts one file to a replica so that its name never shows wrong or partial content: the store's own atomic put, or a put
 * under a temporary name that is renamed when it is complete.
 */
import { randomUUID } from 'node:crypto'
import { type ByteSource, isTercetError } from '@tercet/interface'
import { askedDigest, readDigest } from '../copies/copy-digest.ts'
import { createDigest, type Digest, ownChecksum } from '../digests.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { PlannedPut } from '../plan/sync-plan.ts'
import { retainedNameFor, temporaryNameFor } from '../reserved-names.ts'
import type { ResolvedReplica } from '../resolve-options.ts'
import { SyncError } from '../sync-error.ts'
import type { FileContent } from './primary-reader.ts'
import { renameFile } from './rename-file.ts'

export interface PutFileOptions {
  readonly replica: ResolvedReplica
  readonly endpoint: Endpoint
  readonly now: () => number
  readonly signal: AbortSignal
  /** Told how many bytes of this attempt were sent. */
  readonly onProgress: (sentBytes: number) => void
}

/** How long a file under a temporary name may take to be removed after a failure. */
const CLEAN_UP_MS = 4000

/** Answers with how well the file is known to have arrived. */
export async function putFile(
  put: PlannedPut,
  content: FileContent,
  options: PutFileOptions
): Promise<'put' | 'checksum' | 'download'> {
  const { replica, signal } = options
  if (put.replacedBytes !== undefined && replica.settings.retention) await keepReplaced(put.path, options)
  await putOrMakeFolder(put.path, content, options)
  const depth = await verifyPut(put.path, content, options)
  signal.throwIfAborted()
  if (content.sha256 !== undefined) {
    replica.ledger?.set(put.path, {
      sizeBytes: content.source.size,
      sha256: content.sha256,
      verifiedAt: options.now(),
      depth
    })
  } else replica.ledger?.delete(put.path)
  return depth
}

/** The old content stays under its name until the new one takes its place. */
async function keepReplaced(path: string, options: PutFileOptions): Promise<void> {
  const { endpoint, signal, now } = options
  const to = retainedNameFor(path, now())
  try {
    await renameFile({ endpoint, from: path, to, keepsOriginal: true, signal })
  } catch (error) {
    if (!isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
  }
}

async function putOrMakeFolder(path: string, content: FileContent, options: PutFileOptions): Promise<void> {
  const { settings } = options.replica
  const { backend } = options.endpoint
  try {
    await putWhole(path, content, options)
  } catch (error) {
    const mayMake = settings.autoCreateFolders && backend.capabilities.createFolder
    if (!mayMake || !isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    const { signal, endpoint } = options
    await endpoint.run('other', { method: 'createFolder', signal }, () =>
      backend.createFolder(folder, { signal })
    )
    await putWhole(path, content, options)
  }
}

async function putWhole(path: string, content: FileContent, options: PutFileOptions): Promise<void> {
  const { endpoint, signal, onProgress } = options
  const { backend } = endpoint
  // A folder of this machine could only hash the same bytes in memory once more; a store far away checks what arrived.
  const isCheckedEnough = content.isInMemory === true && backend.localFolder !== undefined
  const sha256 =
    content.sha256 === undefined || isCheckedEnough
      ? undefined
      : new Uint8Array(Buffer.from(content.sha256, 'hex'))
  // What was sent of other content under the name must not become a part of this one.
  const resumeKey = `${path} ${content.source.size} ${content.sha256 ?? randomUUID()}`
  const put = (name: string) =>
    endpoint.run('upload', { method: 'put', signal }, () =>
      backend.put(name, content.source, { signal, onProgress, sha256, resumeKey })
    )
  if (backend.capabilities.atomicPut || !backend.capabilities.rename) {
    await put(path)
    return
  }
  const temporary = temporaryNameFor(path)
  try {
    await put(temporary)
    await endpoint.run('other', { method: 'rename', signal }, () =>
      backend.rename(temporary, path, { signal })
    )
  } catch (error) {
    await backend.delete(temporary, { signal: AbortSignal.timeout(CLEAN_UP_MS) }).catch(() => {})
    throw error
  }
}

async function verifyPut(
  path: string,
  { source, sha256 }: FileContent,
  { replica, endpoint, signal }: PutFileOptions
): Promise<'put' | 'checksum' | 'download'> {
  const level = replica.settings.verifyGetAfterPut
  if (level === 'none') return 'put'
  const own = level === 'checksum' ? ownChecksum(endpoint.backend) : undefined
  const algorithm: Digest = own ?? 'SHA256'
  const wanted =
    algorithm === 'SHA256' && sha256 !== undefined ? sha256 : await digestOf(source, algorithm, signal)
  // A store that gives no digest is read: less would be no verification.
  const found =
    own === undefined
      ? await readDigest(endpoint, path, algorithm, signal)
      : await askedDigest(endpoint, path, own, signal)
  if (found !== wanted) {
    throw new SyncError('SYNC_REPLICA_MISMATCH', `${path} arrived damaged at the replica "${replica.id}"`, {
      context: { path, replica: replica.id }
    })
  }
  return own === undefined ? 'download' : 'checksum'
}

async function digestOf(source: ByteSource, algorithm: Digest, signal: AbortSignal): Promise<string> {
  const digest = createDigest(algorithm)
  for await (const chunk of source.open({ signal })) digest.update(chunk)
  return digest.digest('hex')
}
