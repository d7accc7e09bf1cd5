import type { BackendScheme, CallOptions, StorageBackend } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import { type FtpBackendOptions, ftpScheme, openFtpBackend } from '../src/index.ts'

test('types', () => {
  expectTypeOf(openFtpBackend).toEqualTypeOf<
    (options: FtpBackendOptions, callOptions?: CallOptions) => Promise<StorageBackend>
  >()
  expectTypeOf(ftpScheme).toEqualTypeOf<BackendScheme>()
  expectTypeOf<{ host: string; username: undefined }>().toExtend<FtpBackendOptions>()
  expectTypeOf<{ port: number }>().not.toExtend<FtpBackendOptions>()
})
