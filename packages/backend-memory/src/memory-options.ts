import { assertKnownKeys, type Capabilities, type Clock, capabilities, systemClock } from '@tercet/interface'
import type { MemorySnapshot } from './memory-objects.ts'

export interface MemoryBackendOptions {
  /** Shown as `memory:<name>`. @defaultValue 'memory' */
  readonly name?: string | undefined
  /** Promises that differ from the usual ones; a method of a promise taken back rejects. */
  readonly capabilities?: Partial<Capabilities> | undefined
  /** Dates the entries. */
  readonly clock?: Clock | undefined
  /** Most bytes that the store holds; a put beyond them rejects with `STORAGE_FULL`. @defaultValue no limit */
  readonly capacityBytes?: number | undefined
  /** Bytes of one chunk of `get`. @defaultValue 65536 */
  readonly chunkBytes?: number | undefined
  /** What the store holds at the start. */
  readonly content?: MemorySnapshot | undefined
}

const KEYS = ['name', 'capabilities', 'clock', 'capacityBytes', 'chunkBytes', 'content']

/** Everything that this store can do; what an instance promises may be less. */
const ALL: Partial<Capabilities> = {
  atomicPut: true,
  conditionalPut: true,
  rename: true,
  serverSideCopy: true,
  deleteBatchSize: 1000,
  checksums: Object.freeze(['MD5', 'SHA1', 'SHA256', 'SHA512', 'CRC32'] as const),
  modifiedTimeResolutionMs: 1,
  rangedGet: true,
  quota: true,
  objectLock: true,
  archive: true,
  listing: 'immediate',
  nestedNames: true
}

export interface ResolvedMemoryOptions {
  readonly name: string
  readonly capabilities: Capabilities
  readonly clock: Clock
  readonly capacityBytes: number
  readonly chunkBytes: number
  readonly content: MemorySnapshot | undefined
}

export function resolveMemoryOptions(options: MemoryBackendOptions): ResolvedMemoryOptions {
  assertKnownKeys(options, KEYS, 'createMemoryBackend')
  const promised = capabilities({ ...ALL, ...options.capabilities })
  if (promised.resumablePut) throw new RangeError('A memory backend cannot promise resumablePut')
  const chunkBytes = options.chunkBytes ?? 64 * 1024
  if (!Number.isSafeInteger(chunkBytes) || chunkBytes < 1)
    throw new RangeError('chunkBytes must be at least 1')
  return {
    name: options.name ?? 'memory',
    capabilities: promised,
    clock: options.clock ?? systemClock,
    capacityBytes: options.capacityBytes ?? Number.POSITIVE_INFINITY,
    chunkBytes,
    content: options.content
  }
}
