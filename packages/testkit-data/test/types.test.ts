import { expectTypeOf, test } from 'vitest'
import {
  copyFixture,
  describeTree,
  type Fixture,
  type FixtureCopy,
  openFixture,
  type TreeEntry
} from '../src/index.ts'

test('a fixture is read, its copy is changed and goes away', () => {
  expectTypeOf(openFixture).returns.toEqualTypeOf<Fixture>()
  expectTypeOf(copyFixture).returns.resolves.toEqualTypeOf<FixtureCopy>()
  expectTypeOf<FixtureCopy>().toExtend<AsyncDisposable & Fixture>()
  expectTypeOf(describeTree).returns.resolves.toEqualTypeOf<TreeEntry[]>()
})
