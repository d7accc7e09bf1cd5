import { expectTypeOf, test } from 'vitest'
import { type BackendTarget, type ConformanceReport, runConformance } from '../src/index.ts'

test('the suite takes a target and reports', () => {
  expectTypeOf(runConformance).parameter(0).toEqualTypeOf<BackendTarget>()
  expectTypeOf(runConformance).returns.resolves.toEqualTypeOf<ConformanceReport>()
})
