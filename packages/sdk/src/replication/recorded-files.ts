import type { CatalogReader } from '@tercet/core'
import type { RecordedFile } from '@tercet/sync-engine'

/** What was acknowledged to be stored, with its digests. */
export function recordedFiles(catalog: CatalogReader): Map<string, RecordedFile> {
  const hashAlgorithm = catalog.settings.get('file-hash') as RecordedFile['hashAlgorithm']
  const files = new Map<string, RecordedFile>()
  for (const { name, size, hash } of catalog.volumes.all({ states: ['uploaded', 'verified'] }))
    if (size !== undefined && hash !== undefined) files.set(name, { sizeBytes: size, hash, hashAlgorithm })
  return files
}
