import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  compareTrees,
  createTemporaryFolder,
  describeTree,
  fixtureNames,
  formatTree,
  openFixture,
  parseTree
} from '../src/index.ts'

test('a tree is described line by line as the fixtures are', async () => {
  const lines = openFixture('plain-zip').expectedTreeText(3).split('\n')
  const paths = [
    '.hidden',
    '.hidden/.dotfile',
    'dangling',
    'emptydir',
    'names/with space.txt',
    'perm/private.key'
  ]
  const wanted = lines.filter((line) => line !== '' && paths.includes(JSON.parse(line).path))
  expect(wanted).toHaveLength(paths.length)

  await using folder = await createTemporaryFolder()
  for (const name of ['.hidden', 'emptydir', 'names', 'perm']) mkdirSync(folder.join(name), { mode: 0o755 })
  const files: [string, string, number][] = [
    ['.hidden/.dotfile', 'dot', 0o644],
    ['names/with space.txt', 'space', 0o644],
    ['perm/private.key', 'secret', 0o600]
  ]
  for (const [path, content, mode] of files) {
    writeFileSync(folder.join(path), content)
    chmodSync(folder.join(path), mode)
    execFileSync('touch', ['-d', '@1751373045.122999000', folder.join(path)])
  }
  symlinkSync('does/not/exist', folder.join('dangling'))
  execFileSync('setfattr', ['-n', 'user.dir', '-v', 'on a folder', folder.join('emptydir')])
  for (const name of ['.hidden', 'emptydir']) utimesSync(folder.join(name), 1751373000, 1751373000)

  const described = formatTree(await describeTree(folder.path)).split('\n')
  expect(described.filter((line) => line !== '' && paths.includes(JSON.parse(line).path))).toEqual(wanted)
})

test('every fixture has its volumes and the trees of all its versions', () => {
  expect(fixtureNames()).toHaveLength(22)
  for (const name of fixtureNames()) {
    const fixture = openFixture(name)
    expect(fixture.info.name).toBe(name)
    for (let version = 0; version < fixture.info.versions; version++) {
      const text = fixture.expectedTreeText(version)
      expect(formatTree(parseTree(text))).toBe(text)
      expect(fixture.expectedTree(version)[0]).toMatchObject({ type: 'folder', path: '.' })
    }
  }
})

test('an unknown fixture is named', () => {
  expect(() => openFixture('nonesuch')).toThrow(/"nonesuch"/)
})

test('differences between trees are told by path and key', () => {
  const [root, hidden, file, ...others] = openFixture('plain-zip').expectedTree(3)
  if (root === undefined || hidden === undefined || file === undefined)
    throw new Error('fixture without entries')
  expect(compareTrees([root, hidden, file], [file, root, hidden])).toEqual([])
  expect(compareTrees([root, hidden], [root, { ...hidden, mode: '700', uid: 1 }])).toEqual([
    { path: '.hidden', kind: 'different', keys: ['mode', 'uid'] }
  ])
  expect(compareTrees([root, hidden], [root, file])).toEqual([
    { path: '.hidden', kind: 'missing', keys: [] },
    { path: '.hidden/.dotfile', kind: 'unexpected', keys: [] }
  ])
  expect(others.length).toBeGreaterThan(300)
})
