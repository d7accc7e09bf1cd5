import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { ByteSource } from '@tercet/interface'
import {
  assertCode,
  type CaseContext,
  pattern,
  type RunnableCase,
  rejectionOf,
  scriptedSource
} from '../case-context.ts'

/** A put that fails leaves what was there, where the store promises that. */
async function assertUntouched(context: CaseContext, old: Uint8Array): Promise<void> {
  if (!context.capabilities.atomicPut) return
  await context.assertContent('old', old, 'after a failed put the old content')
  await context.assertAbsent('new')
  await context.assertPaths(['old'])
}

async function failEverywhere(
  context: CaseContext,
  source: () => ByteSource,
  check: (put: Promise<unknown>, what: string) => Promise<void>
): Promise<void> {
  const old = pattern(5000, 99)
  await context.put('old', old)
  await check(context.backend.put('new', source()), 'put under a new name')
  await check(context.backend.put('old', source()), 'put over an old object')
  await assertUntouched(context, old)
  await context.put('new', 'right at last')
  await context.assertContent('new', 'right at last')
}

/** What a put makes of its source. */
export const sourceCases: readonly RunnableCase[] = [
  {
    id: 'source-short',
    title: 'a source that ends before the size it announced is refused with STORAGE_SOURCE_MISMATCH',
    run: (context) =>
      failEverywhere(
        context,
        () => scriptedSource(100_000, pattern(40_000), pattern(59_999)),
        (put, what) => assertCode(put, 'STORAGE_SOURCE_MISMATCH', what)
      )
  },
  {
    id: 'source-empty',
    title: 'a source that yields nothing although it announced bytes is refused',
    run: (context) =>
      failEverywhere(
        context,
        () => scriptedSource(1),
        (put, what) => assertCode(put, 'STORAGE_SOURCE_MISMATCH', what)
      )
  },
  {
    id: 'source-long',
    title: 'a source that yields more than it announced is refused with STORAGE_SOURCE_MISMATCH',
    run: (context) =>
      failEverywhere(
        context,
        () => scriptedSource(99_999, pattern(40_000), pattern(60_000)),
        (put, what) => assertCode(put, 'STORAGE_SOURCE_MISMATCH', what)
      )
  },
  {
    id: 'source-fails',
    title: 'a failure of the source half way is passed on as it is',
    async run(context) {
      const failure = new Error('the source broke')
      const source = () =>
        scriptedSource(100_000, pattern(50_000), () => {
          throw failure
        })
      await failEverywhere(context, source, async (put, what) => {
        const error = await rejectionOf(put, what)
        const chain: unknown[] = []
        for (let cause: unknown = error; cause && chain.length < 10; cause = (cause as Error).cause)
          chain.push(cause)
        assert.ok(
          chain.includes(failure),
          `${what} must reject with the failure of the source, not ${String(error)}`
        )
      })
    }
  },
  {
    id: 'repeat-put',
    title: 'a put that broke off can be repeated from the same source, with the same resumeKey',
    async run(context) {
      const content = pattern(300_000, 8)
      let opened = 0
      const source: ByteSource = {
        size: content.byteLength,
        async *open() {
          opened++
          yield content.subarray(0, 150_000)
          if (opened === 1) throw new Error('broke off')
          yield content.subarray(150_000)
        }
      }
      await rejectionOf(
        context.backend.put('object', source, { resumeKey: 'upload-1' }),
        'the put that broke off'
      )
      await context.backend.put('object', source, { resumeKey: 'upload-1' })
      await context.assertContent('object', content)
      await context.assertPaths(['object'])
    }
  },
  {
    id: 'sha256',
    title:
      'a right SHA-256 is accepted; bytes with another one are never stored silently where it is checked',
    async run(context) {
      const content = pattern(10_000)
      const sha256 = createHash('sha256').update(content).digest()
      await context.put('object', content, { sha256 })
      await context.assertContent('object', content)
      const wrong = pattern(10_000, 2)
      const refused = await context.put('object', wrong, { sha256 }).then(
        () => false,
        (error: unknown) => {
          assert.equal((error as { code?: string }).code, 'STORAGE_CORRUPT', 'code of a wrong SHA-256')
          return true
        }
      )
      if (!refused) await context.assertContent('object', wrong)
      else if (context.capabilities.atomicPut) await context.assertContent('object', content)
    }
  },
  {
    id: 'progress',
    title: 'onProgress tells growing numbers up to the size, and its errors are ignored',
    async run(context) {
      const content = pattern(500_000)
      const told: number[] = []
      await context.put('object', content, {
        onProgress(sent) {
          told.push(sent)
          throw new Error('display broke')
        }
      })
      await context.assertContent('object', content)
      assert.ok(
        told.every((sent, index) => sent <= content.byteLength && sent >= (told[index - 1] ?? 0)),
        `progress went ${told.join(', ')}`
      )
    }
  }
]
