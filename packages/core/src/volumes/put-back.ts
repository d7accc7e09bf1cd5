import { type CallOptions, type StorageBackend, StorageError, untilAborted } from '@tercet/interface'
import type { CatalogVolume } from '../catalog/volume-table.ts'
import { fetchVolume } from './fetch-volume.ts'
import { fileSource } from './spool-source.ts'
import type { ResolvedStoreOptions } from './store-options.ts'

/**
 * Stores a volume again under its own name, from another place that has it. Its bytes must be those that the catalog
 * knows, so nothing has to be entered before: whatever interrupts it, the volume is as lost as it was, or it is back.
 *
 * @returns bytes stored
 * @throws CoreError `DESTINATION_VOLUME_DAMAGED` where the other place has other bytes, `SPOOL_*`; StorageError;
 *   TypeError when the catalog does not know the volume's hash; `signal.reason`
 */
export async function putBack(
  { backend, catalog, spool, settings }: ResolvedStoreOptions,
  { id, name, size, hash }: CatalogVolume,
  from: StorageBackend,
  { signal }: CallOptions
): Promise<number> {
  if (hash === undefined) throw new TypeError(`Nobody knows what bytes ${name} must have`)
  const { fileHash } = settings
  using fetched = await fetchVolume(from, spool, name, {
    signal,
    expected: { sizeBytes: size, hash },
    hashAlgorithm: fileHash
  })
  const { path, sizeBytes } = fetched
  const put = backend.put(name, fileSource(path, sizeBytes), {
    signal,
    ...(fileHash === 'SHA256' ? { sha256: hash } : {})
  })
  await untilAborted(put, signal)
  const found = await untilAborted(backend.stat(name, { signal }), signal)
  if (found.sizeBytes !== undefined && found.sizeBytes !== sizeBytes)
    throw new StorageError('STORAGE_CORRUPT', `${name} arrived with ${found.sizeBytes} bytes`, {
      context: { path: name, expected: sizeBytes, found: found.sizeBytes }
    })
  catalog.volumes.setState([id], 'uploaded')
  return sizeBytes
}
