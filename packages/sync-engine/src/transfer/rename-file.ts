import { isTercetError, type StorageBackend } from '@tercet/interface'
import type { Endpoint } from '../endpoint/endpoint.ts'

export interface RenameFileOptions {
  readonly endpoint: Endpoint
  readonly from: string
  readonly to: string
  /** The file stays under its old name too. */
  readonly keepsOriginal: boolean
  readonly signal: AbortSignal
}

/**
 * Renames by what the store does best: a rename, a copy within it, or else the bytes are read and written again, as a
 * stream. A repetition after a lost answer finds the work done.
 */
export async function renameFile(options: RenameFileOptions): Promise<void> {
  const { endpoint, from, to, keepsOriginal, signal } = options
  const { backend } = endpoint
  const { rename, serverSideCopy } = backend.capabilities
  if (rename && !keepsOriginal) {
    await endpoint.run('delete', { method: 'rename', signal }, async () => {
      try {
        await backend.rename(from, to, { signal })
      } catch (error) {
        if (!isTercetError(error, 'STORAGE_NOT_FOUND') || !(await exists(backend, to, signal))) throw error
      }
    })
    return
  }
  if (serverSideCopy) {
    await endpoint.run('delete', { method: 'copy', signal }, () => backend.copy(from, to, { signal }))
  } else {
    await endpoint.run('upload', { method: 'put', signal }, async () => {
      const { sizeBytes } = await backend.stat(from, { signal })
      const size = sizeBytes ?? 0
      await backend.put(
        to,
        { size, open: (open) => backend.get(from, { signal: open?.signal ?? signal }) },
        { signal }
      )
    })
  }
  if (keepsOriginal) return
  await endpoint.run('delete', { method: 'delete', signal }, () => backend.delete(from, { signal }))
}

async function exists(backend: StorageBackend, path: string, signal: AbortSignal): Promise<boolean> {
  return await backend.stat(path, { signal }).then(
    () => true,
    () => false
  )
}
