import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { createTemporaryFolder, type TemporaryFolder } from '@tercet/testkit-data'
import { createUnsyncedFileLayer } from '@tercet/testkit-faults'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFileBackend } from '../src/index.ts'
import { adoptableFile, read, textSource } from './sources.ts'

let folder: TemporaryFolder
beforeEach(async () => {
  folder = await createTemporaryFolder()
  mkdirSync(folder.join('store'))
})
afterEach(() => folder[Symbol.asyncDispose]())

test('an adoptable file becomes the object without being copied', async () => {
  await using backend = createFileBackend({ path: folder.join('store') })
  const source = adoptableFile(folder.join('spool'), 'volume')
  const { ino } = statSync(folder.join('spool'))
  expect(await backend.put('volume', source)).toMatchObject({ path: 'volume', sizeBytes: 6 })
  expect(statSync(folder.join('store/volume'))).toMatchObject({ ino, nlink: 1 })
  expect(readdirSync(folder.path)).toEqual(['store'])
  expect(readdirSync(folder.join('store'))).toEqual(['volume'])
})

test('an adopted file gets the mode that files of the store have', async () => {
  await using backend = createFileBackend({ path: folder.join('store'), fileMode: 0o640 })
  await backend.put('adopted', adoptableFile(folder.join('spool'), 'volume'))
  await backend.put('streamed', textSource('volume'))
  for (const name of ['adopted', 'streamed'])
    expect(statSync(folder.join('store', name)).mode & 0o777).toBe(0o640)
})

test('a file that was linked to the object already is adopted again', async () => {
  await using backend = createFileBackend({ path: folder.join('store') })
  const source = adoptableFile(folder.join('spool'), 'volume')
  linkSync(folder.join('spool'), folder.join('store/volume'))
  await backend.put('volume', source)
  expect(readdirSync(folder.join('store'))).toEqual(['volume'])
  expect(existsSync(folder.join('spool'))).toBe(false)
  expect(await read(backend, 'volume')).toBe('volume')
})

test('a link is not adopted: its bytes are', async () => {
  await using backend = createFileBackend({ path: folder.join('store') })
  writeFileSync(folder.join('real'), 'volume')
  symlinkSync('real', folder.join('spool'))
  const localFile = { path: folder.join('spool'), adoptable: true }
  await backend.put('volume', { ...textSource('volume'), localFile })
  expect(await read(backend, 'volume')).toBe('volume')
  expect(readFileSync(folder.join('real'), 'utf8')).toBe('volume')
})

test.each(['EXDEV', 'EPERM', 'ENOTSUP'])(
  'where it cannot be linked (%s), it is copied, then removed',
  async (code) => {
    const layer = createUnsyncedFileLayer()
    layer.writeFile('/other/spool', new TextEncoder().encode('volume'))
    const backend = createFileBackend({ path: '/store', files: layer.files })
    await backend.createFolder('')
    layer.fail('link', code)
    const localFile = { path: '/other/spool', adoptable: true }
    await backend.put('volume', { ...textSource('volume'), localFile })
    expect(layer.paths()).toEqual(['/store/volume'])
    layer.crash('lost')
    expect(await read(backend, 'volume')).toBe('volume')
    layer.assertAllUsed()
  }
)

test.each(['sync', 'rename', 'syncFolder'] as const)(
  'when the %s fails, the file is still where it was',
  async (step) => {
    const layer = createUnsyncedFileLayer()
    layer.writeFile('/spool', new TextEncoder().encode('volume'))
    const backend = createFileBackend({ path: '/store', files: layer.files })
    await backend.createFolder('')
    layer.fail(step, 'EIO')
    const source = { ...textSource('volume'), localFile: { path: '/spool', adoptable: true } }
    await expect(backend.put('volume', source)).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      retry: 'may-help'
    })
    expect(layer.readFile('/spool')).toEqual(new TextEncoder().encode('volume'))
    await backend.put('volume', source)
    expect(layer.paths()).toEqual(['/store/volume'])
    layer.assertAllUsed()
  }
)

test('a borrowed file is copied, and the copy is its own', async () => {
  await using backend = createFileBackend({ path: folder.join('store') })
  writeFileSync(folder.join('borrowed'), 'volume', { mode: 0o644 })
  const localFile = { path: folder.join('borrowed'), adoptable: false }
  await backend.put('volume', { ...textSource('volume'), localFile })
  writeFileSync(folder.join('borrowed'), 'changed')
  expect(await read(backend, 'volume')).toBe('volume')
  expect(statSync(folder.join('store/volume')).mode & 0o777).toBe(0o600)
})
