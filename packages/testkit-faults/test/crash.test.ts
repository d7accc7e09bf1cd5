import { writeFileSync } from 'node:fs'
import { createMemoryBackend } from '@tercet/backend-memory'
import { bytesSource, type OperationObserver } from '@tercet/interface'
import { expect, test } from 'vitest'
import {
  CrashError,
  crashEverywhere,
  createCrashPoint,
  installCrashPoint,
  runUntilCrash
} from '../src/index.ts'
import { createTemporaryFolder } from './temporary.ts'

const textSource = (text: string) => bytesSource(new TextEncoder().encode(text))

test('after the crash no operation is begun', async () => {
  const inner = createMemoryBackend()
  const crash = createCrashPoint({ after: 2 })
  const backend = crash.layer(inner)
  await backend.put('a', textSource('a'))
  await expect(backend.put('b', textSource('b'))).rejects.toThrow(CrashError)
  expect(crash).toMatchObject({ crashed: true, count: 2, last: { kind: 'storage', name: 'put', path: 'b' } })
  for (const call of [
    () => backend.put('c', textSource('c')),
    () => backend.delete('a'),
    () => Array.fromAsync(backend.list()),
    () => Array.fromAsync(backend.get('a'))
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'FAULT_CRASH', retry: 'never' })
  }
  expect([...inner.snapshot().objects.keys()]).toEqual(['a', 'b'])
  expect(crash.count).toBe(2)
})

test('a read under way ends with the world', async () => {
  const inner = createMemoryBackend({ chunkBytes: 1 })
  await inner.put('a', textSource('abc'))
  const crash = createCrashPoint({ after: 1 })
  const backend = crash.layer(inner)
  const chunks: unknown[] = []
  const reading = (async () => {
    for await (const chunk of backend.get('a')) {
      if (chunks.push(chunk) === 1) await backend.stat('a').catch(() => {})
    }
  })()
  await expect(reading).rejects.toThrow(CrashError)
  expect(chunks).toHaveLength(1)
})

test('operations of all kinds count together, or those that are asked for', () => {
  const play = (observer: OperationObserver) => {
    for (const kind of ['catalog', 'file', 'storage', 'catalog'] as const) {
      observer({ kind, name: 'x' }, 'before')
      observer({ kind, name: 'x' }, 'after')
    }
  }
  const all = createCrashPoint()
  play(all.observer)
  expect(all).toMatchObject({ count: 4, crashed: false })
  const commits = createCrashPoint({ after: 2, counts: ({ kind }) => kind === 'catalog' })
  expect(() => play(commits.observer)).toThrow(/after operation 2 \(catalog x\)/)
  const atOnce = createCrashPoint({ after: 0 })
  expect(() => play(atOnce.observer)).toThrow(/the start/)
})

test('crashEverywhere stops after each operation in turn, and tells how many there are', async () => {
  const seen: string[][] = []
  let inner = createMemoryBackend()
  const steps = await crashEverywhere({
    async run(crash) {
      inner = createMemoryBackend()
      const backend = crash.layer(inner)
      for (const path of ['a', 'b', 'c']) await backend.put(path, textSource(path))
    },
    async check() {
      seen.push([...inner.snapshot().objects.keys()])
    }
  })
  expect(steps).toBe(3)
  expect(seen).toEqual([['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c']])
})

test('crashEverywhere passes on failures that are not the crash, and does not run for ever', async () => {
  const check = async () => {}
  const broken = crashEverywhere({ run: () => Promise.reject(new Error('a defect')), check })
  await expect(broken).rejects.toThrow('a defect')
  const endless = crashEverywhere({
    async run(crash) {
      for (;;) await crash.layer(createMemoryBackend()).quota()
    },
    check,
    limit: 5
  })
  await expect(endless).rejects.toMatchObject({ code: 'FAULT_NO_CRASH' })
})

test('a child is killed after the operation, finishes before it, or fails', async () => {
  await using folder = await createTemporaryFolder()
  const script = folder.join('child.ts')
  const kit = new URL('../src/crash-process.ts', import.meta.url).href
  writeFileSync(
    script,
    `import { installCrashPoint } from '${kit}'
     const observe = installCrashPoint()
     for (let step = 1; step <= 3; step++) {
       observe({ kind: 'file', name: 'step' }, 'before')
       process.stdout.write(String(step))
       observe({ kind: 'file', name: 'step' }, 'after')
     }
     process.exitCode = Number(process.argv[2])`
  )
  const run = (code: string, after: number) =>
    runUntilCrash(script, [code], after, { execArgv: ['--disable-warning=ExperimentalWarning'] })
  const [killed, finished, failed] = [await run('0', 2), await run('0', 4), await run('3', 4)]
  expect(killed).toMatchObject({ outcome: 'killed', signal: 'SIGKILL', stdout: '12' })
  expect(finished).toMatchObject({ outcome: 'finished', exitCode: 0, stdout: '123' })
  expect(failed).toMatchObject({ outcome: 'failed', exitCode: 3 })
})

test('threads count together where they share a counter', () => {
  const counter = new Int32Array(new SharedArrayBuffer(4))
  const [first, second] = [installCrashPoint({ counter, env: {} }), installCrashPoint({ counter, env: {} })]
  for (const observe of [first, second, first]) observe({ kind: 'file', name: 'x' }, 'after')
  expect(counter[0]).toBe(3)
})
