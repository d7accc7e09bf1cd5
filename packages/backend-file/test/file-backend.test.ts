import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesSource } from '@tercet/interface'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFileBackend } from '../src/index.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tercet-file-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const text = (value: string) => bytesSource(new TextEncoder().encode(value))

test('what was put is listed, read and deleted again', async () => {
  await using backend = createFileBackend({ path: root })
  const entry = await backend.put('a.txt', text('hello'))
  expect(entry).toMatchObject({ path: 'a.txt', sizeBytes: 5 })
  expect((await Array.fromAsync(backend.list())).map((found) => found.path)).toEqual(['a.txt'])
  expect(
    Buffer.concat(await Array.fromAsync(backend.get('a.txt', { offset: 1, length: 3 }))).toString()
  ).toBe('ell')
  expect(await backend.localFile('a.txt')).toBe(join(root, 'a.txt'))
  await backend.delete('a.txt')
  expect(await readdir(root)).toEqual([])
})

test('an adoptable file is taken over, not copied', async () => {
  await using backend = createFileBackend({ path: join(root, 'to') })
  await backend.createFolder('')
  const spooled = join(root, 'spooled')
  await writeFile(spooled, 'hello')
  const source = { ...text('hello'), localFile: { path: spooled, adoptable: true } }
  await backend.put('a.txt', source)
  expect(await readdir(root)).toEqual(['to'])
  expect(await readdir(join(root, 'to'))).toEqual(['a.txt'])
})
