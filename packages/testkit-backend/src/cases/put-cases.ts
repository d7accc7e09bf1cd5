import assert from 'node:assert/strict'
import { type CaseContext, pattern, type RunnableCase, rejectionOf, scriptedSource } from '../case-context.ts'

/** Puts: all or nothing, whoever else is at work. */
export const putCases: readonly RunnableCase[] = [
  {
    id: 'hidden-until-complete',
    title: 'an unfinished put is neither listed nor read, and what was there before can be',
    async run(context) {
      if (!context.capabilities.atomicPut) return await assertPartialIsReplaced(context)
      const old = pattern(3000, 5)
      await context.put('old', old)
      const content = pattern(200_000, 6)
      const look = async () => {
        await context.assertContent('old', old, 'content during a put')
        await context.assertAbsent('new')
        assert.deepEqual(await context.paths(), ['old'], 'listing during a put')
      }
      for (const path of ['new', 'old']) {
        const source = scriptedSource(
          200_000,
          content.subarray(0, 100_000),
          look,
          content.subarray(100_000),
          look
        )
        await context.backend.put(path, source)
        await context.assertContent(path, content)
        if (path === 'new') await context.backend.delete('new')
      }
    }
  },
  {
    id: 'lost-answer',
    title: 'a put whose end is cut off has stored everything or nothing',
    async run(context) {
      const old = pattern(70_000, 3)
      const content = pattern(90_000, 4)
      await context.put('object', old)
      const controller = new AbortController()
      const source = scriptedSource(90_000, content, () => controller.abort(new Error('cut off')))
      const outcome = await context.backend.put('object', source, { signal: controller.signal }).then(
        () => 'resolved',
        (error: unknown) => {
          assert.ok(error === controller.signal.reason, 'an abort rejects with signal.reason')
          return 'rejected'
        }
      )
      if (outcome === 'resolved')
        await context.assertContent('object', content, 'content after the put resolved')
      else if (context.capabilities.atomicPut) {
        const found = await context.read('object')
        assert.ok(
          found.equals(old) || found.equals(content),
          'the content is neither the old nor the new one'
        )
      }
      await context.put('object', content)
      await context.assertContent('object', content)
    }
  },
  {
    id: 'concurrent-puts',
    title: 'puts under different names at the same time do not mix',
    async run(context) {
      const contents = Array.from({ length: 20 }, (_, index) => pattern(20_000 + index, index + 1))
      const halves = (content: Uint8Array) =>
        scriptedSource(
          content.byteLength,
          content.subarray(0, 9999),
          () => Promise.resolve(),
          content.subarray(9999)
        )
      await Promise.all(
        contents.map((content, index) => context.backend.put(`object-${index}`, halves(content)))
      )
      for (const [index, content] of contents.entries())
        await context.assertContent(`object-${index}`, content)
      await context.assertPaths(contents.map((_, index) => `object-${index}`))
    }
  },
  {
    id: 'concurrent-puts-same-name',
    title: 'of puts under one name at the same time, one wins whole',
    async run(context) {
      if (!context.capabilities.atomicPut) return await assertPartialIsReplaced(context)
      const contents = Array.from({ length: 8 }, (_, index) => pattern(50_000 + index * 1000, index + 1))
      const results = await Promise.allSettled(
        contents.map((content) =>
          context.backend.put(
            'object',
            scriptedSource(content.byteLength, content.subarray(0, 7), content.subarray(7))
          )
        )
      )
      assert.ok(
        results.some(({ status }) => status === 'fulfilled'),
        'none of the concurrent puts succeeded'
      )
      const found = await context.read('object')
      assert.ok(
        contents.some((content) => found.equals(content)),
        'the content is a mixture'
      )
      await context.assertPaths(['object'])
    }
  },
  {
    id: 'replace-while-read',
    title: 'a get that is under way when its object is replaced yields one content or rejects',
    async run(context) {
      if (!context.capabilities.atomicPut) return await assertPartialIsReplaced(context)
      const old = pattern(3_000_000, 1)
      const content = pattern(3_000_000, 2)
      await context.put('object', old)
      const chunks: Uint8Array[] = []
      let complete = true
      try {
        for await (const chunk of context.backend.get('object')) {
          if (chunks.push(chunk) === 1) await context.put('object', content)
        }
      } catch {
        complete = false
      }
      const found = Buffer.concat(chunks)
      if (complete)
        assert.ok(found.equals(old) || found.equals(content), 'get yielded a mixture of two contents')
      await context.assertContent('object', content)
    }
  }
]

/** Where puts are not atomic: at least the next one replaces whatever is there. */
async function assertPartialIsReplaced(context: CaseContext): Promise<void> {
  await rejectionOf(context.backend.put('object', scriptedSource(10, 'short')), 'put of a short source')
  await context.put('object', 'complete')
  await context.assertContent('object', 'complete')
}
