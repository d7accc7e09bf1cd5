import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ByteSource } from '@tercet/interface'
import {
  assertCode,
  type CaseContext,
  collect,
  pattern,
  type RunnableCase,
  rejectionOf,
  scriptedSource,
  sourceOf
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

/** Puts: all or nothing, and only what was announced. */
export const putCases: readonly RunnableCase[] = [
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
  },
  {
    id: 'local-file-source',
    title: 'a source that is a local file is stored like any other; one that may not be adopted stays',
    async run(context) {
      await withLocalFile(pattern(100_000), async (path, content) => {
        const local = (adoptable: boolean): ByteSource => ({
          ...sourceOf(content),
          localFile: { path, adoptable }
        })
        const controller = new AbortController()
        controller.abort(new Error('stop'))
        await rejectionOf(
          context.backend.put('aborted', local(true), { signal: controller.signal }),
          'aborted put'
        )
        assert.ok((await readFile(path)).equals(content), 'a put that rejected took the file away')
        await context.backend.put('borrowed', local(false))
        await context.assertContent('borrowed', content)
        assert.ok(
          (await readFile(path)).equals(content),
          'a file that may not be adopted was taken away or changed'
        )
        await context.put('borrowed', 'replaced')
        assert.ok((await readFile(path)).equals(content), 'the borrowed file changed with the object')
        await context.backend.put('adopted', local(true))
        await context.assertContent('adopted', content)
        await rm(path, { force: true })
        await context.assertContent('adopted', content, 'content after the name of the file was removed')
      })
    }
  },
  {
    id: 'local-file-mismatch',
    title: 'a local file of another size than announced is refused and stays',
    run: (context) =>
      withLocalFile(pattern(1000), async (path, content) => {
        for (const size of [999, 1001]) {
          const source: ByteSource = {
            ...scriptedSource(size, content),
            localFile: { path, adoptable: true }
          }
          await assertCode(
            context.backend.put('object', source),
            'STORAGE_SOURCE_MISMATCH',
            `announced ${size} of 1000`
          )
          assert.ok((await readFile(path)).equals(content), 'a put that rejected took the file away')
        }
        if (context.capabilities.atomicPut) await context.assertAbsent('object')
      })
  },
  {
    id: 'local-file',
    title: 'localFile names a file with the bytes of the object, or nothing',
    async run(context) {
      const content = pattern(5000)
      await context.put('object', content)
      const path = await context.backend.localFile('object')
      if (path !== undefined)
        assert.ok((await readFile(path)).equals(content), 'the local file has other bytes')
      assert.equal(await context.backend.localFile('nothing'), undefined, 'localFile of what is not there')
      assert.equal((await collect(context.backend.list())).length, 1)
    }
  }
]

/** Where puts are not atomic: at least the next one replaces whatever is there. */
async function assertPartialIsReplaced(context: CaseContext): Promise<void> {
  await rejectionOf(context.backend.put('object', scriptedSource(10, 'short')), 'put of a short source')
  await context.put('object', 'complete')
  await context.assertContent('object', 'complete')
}

async function withLocalFile(
  content: Uint8Array,
  use: (path: string, content: Uint8Array) => Promise<void>
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tercet-conformance-'))
  try {
    const path = join(folder, 'file')
    await writeFile(path, content)
    await use(path, content)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
