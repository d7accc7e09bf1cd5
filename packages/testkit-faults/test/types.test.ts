import type { Clock, OperationObserver, StorageLayer } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import {
  createCrashPoint,
  createFaults,
  createVirtualClock,
  type Faults,
  installCrashPoint
} from '../src/index.ts'

test('faults, crashes and clocks fit where the real ones do', () => {
  expectTypeOf(createFaults).returns.toEqualTypeOf<Faults>()
  expectTypeOf<Faults['layer']>().toExtend<StorageLayer>()
  expectTypeOf(createCrashPoint).returns.toHaveProperty('observer').toExtend<OperationObserver>()
  expectTypeOf(installCrashPoint).returns.toExtend<OperationObserver>()
  expectTypeOf(createVirtualClock).returns.toExtend<Clock>()
})
