import { statSync } from 'node:fs'
import type { StorageBackend } from '@tercet/interface'

/** Whether files of the spool become files of the destination by another name alone, instead of being copied. */
export function takesFilesOver(backend: StorageBackend, spoolFolder: string): boolean {
  const folder = backend.localFolder?.path
  if (folder === undefined) return false
  try {
    return statSync(folder).dev === statSync(spoolFolder).dev
  } catch {
    return false
  }
}
