import type { BackendScheme, CallOptions, StorageBackend } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import { openWebdavBackend, type WebdavBackendOptions, webdavScheme } from '../src/index.ts'

test('types', () => {
  expectTypeOf(openWebdavBackend).toEqualTypeOf<
    (options: WebdavBackendOptions, callOptions?: CallOptions) => Promise<StorageBackend>
  >()
  expectTypeOf(webdavScheme).toEqualTypeOf<BackendScheme>()
  expectTypeOf<{ url: string; username: undefined; trust: undefined }>().toExtend<WebdavBackendOptions>()
  expectTypeOf<{ username: string }>().not.toExtend<WebdavBackendOptions>()
})
