import assert from 'node:assert/strict'
import { assertCode, collect, pattern, type RunnableCase, scriptedSource } from '../case-context.ts'

/** What was put comes back. */
export const contentCases: readonly RunnableCase[] = [
  {
    id: 'round-trip',
    title: 'get yields exactly the bytes that were put, whatever their number',
    async run(context) {
      for (const size of [0, 1, 4095, 65_536, 1_048_579]) {
        const content = pattern(size, size + 1)
        const entry = await context.put(`size-${size}`, content)
        assert.equal(entry.path, `size-${size}`, 'put resolves with the entry of its path')
        assertSize(entry.sizeBytes, size, 'put')
        await context.assertContent(`size-${size}`, content)
      }
    }
  },
  {
    id: 'many-chunks',
    title: 'a source may come in many chunks, empty ones among them',
    async run(context) {
      const chunks = Array.from({ length: 300 }, (_, index) => pattern(index % 7 === 0 ? 0 : index, index))
      const content = Buffer.concat(chunks)
      await context.backend.put('chunks', scriptedSource(content.byteLength, ...chunks))
      await context.assertContent('chunks', content)
    }
  },
  {
    id: 'chunks-not-reused',
    title: 'a chunk that get has yielded belongs to its reader: it never changes, and may be changed',
    async run(context) {
      const content = pattern(3_000_001)
      await context.put('object', content)
      const chunks = await collect(context.backend.get('object'))
      assert.ok(Buffer.concat(chunks).equals(content), 'the chunks, kept until the end, are the content')
      for (const chunk of chunks) chunk.fill(0)
      await context.assertContent('object', content, 'the object after a reader wrote into its chunks')
    }
  },
  {
    id: 'stat-equals-entry',
    title: 'put, stat and list say the same of an object',
    async run(context) {
      const stored = await context.put('object', pattern(1234))
      const stat = await context.backend.stat('object')
      await context.assertPaths(['object'])
      const [listed] = await collect(context.backend.list())
      for (const [entry, what] of [[stat, 'stat'] as const, [listed, 'list'] as const]) {
        assert.equal(entry?.path, 'object', `path of ${what}`)
        assertSize(entry?.sizeBytes, 1234, what)
      }
      if (stored.tag !== undefined) assert.equal(stat.tag, stored.tag, 'tag of put and stat')
    }
  },
  {
    id: 'replace',
    title: 'put replaces what is there, longer or shorter',
    async run(context) {
      for (const size of [1000, 10, 100_000, 0]) {
        const content = pattern(size, size + 7)
        await context.put('object', content)
        await context.assertContent('object', content)
        assertSize((await context.backend.stat('object')).sizeBytes, size, 'stat')
      }
      await context.assertPaths(['object'])
    }
  },
  {
    id: 'absent',
    title: 'what is not there is STORAGE_NOT_FOUND to stat and get, and get says so only when iterated',
    async run(context) {
      const unread = context.backend.get('nothing')
      assert.equal(typeof unread[Symbol.asyncIterator], 'function', 'get returns an async iterable')
      await context.assertAbsent('nothing')
      await context.put('nothing-else', 'x')
      await context.assertAbsent('nothing')
      await context.assertAbsent('nothing-els')
    }
  },
  {
    id: 'delete',
    title: 'delete removes one object, and resolves also when there is none',
    async run(context) {
      await context.put('a', 'a')
      await context.put('ab', 'ab')
      await context.backend.delete('a')
      await context.assertAbsent('a')
      await context.assertContent('ab', 'ab')
      await context.backend.delete('a')
      await context.backend.delete('never-there')
      await context.assertPaths(['ab'])
      await context.put('a', 'again')
      await context.assertContent('a', 'again')
    }
  },
  {
    id: 'delete-many',
    title: 'deleteMany deletes all it can and resolves with what failed',
    async run(context) {
      for (const name of ['a', 'b', 'c', 'keep']) await context.put(name, name)
      assert.deepEqual(await context.backend.deleteMany([]), [], 'deleteMany of nothing')
      const failures = await context.backend.deleteMany(['a', 'never-there', '../outside', 'b', 'c'])
      assert.deepEqual(
        failures.map(({ path }) => path),
        ['../outside'],
        'only the impossible path fails'
      )
      await assertCode(Promise.reject(failures[0]?.error), 'STORAGE_INVALID_PATH', 'deleteMany of ../outside')
      await context.assertPaths(['keep'])
    }
  },
  {
    id: 'leave-early',
    title: 'leaving a get early closes it, and does no harm',
    async run(context) {
      const content = pattern(2_000_000)
      await context.put('object', content)
      const before = await openFiles()
      for (let round = 0; round < 20; round++) {
        for await (const chunk of context.backend.get('object')) {
          assert.ok(chunk.byteLength > 0, 'chunks are not empty')
          break
        }
      }
      const opened = (await openFiles()) - before
      assert.ok(opened < 15, `${opened} files were left open by 20 reads that were not finished`)
      await context.assertContent('object', content)
      await context.put('object', 'new')
      await context.assertContent('object', 'new')
    }
  },
  {
    id: 'opens-nothing-until-iterated',
    title: 'get and list do nothing until they are iterated',
    async run(context) {
      const before = await openFiles()
      await context.put('object', 'old')
      const reads = Array.from({ length: 50 }, () => context.backend.get('object'))
      const lists = Array.from({ length: 50 }, () => context.backend.list())
      assert.ok((await openFiles()) - before < 25, 'files are open although nothing was iterated')
      await context.put('object', 'new content')
      assert.equal(
        Buffer.concat(await collect(reads[0] as AsyncIterable<Uint8Array>)).toString(),
        'new content'
      )
      assert.equal((await collect(lists[0] as AsyncIterable<unknown>)).length, 1)
    }
  }
]

function assertSize(actual: number | undefined, wanted: number, what: string): void {
  if (actual !== undefined) assert.equal(actual, wanted, `size that ${what} tells`)
}

/** Open files of this process that are neither sockets nor pipes; 0 where the system does not tell. */
async function openFiles(): Promise<number> {
  const { readdir, readlink } = await import('node:fs/promises')
  const descriptors = await readdir('/proc/self/fd').catch(() => [])
  const targets = await Promise.all(
    descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => ''))
  )
  return targets.filter((target) => target.startsWith('/') && !target.startsWith('/dev/')).length
}
