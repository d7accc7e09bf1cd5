import { equalBytes } from '@tercet/crypto'
import { type CallOptions, StorageError, untilAborted } from '@tercet/interface'
import { fetchVolume } from './fetch-volume.ts'
import type { VolumeFile } from './finished-volume.ts'
import type { ResolvedStoreOptions } from './store-options.ts'

/**
 * Makes sure that the destination holds these very bytes. One that computes checksums is asked for that of what it has;
 * from others the volume is read back.
 *
 * @throws StorageError, `STORAGE_CORRUPT` where it holds other bytes; `signal.reason`
 */
export async function assertStored(
  { backend, spool, settings }: ResolvedStoreOptions,
  { name, hash }: VolumeFile,
  { signal }: CallOptions
): Promise<void> {
  const { fileHash } = settings
  const algorithm = backend.capabilities.checksums.find((one) => one === fileHash)
  if (algorithm === undefined) {
    using fetched = await fetchVolume(backend, spool, name, { signal, hashAlgorithm: fileHash })
    assertHash(name, hash, fetched.hash)
  } else assertHash(name, hash, await untilAborted(backend.checksum(name, algorithm, { signal }), signal))
}

function assertHash(path: string, sent: Uint8Array, found: Uint8Array | undefined): void {
  if (found !== undefined && equalBytes(sent, found)) return
  throw new StorageError('STORAGE_CORRUPT', `${path} arrived with other bytes than were sent`, {
    retry: 'may-help',
    context: { path }
  })
}
