export { createMemoryBackend, type MemoryBackend } from './memory-backend.ts'
export type { MemoryObject, MemorySnapshot } from './memory-objects.ts'
export type { MemoryBackendOptions } from './memory-options.ts'
export { createMemoryScheme } from './memory-scheme.ts'
