import { lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeFileOperations } from '../src/file-operations.ts'
import { createFileBackend } from '../src/index.ts'
import { quickLooks } from '../src/quick-looks.ts'
import { list } from './sources.ts'

const EXT4 = 0xef53
const NFS = 0x6969

let root: string
let looks: string[]
let time: number
let lookTakes: number
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tercet-looks-'))
  writeFileSync(join(root, 'file'), 'content')
  looks = []
  time = 0
  lookTakes = 0
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Operations that write down who looked: the thread of the caller, or another. */
function operations(typeOf: () => Promise<number | undefined>) {
  const inThreads = {
    ...nodeFileOperations,
    stat: (path: string) => {
      looks.push('thread')
      return nodeFileOperations.stat(path)
    }
  }
  return quickLooks(root, inThreads, {
    typeOf,
    look: (path) => {
      looks.push('here')
      time += lookTakes
      return lstatSync(path)
    },
    monotonic: () => time
  })
}

test('on a disk of this machine nobody is asked to look', async () => {
  const files = operations(async () => EXT4)
  expect(await files.stat(join(root, 'file'))).toEqual(await nodeFileOperations.stat(join(root, 'file')))
  expect(looks).toEqual(['here'])
})

test('what is not there is told with the same code', async () => {
  const files = operations(async () => EXT4)
  await expect(files.stat(join(root, 'nothing'))).rejects.toMatchObject({ code: 'ENOENT' })
  expect(looks).toEqual(['here'])
})

test.each([
  ['of another machine', NFS],
  ['of a system that does not tell', undefined]
])('on a disk %s a thread looks', async (_, type) => {
  const files = operations(async () => type)
  await files.stat(join(root, 'file'))
  await files.stat(join(root, 'file'))
  expect(looks).toEqual(['thread', 'thread'])
})

test('in folders below, which may be other disks, a thread looks', async () => {
  const files = operations(async () => EXT4)
  await expect(files.stat(join(root, 'folder', 'file'))).rejects.toMatchObject({ code: 'ENOENT' })
  expect(looks).toEqual(['thread'])
})

test('after a look that had to wait, threads look for a second', async () => {
  const files = operations(async () => EXT4)
  lookTakes = 3
  await files.stat(join(root, 'file'))
  await files.stat(join(root, 'file'))
  time += 999
  await files.stat(join(root, 'file'))
  time += 1
  await files.stat(join(root, 'file'))
  expect(looks).toEqual(['here', 'thread', 'thread', 'here'])
})

test('a root that is made later is asked for its type again', async () => {
  let type: number | undefined
  const files = operations(async () => {
    if (type === undefined) throw Object.assign(new Error('none'), { code: 'ENOENT' })
    return type
  })
  await files.stat(join(root, 'file'))
  type = EXT4
  await files.stat(join(root, 'file'))
  expect(looks).toEqual(['thread', 'here'])
})

test('a listing tells the same either way', async () => {
  for (let n = 0; n < 100; n++) writeFileSync(join(root, `more-${n}`), 'x')
  const quick = createFileBackend({ path: root, files: operations(async () => EXT4) })
  const usual = createFileBackend({ path: root, files: nodeFileOperations })
  const all = await Array.fromAsync(usual.list())
  expect(await Array.fromAsync(quick.list())).toEqual(all)
  expect(looks).toEqual(Array.from({ length: 101 }, () => 'here'))
  expect(await list(quick)).toHaveLength(101)
})
