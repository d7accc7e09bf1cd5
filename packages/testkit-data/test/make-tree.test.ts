import { execFileSync } from 'node:child_process'
import { lstatSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  changeTree,
  compareTrees,
  createTemporaryFolder,
  describeTree,
  type MakeTreeOptions,
  makeTree,
  PLAIN_FEATURES
} from '../src/index.ts'

const OPTIONS: MakeTreeOptions = { blockSize: 1024, files: 30 }
const byPath = async (folder: string) =>
  new Map((await describeTree(folder)).map((entry) => [entry.path, entry]))

test('the same options make the same tree, another seed another', async () => {
  await using folder = await createTemporaryFolder()
  await makeTree(folder.join('a'), OPTIONS)
  await makeTree(folder.join('b'), OPTIONS)
  await makeTree(folder.join('c'), { ...OPTIONS, seed: 2 })
  const [a, b, c] = await Promise.all(
    ['a', 'b', 'c'].map((name) => describeTree(folder.join(name), { linkTimes: true }))
  )
  expect(compareTrees(a ?? [], b ?? [])).toEqual([])
  expect(compareTrees(a ?? [], c ?? []).length).toBeGreaterThan(20)
})

test('a tree has what its features promise', async () => {
  await using folder = await createTemporaryFolder()
  await makeTree(folder.path, OPTIONS)
  const entries = await byPath(folder.path)
  for (const path of [
    'names/line\nbreak',
    'names/__proto__',
    `names/${'n'.repeat(255)}`,
    'names/cafe\u0301 decomposed'
  ]) {
    expect(entries.get(path)).toMatchObject({ type: 'file' })
  }
  expect(entries.get('times/ticks.txt')?.mtimeNs).toBe('1751373045123456700')
  expect(entries.get('times/tick-after-epoch.txt')?.mtimeNs).toBe('100')
  expect(entries.get('blocks/1025.bin')?.size).toBe(1025)
  expect(entries.get('links/itself')).toMatchObject({ type: 'symlink', target: 'itself' })
  expect(entries.get('attributes/file.txt')?.xattrs).toMatchObject({
    'user.comment': Buffer.from('an attribute, ünïcödé').toString('base64'),
    'user.empty': ''
  })
  expect(entries.get('attributes/odd "name"\n=x')?.xattrs).toEqual({ 'user.odd name': 'eA==' })
  expect(entries.get('attributes/folder')?.xattrs).toEqual({ 'user.folder': 'b24gYSBmb2xkZXI=' })
  expect(statSync(folder.join('hard/first.txt')).nlink).toBe(3)
  expect(statSync(folder.join('sparse/holes.img')).blocks * 512).toBeLessThan(1_000_000)
  expect(entries.get('sparse/holes.img')?.size).toBe(3_000_000)
  expect([...entries.keys()].some((path) => path.split('/').length > 40)).toBe(true)
})

test('every feature can be had alone, and those beyond the format too', async () => {
  await using folder = await createTemporaryFolder()
  const beyond = ['raw-names', 'special-modes', 'special-files'] as const
  for (const feature of [...PLAIN_FEATURES, ...beyond]) {
    await makeTree(folder.join(feature), { ...OPTIONS, files: 0, features: [feature] })
    expect((await describeTree(folder.join(feature))).length).toBeGreaterThan(3)
  }
  expect((await byPath(folder.join('raw-names'))).get('raw/latin-\udce9.txt')).toMatchObject({
    type: 'file',
    size: 17
  })
  expect((await byPath(folder.join('special-files'))).get('fifo')).toMatchObject({ type: 'other' })
  const special = await describeTree(folder.join('special-modes'), { specialModes: true })
  expect(special.map(({ mode }) => mode)).toContain('4755')
  expect(special.map(({ mode }) => mode)).toContain('1777')
})

test('steps change a tree in the same way every time', async () => {
  await using folder = await createTemporaryFolder()
  const states: string[] = []
  for (const name of ['a', 'b']) {
    await makeTree(folder.join(name), OPTIONS)
    const before = await describeTree(folder.join(name))
    for (const step of [1, 2, 3]) await changeTree(folder.join(name), step, OPTIONS)
    const after = await describeTree(folder.join(name))
    const kinds = new Set(compareTrees(before, after).map(({ kind }) => kind))
    expect(kinds).toEqual(new Set(['missing', 'unexpected', 'different']))
    states.push(JSON.stringify(after))
  }
  expect(states[0]).toBe(states[1])
})

describe('a description tells trees apart by', () => {
  const changes: [string, (path: (name: string) => string) => void, string[]][] = [
    ['content', (path) => writeKeepingTime(path('hello.txt'), 'Hello, World!\n'), ['sha256']],
    ['size', (path) => writeKeepingTime(path('hello.txt'), 'Hello'), ['size', 'sha256']],
    ['time, by 100 ns', (path) => touch(path('hello.txt'), '@1751373045.000000100'), ['mtimeNs']],
    ['mode', (path) => execFileSync('chmod', ['600', path('hello.txt')]), ['mode']],
    [
      'attributes',
      (path) => execFileSync('setfattr', ['-n', 'user.x', '-v', 'y', path('hello.txt')]),
      ['xattrs']
    ],
    [
      'kind',
      (path) => replaceByLink(path('hello.txt')),
      ['type', 'mode', 'mtimeNs', 'size', 'sha256', 'target']
    ]
  ]

  test.each(changes)('%s', async (_what, change, keys) => {
    await using folder = await createTemporaryFolder()
    const path = (name: string) => folder.join(name)
    await makeTree(folder.path, { files: 0, features: [] })
    const before = await describeTree(folder.path)
    expect(compareTrees(before, await describeTree(folder.path))).toEqual([])
    change(path)
    touch(folder.path, '@1751373045')
    expect(compareTrees(before, await describeTree(folder.path))).toEqual([
      { path: 'hello.txt', kind: 'different', keys }
    ])
  })
})

function touch(path: string, stamp: string): void {
  execFileSync('touch', ['-d', stamp, path])
}

function writeKeepingTime(path: string, content: string): void {
  const { mtimeMs } = lstatSync(path)
  writeFileSync(path, content)
  touch(path, `@${mtimeMs / 1000}`)
}

function replaceByLink(path: string): void {
  execFileSync('ln', ['-s', 'empty.dat', `${path}.new`])
  renameSync(`${path}.new`, path)
}
