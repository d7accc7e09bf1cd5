import assert from 'node:assert/strict'
import { assertCode, collect, pattern, type RunnableCase } from '../case-context.ts'

/** Operations that a store may have, both ways: declared must work, undeclared must reject with STORAGE_UNSUPPORTED. */
export const operationCases: readonly RunnableCase[] = [
  {
    id: 'ranged-get',
    title: 'get with offset and length yields that range, cut at the end, or is not supported',
    async run(context) {
      const content = pattern(300_000)
      await context.put('object', content)
      const ranges = [
        [0, 10],
        [1, 1],
        [100_000, 150_000],
        [299_999, 1],
        [299_999, 100],
        [300_000, 1],
        [400_000, 10],
        [0, 300_000],
        [5, 0],
        [250_000, undefined],
        [undefined, 7]
      ] as const
      for (const [offset, length] of ranges) {
        const got = collect(context.backend.get('object', { offset, length }))
        const what = `get of ${length} bytes from ${offset}`
        if (!context.capabilities.rangedGet) await assertCode(got, 'STORAGE_UNSUPPORTED', what)
        else {
          const wanted = content.subarray(
            offset ?? 0,
            length === undefined ? undefined : (offset ?? 0) + length
          )
          assert.ok(Buffer.concat(await got).equals(wanted), `${what} yielded other bytes`)
        }
      }
      if (!context.capabilities.rangedGet) return
      await assertCode(
        collect(context.backend.get('absent', { offset: 5 })),
        'STORAGE_NOT_FOUND',
        'range of nothing'
      )
      for (const wrong of [{ offset: -1 }, { length: -1 }, { offset: 0.5 }, { length: Number.NaN }]) {
        await assert.rejects(collect(context.backend.get('object', wrong)), RangeError, JSON.stringify(wrong))
      }
    }
  },
  {
    id: 'put-if-absent',
    title: 'put with ifAbsent never replaces, also when many try at the same time, or is not supported',
    async run(context) {
      await context.put('taken', 'old')
      const onTaken = context.put('taken', 'new', { ifAbsent: true })
      if (!context.capabilities.conditionalPut) {
        await assertCode(onTaken, 'STORAGE_UNSUPPORTED', 'put with ifAbsent')
        await assertCode(
          context.put('free', 'new', { ifAbsent: true }),
          'STORAGE_UNSUPPORTED',
          'put with ifAbsent'
        )
        await context.assertPaths(['taken'])
        return await context.assertContent('taken', 'old')
      }
      await assertCode(onTaken, 'STORAGE_EXISTS', 'put with ifAbsent over an object')
      await context.assertContent('taken', 'old')
      await context.put('free', 'first', { ifAbsent: true })
      await context.assertContent('free', 'first')
      const tries = Array.from({ length: 8 }, (_, index) =>
        context.put('race', `winner ${index}`, { ifAbsent: true })
      )
      const results = await Promise.allSettled(tries)
      const winners = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []))
      assert.equal(winners.length, 1, `puts with ifAbsent that resolved for one name: ${winners.length}`)
      for (const result of results) {
        if (result.status === 'rejected') {
          await assertCode(
            Promise.reject(result.reason),
            ['STORAGE_EXISTS', 'STORAGE_CONFLICT'],
            'a losing put'
          )
        }
      }
      await context.assertContent('race', `winner ${winners[0]}`)
      await context.assertPaths(['free', 'race', 'taken'])
    }
  },
  {
    id: 'put-if-match',
    title: 'put with ifMatch replaces only the content with that tag, or is not supported',
    async run(context) {
      const { tag } = await context.put('object', 'one')
      if (!context.capabilities.conditionalPut || tag === undefined) {
        const put = context.put('object', 'two', { ifMatch: tag ?? 'tag' })
        await assertCode(put, 'STORAGE_UNSUPPORTED', 'put with ifMatch')
        return await context.assertContent('object', 'one')
      }
      const second = await context.put('object', 'two', { ifMatch: tag })
      assert.notEqual(second.tag, tag, 'another content has another tag')
      await assertCode(
        context.put('object', 'three', { ifMatch: tag }),
        'STORAGE_CONFLICT',
        'put with an old tag'
      )
      await context.assertContent('object', 'two')
      await assertCode(
        context.put('absent', 'x', { ifMatch: tag }),
        'STORAGE_CONFLICT',
        'put with a tag over nothing'
      )
      await context.assertAbsent('absent')
    }
  },
  {
    id: 'rename',
    title: 'rename moves an object over what is there, or is not supported',
    async run(context) {
      const { backend } = context
      await context.put('from', 'moved')
      await context.put('to', 'old')
      if (!context.capabilities.rename) {
        await assertCode(backend.rename('from', 'to'), 'STORAGE_UNSUPPORTED', 'rename')
        return await context.assertContent('to', 'old')
      }
      await backend.rename('from', 'to')
      await context.assertContent('to', 'moved')
      await context.assertAbsent('from')
      await assertCode(backend.rename('from', 'to'), 'STORAGE_NOT_FOUND', 'rename of nothing')
      await context.assertContent('to', 'moved')
      await backend.rename('to', 'to')
      await context.assertContent('to', 'moved', 'content after a rename to the same name')
      const folder = await context.folder('elsewhere')
      await backend.rename('to', `${folder}else where+1`)
      await context.assertPaths([`${folder}else where+1`])
      await assertCode(
        backend.rename(`${folder}else where+1`, '../x'),
        'STORAGE_INVALID_PATH',
        'rename to ../x'
      )
    }
  },
  {
    id: 'copy',
    title: 'copy makes a second object of its own, or is not supported',
    async run(context) {
      const { backend } = context
      await context.put('from', 'copied')
      if (!context.capabilities.serverSideCopy) {
        return await assertCode(backend.copy('from', 'to'), 'STORAGE_UNSUPPORTED', 'copy')
      }
      await context.put('to', 'old')
      const entry = await backend.copy('from', 'to')
      assert.equal(entry.path, 'to', 'copy resolves with the new entry')
      await context.assertContent('to', 'copied')
      await context.assertContent('from', 'copied', 'the original after a copy')
      await context.put('from', 'changed')
      await context.assertContent('to', 'copied', 'the copy after a change of the original')
      await context.backend.delete('from')
      await context.assertContent('to', 'copied', 'the copy after the end of the original')
      await assertCode(backend.copy('from', 'to'), 'STORAGE_NOT_FOUND', 'copy of nothing')
      await context.assertPaths(['to'])
    }
  }
]
