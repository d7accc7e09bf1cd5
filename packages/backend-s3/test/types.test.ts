import type { BackendScheme, CallOptions, Secret, StorageBackend } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import {
  createS3Backend,
  createS3Bucket,
  type S3BackendOptions,
  type S3Credentials,
  s3Scheme
} from '../src/index.ts'

test('types', () => {
  expectTypeOf(createS3Backend).toEqualTypeOf<(options: S3BackendOptions) => StorageBackend>()
  expectTypeOf(createS3Bucket).toEqualTypeOf<
    (options: S3BackendOptions, callOptions?: CallOptions) => Promise<void>
  >()
  expectTypeOf(s3Scheme).toEqualTypeOf<BackendScheme>()
  expectTypeOf<{ bucket: string; region: undefined; trust: undefined }>().toExtend<S3BackendOptions>()
  expectTypeOf<{ prefix: string }>().not.toExtend<S3BackendOptions>()
  expectTypeOf<S3Credentials['secretAccessKey']>().toEqualTypeOf<Secret | string>()
})
