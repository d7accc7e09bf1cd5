import type { BackendScheme, CallOptions, StorageBackend } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import { openRcloneBackend, type RcloneBackendOptions, rcloneScheme } from '../src/index.ts'

test('types', () => {
  expectTypeOf(openRcloneBackend).toEqualTypeOf<
    (options: RcloneBackendOptions, callOptions?: CallOptions) => Promise<StorageBackend>
  >()
  expectTypeOf(rcloneScheme).toEqualTypeOf<BackendScheme>()
  expectTypeOf<{ remote: string; path: undefined }>().toExtend<RcloneBackendOptions>()
  expectTypeOf<{ path: string }>().not.toExtend<RcloneBackendOptions>()
})
