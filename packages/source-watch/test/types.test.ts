import { expectTypeOf, test } from 'vitest'
import type { ChangeBatch, ChangeJournal, ChangeSet, Doubt, openChangeJournal } from '../src/index.ts'

test('a journal is iterated, asked and disposed', () => {
  expectTypeOf<typeof openChangeJournal>().returns.resolves.toEqualTypeOf<ChangeJournal>()
  expectTypeOf<ChangeJournal>().toExtend<AsyncIterable<ChangeBatch> & AsyncDisposable>()
  expectTypeOf<ChangeSet['dirty']>().toEqualTypeOf<Iterable<string>>()
  expectTypeOf<ChangeSet['unknown']>().toEqualTypeOf<readonly Doubt[]>()
})
