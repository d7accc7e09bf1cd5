import type { BackendScheme, StorageBackend } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import { createFileBackend, type FileBackendOptions, fileScheme } from '../src/index.ts'

test('it is a backend, made from a path or by a URL', () => {
  expectTypeOf(createFileBackend).returns.toExtend<StorageBackend>()
  expectTypeOf<{ path: string }>().toExtend<FileBackendOptions>()
  expectTypeOf<{ path: number }>().not.toExtend<FileBackendOptions>()
  expectTypeOf(fileScheme).toExtend<BackendScheme>()
})
