import type { StorageBackend, StorageLayer } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import {
  compose,
  type MetricsLayer,
  metrics,
  type readOnly,
  type retry,
  throttle,
  type timeout
} from '../src/index.ts'

test('layers stand around any backend, and are one again', () => {
  expectTypeOf(compose).parameter(0).toEqualTypeOf<StorageBackend>()
  expectTypeOf(compose).returns.toEqualTypeOf<StorageBackend>()
  expectTypeOf<ReturnType<typeof retry | typeof timeout | typeof readOnly>>().toExtend<StorageLayer>()
  expectTypeOf<ReturnType<typeof throttle | typeof metrics>>().toExtend<StorageLayer>()
})

test('some can be asked or changed while they work', () => {
  expectTypeOf(metrics).returns.toEqualTypeOf<MetricsLayer>()
  expectTypeOf(throttle).returns.toHaveProperty('setLimits')
})
