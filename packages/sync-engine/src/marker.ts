/** The opt-in file at a replica that says what it is a copy of and how current it is. */
import { bytesSource, type CallOptions, isTercetError, type StorageBackend } from '@tercet/interface'
import { MARKER_NAME } from './reserved-names.ts'
import { SyncError } from './sync-error.ts'

export interface ReplicaMarker {
  /** The backup that the replica copies. */
  readonly sourceId: string
  /** The run of the backup that it is current with. */
  readonly backupId: string | undefined
  readonly writtenAt: Date
  readonly files: number
  readonly bytes: number
  /** SHA-256, hexadecimal, over names, sizes and times of the primary's listing. */
  readonly digest: string
}

/** Far more than a marker has. */
const MAX_BYTES = 64 * 1024

export async function writeMarker(
  backend: StorageBackend,
  marker: ReplicaMarker,
  options?: CallOptions
): Promise<void> {
  const text = JSON.stringify({
    version: 1,
    source: marker.sourceId,
    backup: marker.backupId ?? null,
    writtenAt: marker.writtenAt.toISOString(),
    files: marker.files,
    bytes: marker.bytes,
    digest: marker.digest
  })
  await backend.put(MARKER_NAME, bytesSource(new TextEncoder().encode(`${text}\n`)), options)
}

/**
 * Tells in one request whether a replica is current; undefined where there is no marker.
 *
 * @throws SyncError `SYNC_MARKER_INVALID`
 */
export async function readMarker(
  backend: StorageBackend,
  options?: CallOptions
): Promise<ReplicaMarker | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of backend.get(MARKER_NAME, options)) {
      length += chunk.byteLength
      if (length > MAX_BYTES) throw invalid(backend)
      chunks.push(chunk)
    }
  } catch (error) {
    if (isTercetError(error, 'STORAGE_NOT_FOUND')) return undefined
    throw error
  }
  let data: Record<string, unknown> | null
  try {
    data = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    throw invalid(backend, error)
  }
  const { version, source, backup, writtenAt, files, bytes, digest } = data ?? {}
  const time = typeof writtenAt === 'string' ? new Date(writtenAt) : undefined
  if (
    version !== 1 ||
    typeof source !== 'string' ||
    time === undefined ||
    Number.isNaN(time.getTime()) ||
    typeof files !== 'number' ||
    typeof bytes !== 'number' ||
    typeof digest !== 'string'
  ) {
    throw invalid(backend)
  }
  const backupId = typeof backup === 'string' ? backup : undefined
  return { sourceId: source, backupId, writtenAt: time, files, bytes, digest }
}

function invalid(backend: StorageBackend, cause?: unknown): SyncError {
  return new SyncError(
    'SYNC_MARKER_INVALID',
    `${MARKER_NAME} at ${backend.displayName} cannot be understood; delete it, or adopt the replica`,
    { cause, context: { place: backend.displayName } }
  )
}
