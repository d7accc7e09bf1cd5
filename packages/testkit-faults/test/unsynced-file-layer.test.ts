import { expect, test } from 'vitest'
import { createUnsyncedFileLayer } from '../src/index.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

async function written(sync: { file: boolean; folder: boolean }, seed = 1) {
  const layer = createUnsyncedFileLayer({ seed })
  const file = await layer.files.open('/a', 'create')
  await file.write(bytes('con'))
  await file.write(bytes('tent'))
  if (sync.file) await file.sync()
  if (sync.folder) await layer.files.syncFolder('/')
  return { layer, file }
}

const textOf = (content: Uint8Array | undefined) => content && new TextDecoder().decode(content)

test.each([
  [{ file: true, folder: true }, 'lost', 'content'],
  [{ file: true, folder: true }, 'names', 'content'],
  [{ file: true, folder: true }, 'random', 'content'],
  [{ file: false, folder: true }, 'lost', ''],
  [{ file: true, folder: false }, 'lost', undefined],
  [{ file: false, folder: false }, 'names', ''],
  [{ file: true, folder: false }, 'names', 'content']
] as const)('synced %j, a crash (%s) leaves %j', async (sync, loss, left) => {
  const { layer } = await written(sync)
  expect(textOf(layer.readFile('/a'))).toBe('content')
  layer.crash(loss)
  expect(textOf(layer.readFile('/a'))).toBe(left)
})

test('by chance, everything between all and nothing survives; the same for the same seed', async () => {
  const left = async (seed: number) => {
    const { layer } = await written({ file: false, folder: false }, seed)
    layer.crash()
    return textOf(layer.readFile('/a'))
  }
  const outcomes = new Set<string | undefined>()
  for (let seed = 1; seed <= 60; seed++) {
    const outcome = await left(seed)
    expect(await left(seed)).toBe(outcome)
    outcomes.add(outcome)
  }
  expect(outcomes).toContain(undefined)
  expect(outcomes).toContain('')
  expect(outcomes.size).toBeGreaterThan(5)
})

test('a rename and a deletion are undone unless the folder is synced', async () => {
  const { layer } = await written({ file: true, folder: true })
  await layer.files.rename('/a', '/b')
  layer.crash('lost')
  expect(layer.paths()).toEqual(['/a'])
  await layer.files.rename('/a', '/b')
  await layer.files.syncFolder('/')
  await layer.files.unlink('/b')
  expect(layer.paths()).toEqual([])
  layer.crash('lost')
  expect(layer.paths()).toEqual(['/b'])
  await layer.files.unlink('/b')
  await layer.files.syncFolder('/')
  layer.crash('lost')
  expect(layer.paths()).toEqual([])
})

test('open files do not outlive the crash', async () => {
  const { layer, file } = await written({ file: true, folder: true })
  layer.crash()
  await expect(file.write(bytes('x'))).rejects.toMatchObject({ code: 'EBADF' })
  await expect(file.sync()).rejects.toMatchObject({ code: 'EBADF' })
})

test('calls fail as those of the system do', async () => {
  const { layer } = await written({ file: true, folder: true })
  const { files } = layer
  const nobody = [
    [() => files.open('/nothing', 'read'), 'ENOENT'],
    [() => files.open('/a', 'create'), 'EEXIST'],
    [() => files.open('/a/b', 'create'), 'ENOTDIR'],
    [() => files.open('/', 'read'), 'EISDIR'],
    [() => files.stat('/nothing'), 'ENOENT'],
    [() => files.makeFolder('/a', 0o700), 'EEXIST'],
    [() => files.link('/a', '/a'), 'EEXIST'],
    [() => files.unlink('/nothing'), 'ENOENT'],
    [() => files.rename('/nothing', '/b'), 'ENOENT'],
    [() => files.copy('/a', '/b', 'only-shared'), 'ENOTSUP'],
    [() => Array.fromAsync(files.readFolder('/a')), 'ENOTDIR']
  ] as const
  for (const [call, code] of nobody) await expect(call()).rejects.toMatchObject({ code })
  await files.makeFolder('/folder', 0o700)
  await expect(files.rename('/a', '/folder')).rejects.toMatchObject({ code: 'EISDIR' })
  await expect(files.unlink('/folder')).rejects.toMatchObject({ code: 'EISDIR' })
})

test('scripted failures must be reached', async () => {
  const { layer } = await written({ file: true, folder: true })
  layer.fail('stat', 'EIO', { match: '/a' }).fail('rename', 'EXDEV')
  await expect(layer.files.stat('/a')).rejects.toMatchObject({ code: 'EIO' })
  expect(() => layer.assertAllUsed()).toThrow(/rename/)
  await expect(layer.files.rename('/a', '/b')).rejects.toMatchObject({ code: 'EXDEV' })
  layer.assertAllUsed()
  await layer.files.rename('/a', '/b')
})
