import type { BackendScheme, CallOptions, StorageBackend } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import { openSwiftBackend, type SwiftBackendOptions, swiftScheme } from '../src/index.ts'

test('types', () => {
  expectTypeOf(openSwiftBackend).toEqualTypeOf<
    (options: SwiftBackendOptions, callOptions?: CallOptions) => Promise<StorageBackend>
  >()
  expectTypeOf(swiftScheme).toEqualTypeOf<BackendScheme>()
  expectTypeOf<{ container: string; authUrl: string; project: undefined }>().toExtend<SwiftBackendOptions>()
  expectTypeOf<{ container: string }>().not.toExtend<SwiftBackendOptions>()
})
