import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { bytesSource } from '@tercet/interface'
import { createTemporaryFolder, type TemporaryFolder } from '@tercet/testkit-data'
import { createUnsyncedFileLayer } from '@tercet/testkit-faults'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFileBackend, nodeFileOperations } from '../src/index.ts'
import { list, read, textSource } from './sources.ts'

let folder: TemporaryFolder
beforeEach(async () => {
  folder = await createTemporaryFolder()
})
afterEach(() => folder[Symbol.asyncDispose]())

/** Mounts at `path`, where this system lets us; the simulated tests below hold in any case. */
async function mounted(path: string, args: readonly string[], use: () => Promise<void>): Promise<void> {
  try {
    execFileSync('mount', [...args, path], { stdio: 'ignore' })
  } catch {
    return
  }
  try {
    await use()
  } finally {
    execFileSync('umount', [path])
  }
}

describe('a full disk', () => {
  test('is STORAGE_FULL, keeps the old content and leaves nothing behind', async () => {
    const path = folder.join('small')
    mkdirSync(path)
    await mounted(path, ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs'], async () => {
      await using backend = createFileBackend({ path })
      await backend.put('volume', textSource('old'))
      const tooMuch = bytesSource(new Uint8Array(2_000_000))
      await expect(backend.put('volume', tooMuch)).rejects.toMatchObject({
        code: 'STORAGE_FULL',
        retry: 'never'
      })
      await expect(backend.put('other', tooMuch)).rejects.toMatchObject({ code: 'STORAGE_FULL' })
      const spool = folder.join('spool')
      writeFileSync(spool, new Uint8Array(2_000_000))
      const localFile = { path: spool, adoptable: true }
      await expect(backend.put('adopted', { ...tooMuch, localFile })).rejects.toMatchObject({
        code: 'STORAGE_FULL'
      })
      expect(readdirSync(folder.path).sort()).toEqual(['small', 'spool'])
      expect(readdirSync(path)).toEqual(['volume'])
      expect(await read(backend, 'volume')).toBe('old')
      const { totalBytes, freeBytes } = await backend.quota()
      expect(totalBytes).toBe(1024 * 1024)
      expect(freeBytes).toBeLessThan(1024 * 1024)
      await backend.put('small', bytesSource(new Uint8Array(10_000)))
    })
  })

  test.each(['ENOSPC', 'EDQUOT'])('%s at any write or sync is STORAGE_FULL', async (code) => {
    for (const call of ['create', 'write', 'sync', 'rename', 'syncFolder'] as const) {
      const layer = createUnsyncedFileLayer()
      const backend = createFileBackend({ path: '/store', files: layer.files })
      await backend.createFolder('')
      layer.fail(call, code)
      await expect(backend.put('volume', textSource('x'))).rejects.toMatchObject({
        code: 'STORAGE_FULL',
        context: { errno: code }
      })
      if (call !== 'syncFolder') expect(layer.paths()).toEqual([])
      layer.assertAllUsed()
    }
  })
})

describe('a place that cannot be written', () => {
  test('a read-only mount is STORAGE_READ_ONLY to what writes, and can be read', async () => {
    const path = folder.join('store')
    mkdirSync(path)
    writeFileSync(folder.join('store', 'volume'), 'content')
    await mounted(path, ['--bind', '-o', 'ro', path], async () => {
      await using backend = createFileBackend({ path })
      for (const call of [
        () => backend.put('new', textSource('x')),
        () => backend.delete('volume'),
        () => backend.rename('volume', 'other'),
        () => backend.createFolder('folder')
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'STORAGE_READ_ONLY' })
      }
      expect(await backend.deleteMany(['volume'])).toMatchObject([{ error: { code: 'STORAGE_READ_ONLY' } }])
      expect(await read(backend, 'volume')).toBe('content')
    })
  })

  test('a folder of somebody else is STORAGE_ACCESS_DENIED', async () => {
    mkdirSync(folder.join('store'))
    writeFileSync(folder.join('store', 'secret'), 'x', { mode: 0o600 })
    chmodSync(folder.join('store'), 0o555)
    chmodSync(folder.path, 0o755)
    await using backend = createFileBackend({ path: folder.join('store') })
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65534)
    else chmodSync(folder.join('store', 'secret'), 0)
    try {
      await expect(backend.put('new', textSource('x'))).rejects.toMatchObject({
        code: 'STORAGE_ACCESS_DENIED'
      })
      await expect(backend.delete('secret')).rejects.toMatchObject({ code: 'STORAGE_ACCESS_DENIED' })
      await expect(read(backend, 'secret')).rejects.toMatchObject({ code: 'STORAGE_ACCESS_DENIED' })
    } finally {
      if (isRoot) process.seteuid?.(0)
      chmodSync(folder.join('store'), 0o755)
    }
  })
})

describe('a folder below that may not be read', () => {
  const denied = async (name: string) => {
    const layer = createUnsyncedFileLayer()
    layer.writeFile('/store/volume', new Uint8Array())
    layer.writeFile(`/store/${name}/inside`, new Uint8Array())
    layer.fail('readFolder', 'EACCES', { match: `/store/${name}` })
    const backend = createFileBackend({ path: '/store', files: layer.files })
    return await list(backend).finally(() => layer.assertAllUsed())
  }

  test("ends the listing, which would not be complete, unless it is the system's own", async () => {
    await expect(denied('mine')).rejects.toMatchObject({ code: 'STORAGE_ACCESS_DENIED' })
    await expect(denied('mine/lost+found')).rejects.toMatchObject({ code: 'STORAGE_ACCESS_DENIED' })
    expect(await denied('lost+found')).toEqual(['volume'])
  })

  test('is not looked into by a listing that is not recursive', async () => {
    const layer = createUnsyncedFileLayer()
    layer.writeFile('/store/volume', new Uint8Array())
    layer.writeFile('/store/mine/inside', new Uint8Array())
    layer.fail('readFolder', 'EACCES', { match: '/store/mine' })
    const backend = createFileBackend({ path: '/store', files: layer.files })
    expect(await Array.fromAsync(backend.list({ recursive: false }))).toMatchObject([{ path: 'volume' }])
    expect(() => layer.assertAllUsed()).toThrow(/readFolder/)
  })
})

describe('a folder that is not there', () => {
  test('is STORAGE_NOT_FOUND to every call until createFolder has made it', async () => {
    await using backend = createFileBackend({ path: folder.join('deep/store') })
    for (const call of [
      () => list(backend),
      () => Array.fromAsync(backend.list({ under: 'nested' })),
      () => backend.put('volume', textSource('x')),
      () => backend.stat('volume'),
      () => backend.delete('volume'),
      () => read(backend, 'volume'),
      () => backend.quota()
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    }
    expect(await backend.deleteMany(['volume'])).toMatchObject([{ error: { code: 'STORAGE_NOT_FOUND' } }])
    await backend.createFolder('')
    expect(await list(backend)).toEqual([])
    await backend.put('volume', textSource('x'))
  })

  test('may vanish and come back between two calls', async () => {
    await using backend = createFileBackend({ path: folder.join('store') })
    await backend.createFolder('nested')
    await backend.put('nested/volume', textSource('x'))
    renameSync(folder.join('store'), folder.join('unplugged'))
    await expect(list(backend)).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    await expect(backend.put('nested/other', textSource('x'))).rejects.toMatchObject({
      code: 'STORAGE_NOT_FOUND'
    })
    await expect(backend.delete('nested/volume')).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    renameSync(folder.join('unplugged'), folder.join('store'))
    expect(await list(backend)).toEqual(['nested/volume'])
  })

  test('may vanish half way through a put, which then rejects', async () => {
    await using backend = createFileBackend({ path: folder.join('store') })
    await backend.createFolder('')
    const source = {
      size: 4,
      async *open() {
        yield new Uint8Array(2)
        rmSync(folder.join('store'), { recursive: true })
        yield new Uint8Array(2)
      }
    }
    await expect(backend.put('volume', source)).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
  })

  test('a file in its place is said to be in the way', async () => {
    writeFileSync(folder.join('store'), 'a file')
    await using backend = createFileBackend({ path: folder.join('store') })
    await expect(list(backend)).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
    await expect(backend.put('volume', textSource('x'))).rejects.toMatchObject({
      code: 'STORAGE_INVALID_PATH'
    })
    await expect(backend.createFolder('')).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
  })
})

test('a file that becomes shorter while it is read is not taken for complete', async () => {
  await using backend = createFileBackend({
    path: folder.path,
    files: {
      ...nodeFileOperations,
      async open(...args) {
        const file = await nodeFileOperations.open(...args)
        return { ...file, stat: async () => ({ ...(await file.stat()), sizeBytes: 100 }) }
      }
    }
  })
  writeFileSync(folder.join('volume'), 'ninety bytes less')
  await expect(read(backend, 'volume')).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' })
})

test('what the system says beyond the table stays STORAGE_UNEXPECTED, with its cause', async () => {
  const layer = createUnsyncedFileLayer()
  const backend = createFileBackend({ path: '/store', files: layer.files })
  await backend.createFolder('')
  layer.fail('create', 'EBADMSG')
  await expect(backend.put('volume', textSource('x'))).rejects.toMatchObject({
    code: 'STORAGE_UNEXPECTED',
    cause: { code: 'EBADMSG' }
  })
})

describe('links', () => {
  test('the root may be a link to a folder', async () => {
    mkdirSync(folder.join('real'))
    symlinkSync('real', folder.join('store'))
    await using backend = createFileBackend({ path: folder.join('store') })
    await backend.createFolder('')
    await backend.put('volume', textSource('x'))
    expect(await list(backend)).toEqual(['volume'])
    expect(readdirSync(folder.join('real'))).toEqual(['volume'])
    await backend.delete('volume')
    expect(readdirSync(folder.join('real'))).toEqual([])
  })

  test('links below the root lead nowhere', async () => {
    mkdirSync(folder.join('store'))
    mkdirSync(folder.join('outside'))
    writeFileSync(folder.join('outside', 'secret'), 'secret')
    symlinkSync('../outside', folder.join('store', 'folder'))
    symlinkSync('../outside/secret', folder.join('store', 'file'))
    await using backend = createFileBackend({ path: folder.join('store') })
    expect(await list(backend)).toEqual([])
    for (const call of [
      () => read(backend, 'file'),
      () => backend.stat('file'),
      () => backend.localFile('file'),
      () => backend.rename('file', 'moved'),
      () => backend.copy('file', 'copied'),
      () => read(backend, 'folder/secret'),
      () => backend.put('folder/new', textSource('x')),
      () => backend.delete('folder/secret'),
      () => backend.createFolder('folder'),
      () => backend.createFolder('folder/sub'),
      () => Array.fromAsync(backend.list({ under: 'folder' }))
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
    }
    await backend.put('file', textSource('replaces the link'))
    await backend.delete('folder')
    expect(await list(backend)).toEqual(['file'])
    expect(readdirSync(folder.join('outside'))).toEqual(['secret'])
  })

  test('what is neither file nor folder is not opened', async () => {
    execFileSync('mkfifo', [folder.join('fifo')])
    await using backend = createFileBackend({ path: folder.path })
    expect(await list(backend)).toEqual([])
    await expect(read(backend, 'fifo')).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
  })
})

test('foreign names that no storage path can have are left out of listings', async () => {
  writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/latin`), Buffer.of(0xe9)]), 'x')
  writeFileSync(folder.join('line\nbreak'), 'x')
  writeFileSync(folder.join('plain'), 'x')
  await using backend = createFileBackend({ path: folder.path })
  expect(await list(backend)).toEqual(['plain'])
})
