import type { BackendScheme, CallOptions, StorageBackend } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import {
  type AzureBackendOptions,
  azureScheme,
  createAzureBackend,
  createAzureContainer
} from '../src/index.ts'

test('types', () => {
  expectTypeOf(createAzureBackend).toEqualTypeOf<(options: AzureBackendOptions) => StorageBackend>()
  expectTypeOf(createAzureContainer).toEqualTypeOf<
    (options: AzureBackendOptions, callOptions?: CallOptions) => Promise<void>
  >()
  expectTypeOf(azureScheme).toEqualTypeOf<BackendScheme>()
  expectTypeOf<{ container: string; account: string; trust: undefined }>().toExtend<AzureBackendOptions>()
  expectTypeOf<{ account: string }>().not.toExtend<AzureBackendOptions>()
})
