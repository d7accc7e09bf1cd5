import type { BackendScheme, StorageBackend } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import { createMemoryBackend, createMemoryScheme, type MemoryBackend } from '../src/index.ts'

test('it is a backend, with a state that can be kept and brought back', () => {
  expectTypeOf(createMemoryBackend).returns.toEqualTypeOf<MemoryBackend>()
  expectTypeOf<MemoryBackend>().toExtend<StorageBackend>()
  expectTypeOf<ReturnType<MemoryBackend['snapshot']>>().toEqualTypeOf<
    Parameters<MemoryBackend['restore']>[0]
  >()
  expectTypeOf(createMemoryScheme).returns.toExtend<BackendScheme>()
})
