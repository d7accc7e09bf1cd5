import { type BackendScheme, StorageError } from '@tercet/interface'
import { createMemoryBackend, type MemoryBackend } from './memory-backend.ts'
import type { MemorySnapshot } from './memory-objects.ts'

/**
 * `memory:` URLs for a registry of schemes. Within one scheme object, the same URL finds the same content again, as it
 * would on a disk; nothing is shared beyond it.
 */
export function createMemoryScheme(): BackendScheme {
  const stores = new Map<string, MemoryBackend>()
  return {
    scheme: 'memory',
    open(url) {
      const name = /^memory:(?:\/\/)?(.+)$/i.exec(url)?.[1]
      if (name === undefined) {
        throw new StorageError('STORAGE_INVALID_URL', 'A memory store needs a name: memory:name')
      }
      const content: MemorySnapshot | undefined = stores.get(name)?.snapshot()
      const backend = createMemoryBackend({ name, content })
      stores.set(name, backend)
      return backend
    }
  }
}
