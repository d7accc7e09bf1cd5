import { expectTypeOf, test } from 'vitest'
import {
  type Platform,
  type parseFilters,
  type RestoreTarget,
  type ScanDecision,
  type SourceIssue,
  scanDecisions
} from '../src/index.ts'

test('decisions and what could not be looked at come in one stream', () => {
  expectTypeOf(scanDecisions).returns.toExtend<Iterable<ScanDecision | SourceIssue>>()
  expectTypeOf<ScanDecision['stored']>().toEqualTypeOf<boolean>()
})

test('rules are texts, and a target can be disposed', () => {
  expectTypeOf<readonly string[]>().toExtend<Parameters<typeof parseFilters>[0]>()
  expectTypeOf<RestoreTarget>().toExtend<Disposable>()
  expectTypeOf<'linux'>().toExtend<Platform>()
})
