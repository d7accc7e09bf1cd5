import { bytesSource } from '@tercet/interface'
import { expect, test } from 'vitest'
import { createMemoryBackend, createMemoryScheme } from '../src/index.ts'

const textSource = (text: string) => bytesSource(new TextEncoder().encode(text))

async function contents(backend: ReturnType<typeof createMemoryBackend>): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for await (const { path } of backend.list()) {
    found[path] = Buffer.concat(await Array.fromAsync(backend.get(path))).toString()
  }
  return found
}

test('a snapshot is untouched by later changes, and can be put back into this or another backend', async () => {
  const backend = createMemoryBackend()
  await backend.put('a', textSource('1'))
  const snapshot = backend.snapshot()
  await backend.put('a', textSource('2'))
  await backend.put('b', textSource('3'))
  const other = createMemoryBackend({ content: snapshot })
  await other.delete('a')
  expect(await contents(backend)).toEqual({ a: '2', b: '3' })
  expect(await contents(other)).toEqual({})
  backend.restore(snapshot)
  expect(await contents(backend)).toEqual({ a: '1' })
})

test('what it yields can be changed without harm', async () => {
  const backend = createMemoryBackend()
  const bytes = Uint8Array.of(1, 2, 3)
  await backend.put('a', bytesSource(bytes))
  bytes[0] = 9
  for await (const chunk of backend.get('a')) chunk.fill(0)
  expect(Buffer.concat(await Array.fromAsync(backend.get('a')))).toEqual(Buffer.of(1, 2, 3))
})

test('a full store refuses what is too much, and keeps the old content', async () => {
  const backend = createMemoryBackend({ capacityBytes: 10 })
  await backend.put('a', bytesSource(new Uint8Array(8)))
  expect(await backend.quota()).toEqual({ totalBytes: 10, freeBytes: 2 })
  await expect(backend.put('b', bytesSource(new Uint8Array(3)))).rejects.toMatchObject({
    code: 'STORAGE_FULL'
  })
  await expect(backend.put('a', bytesSource(new Uint8Array(11)))).rejects.toMatchObject({
    code: 'STORAGE_FULL'
  })
  await backend.put('a', bytesSource(new Uint8Array(10)))
  expect((await backend.stat('a')).sizeBytes).toBe(10)
})

test('an object beyond the largest size is refused', async () => {
  const backend = createMemoryBackend({ capabilities: { maxFileSizeBytes: 5 } })
  await backend.put('a', bytesSource(new Uint8Array(5)))
  await expect(backend.put('a', bytesSource(new Uint8Array(6)))).rejects.toMatchObject({
    code: 'STORAGE_FULL'
  })
})

test('what is archived cannot be read until it is restored', async () => {
  const backend = createMemoryBackend()
  await backend.put('a', textSource('cold'))
  backend.archive('a')
  expect(await backend.stat('a')).toMatchObject({ archived: true })
  await expect(contents(backend)).rejects.toMatchObject({ code: 'STORAGE_ARCHIVED' })
  await expect(backend.copy('a', 'b')).rejects.toMatchObject({ code: 'STORAGE_ARCHIVED' })
  await backend.restoreArchived('a')
  expect(await contents(backend)).toEqual({ a: 'cold' })
})

test('times come from the clock, in the resolution that is promised', async () => {
  const clock = { now: () => 1_234_567, monotonic: () => 0, sleep: async () => {} }
  const backend = createMemoryBackend({ clock, capabilities: { modifiedTimeResolutionMs: 1000 } })
  expect((await backend.put('a', textSource('x'))).modifiedAt?.getTime()).toBe(1_234_000)
})

test('a lock ends when its time has come', async () => {
  let now = 0
  const clock = { now: () => now, monotonic: () => now, sleep: async () => {} }
  const backend = createMemoryBackend({ clock })
  await backend.put('a', textSource('x'), { lockUntil: new Date(1000) })
  for (const change of [
    () => backend.delete('a'),
    () => backend.put('a', textSource('y')),
    () => backend.rename('a', 'b')
  ]) {
    await expect(change()).rejects.toMatchObject({ code: 'STORAGE_LOCKED' })
  }
  now = 1000
  await backend.delete('a')
})

test('URLs of one scheme find their content again', async () => {
  const scheme = createMemoryScheme()
  const first = await scheme.open('memory:store')
  await first.put('a', textSource('x'))
  await first[Symbol.asyncDispose]()
  const again = await scheme.open('memory://store')
  expect(await again.stat('a')).toMatchObject({ sizeBytes: 1 })
  const other = await scheme.open('memory:other')
  expect(await Array.fromAsync(other.list())).toEqual([])
  expect(() => scheme.open('memory:')).toThrow(expect.objectContaining({ code: 'STORAGE_INVALID_URL' }))
})

test('options are checked', () => {
  expect(() => createMemoryBackend({ chunkBytes: 0 })).toThrow(RangeError)
  expect(() => createMemoryBackend({ capabilities: { resumablePut: true } })).toThrow(RangeError)
  expect(() => createMemoryBackend({ capacity: 1 } as never)).toThrow(
    /did you mean "capacityBytes"|no setting/
  )
})
