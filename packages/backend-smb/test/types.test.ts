import type { BackendContext, BackendScheme, CallOptions, StorageBackend } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import { cifsScheme, openSmbBackend, readSmbUrl, type SmbBackendOptions, smbScheme } from '../src/index.ts'

test('types', () => {
  expectTypeOf(openSmbBackend).toEqualTypeOf<
    (options: SmbBackendOptions, callOptions?: CallOptions) => Promise<StorageBackend>
  >()
  expectTypeOf(smbScheme).toEqualTypeOf<BackendScheme>()
  expectTypeOf(cifsScheme).toEqualTypeOf<BackendScheme>()
  expectTypeOf(readSmbUrl).toEqualTypeOf<(url: string, context?: BackendContext) => SmbBackendOptions>()
  expectTypeOf<{ host: string; share: string; username: undefined }>().toExtend<SmbBackendOptions>()
  expectTypeOf<{ host: string }>().not.toExtend<SmbBackendOptions>()
})
