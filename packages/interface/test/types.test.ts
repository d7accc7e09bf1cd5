import { expectTypeOf, test } from 'vitest'
import {
  BaseBackend,
  type GetOptions,
  type Issue,
  isTercetError,
  type ListOptions,
  type Outcome,
  type PutOptions,
  type StorageBackend,
  type StorageEntry,
  StorageError,
  type StorageErrorCode,
  type StorageLayer,
  TercetError,
  type VolumeStoredHook
} from '../src/index.ts'

type Optional<Options> = { [Key in keyof Options]?: Options[Key] | undefined }

test('every option may be left out, and may be undefined', () => {
  expectTypeOf<Optional<ListOptions>>().toExtend<ListOptions>()
  expectTypeOf<Optional<GetOptions>>().toExtend<GetOptions>()
  expectTypeOf<Optional<PutOptions>>().toExtend<PutOptions>()
})

test('a backend is a class over the base, or any object that has its methods', () => {
  abstract class Own extends BaseBackend {}
  expectTypeOf<Own>().toExtend<StorageBackend>()
  expectTypeOf<StorageBackend>().toExtend<AsyncDisposable>()
  expectTypeOf<StorageLayer>().toEqualTypeOf<(inner: StorageBackend) => StorageBackend>()
  expectTypeOf<StorageBackend['get']>().returns.toExtend<AsyncIterable<Uint8Array>>()
  expectTypeOf<StorageBackend['list']>().parameter(0).toEqualTypeOf<ListOptions | undefined>()
  expectTypeOf<StorageEntry['sizeBytes']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<() => Promise<void>>().toExtend<VolumeStoredHook>()
})

test('errors are told apart by their code', () => {
  expectTypeOf<StorageError['code']>().toEqualTypeOf<StorageErrorCode>()
  expectTypeOf(StorageError).instance.toExtend<TercetError>()
  expectTypeOf(TercetError).instance.toExtend<Error>()
  const thrown: unknown = undefined
  if (isTercetError(thrown, 'STORAGE_FULL')) expectTypeOf(thrown.code).toEqualTypeOf<'STORAGE_FULL'>()
})

test('outcomes and issues', () => {
  expectTypeOf<Outcome>().toEqualTypeOf<'success' | 'warning' | 'error' | 'stopped'>()
  expectTypeOf<Issue['severity']>().toEqualTypeOf<'warning' | 'error'>()
  expectTypeOf<Issue['path']>().toEqualTypeOf<string | undefined>()
})
