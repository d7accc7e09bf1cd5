import { type BackendContext, type BackendScheme, type StorageBackend, StorageError } from '@tercet/interface'
import { createFileBackend } from './file-backend.ts'

/** `file:` URLs and plain paths, for a registry of schemes. */
export const fileScheme: BackendScheme = Object.freeze({
  scheme: 'file',
  options: Object.freeze([]),
  open(url: string, context?: BackendContext): StorageBackend {
    const option = Object.keys(context?.options ?? {})[0]
    if (option !== undefined) {
      throw new StorageError('STORAGE_INVALID_URL', `file: has no option ${JSON.stringify(option)}`, {
        context: { scheme: 'file', option }
      })
    }
    return createFileBackend(url)
  }
})
