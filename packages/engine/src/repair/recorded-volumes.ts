import { hashSizeBytes } from '@tercet/crypto'
import type { CallOptions, StorageBackend } from '@tercet/interface'
import { decodeVerificationFile, verificationFileName } from '@tercet/volume-format'
import type { StoredSettings } from '../common/stored-settings.ts'

/** What somebody wrote down of a volume when it was stored. */
export interface RecordedVolume {
  readonly sizeBytes: number
  readonly hash: Uint8Array
}

/** A record has about 250 bytes. */
const MAX_BYTES = 256 * 1024 * 1024

/**
 * The volumes that the verification file of a place speaks of. One that is not there or cannot be understood is as good as
 * none: it is a help and no condition.
 */
export async function recordedVolumes(
  place: StorageBackend,
  { prefix, fileHash }: StoredSettings,
  { signal }: CallOptions
): Promise<ReadonlyMap<string, RecordedVolume>> {
  const recorded = new Map<string, RecordedVolume>()
  try {
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of place.get(verificationFileName(prefix), { signal })) {
      length += chunk.byteLength
      if (length > MAX_BYTES) return recorded
      chunks.push(chunk)
    }
    for (const { name, sizeBytes, hash, state } of decodeVerificationFile(Buffer.concat(chunks))) {
      if (state === 'deleted' || state === 'deleting') continue
      if (sizeBytes !== undefined && hash?.length === hashSizeBytes(fileHash))
        recorded.set(name, { sizeBytes, hash })
    }
  } catch {
    signal?.throwIfAborted()
  }
  return recorded
}
