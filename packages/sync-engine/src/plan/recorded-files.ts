/** What is known of the content of the primary's files without reading them. */
import { decodeVerificationFile, verificationFileName } from '@tercet/volume-format'
import { algorithmOfLength } from '../digests.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { RecordedFile } from '../sync-options.ts'

/** A record of a volume has about 250 bytes. */
const MAX_BYTES = 256 * 1024 * 1024

/**
 * The volumes that the verification file of a backup speaks of. One that cannot be read or understood is as good as none:
 * it is a help and no condition.
 */
export async function readVerificationFile(
  primary: Endpoint,
  prefix: string,
  signal: AbortSignal | undefined
): Promise<ReadonlyMap<string, RecordedFile>> {
  const files = new Map<string, RecordedFile>()
  const path = verificationFileName(prefix)
  try {
    const bytes = await primary.run('download', { method: 'get', signal }, async () => {
      const chunks: Uint8Array[] = []
      let length = 0
      for await (const chunk of primary.backend.get(path, { signal })) {
        length += chunk.byteLength
        if (length > MAX_BYTES) return undefined
        chunks.push(chunk)
      }
      return Buffer.concat(chunks)
    })
    for (const { name, sizeBytes, hash, state } of bytes === undefined ? [] : decodeVerificationFile(bytes)) {
      const hashAlgorithm = hash === undefined ? undefined : algorithmOfLength(hash.byteLength)
      if (state === 'deleted' || state === 'deleting' || sizeBytes === undefined) continue
      if (hash === undefined || hashAlgorithm === undefined) continue
      files.set(name, { sizeBytes, hash, hashAlgorithm })
    }
  } catch {
    signal?.throwIfAborted()
  }
  return files
}
