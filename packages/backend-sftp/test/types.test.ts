import type { BackendScheme, CallOptions, StorageBackend } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import { openSftpBackend, type SftpBackendOptions, sftpScheme } from '../src/index.ts'

test('types', () => {
  expectTypeOf(openSftpBackend).toEqualTypeOf<
    (options: SftpBackendOptions, callOptions?: CallOptions) => Promise<StorageBackend>
  >()
  expectTypeOf(sftpScheme).toEqualTypeOf<BackendScheme>()
  expectTypeOf<{ host: string; username: string; password: undefined }>().toExtend<SftpBackendOptions>()
  expectTypeOf<{ host: string }>().not.toExtend<SftpBackendOptions>()
})
