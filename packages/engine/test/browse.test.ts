import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { affected } from '../src/browse/affected.ts'
import { entries, fileVersions, find, folderContent, searchEntries, versions } from '../src/browse/browse.ts'
import { compare } from '../src/browse/compare.ts'
import { openTemporaryContext } from '../src/recreate/open-temporary-context.ts'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { volumesBySize } from './support/damage.ts'
import { openFixtureContext, openRecreatedFixture } from './support/fixture-context.ts'

describe('browsing', () => {
  it('lists versions, newest first, from the destination alone', async () => {
    await using opened = await openFixtureContext('aes-v2')
    await using alone = await openTemporaryContext(opened.context)
    const list = versions(alone.context)
    expect(list.map(({ number }) => number)).toEqual([0, 1, 2, 3])
    expect([...list].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())).toEqual(list)
    for (const version of list) {
      const tree = opened.fixture.expectedTree(version.number)
      expect(version.files).toBe(tree.filter(({ type }) => type === 'file').length)
      expect(version.entries).toBe(tree.length)
    }
  })

  it('lists exactly the entries of a version', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const { source } = opened.fixture.info
    const listed = [...entries(opened.context, { version: 1 })]
      .map(({ path, type, sizeBytes }) => ({
        path: path.replace(/\/$/, '').slice(source.length + 1) || '.',
        type,
        sizeBytes
      }))
      .sort((a, b) => (a.path < b.path ? -1 : 1))
    const expected = opened.fixture
      .expectedTree(1)
      .map(({ path, type, size }) => ({ path, type, sizeBytes: size ?? 0 }))
    expect(listed).toEqual(expected)
    const below = [...entries(opened.context, { version: 1, under: `${source}/small` })]
    expect(below.length).toBe(
      expected.filter(({ path }) => path === 'small' || path.startsWith('small/')).length
    )
  })

  it('finds entries in all versions', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const [found] = find(opened.context, { include: ['f298.txt'] })
    expect(found?.path).toBe(`${opened.fixture.info.source}/small/f298.txt`)
    expect(found?.versions.map(({ version }) => version)).toEqual(
      [0, 1, 2, 3].filter((n) => opened.fixture.expectedTree(n).some(({ path }) => path === 'small/f298.txt'))
    )
    const [history] = fileVersions(opened.context, { paths: [found?.path ?? ''] })
    expect(history?.versions).toEqual(found?.versions)
    expect(() => find(opened.context, { include: ['x'], versions: [9] })).toThrowError(
      expect.objectContaining({ code: 'CATALOG_NO_SUCH_VERSION' })
    )
  })

  it('pages through folders and searches', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const { context } = opened
    const { source } = opened.fixture.info
    const roots = folderContent(context, { folder: '' })
    expect(roots.items.map(({ path }) => path)).toEqual([`${source}/`])
    const all = folderContent(context, { folder: `${source}/` })
    const pages = Array.from({ length: Math.ceil(all.total / 3) }, (_, i) =>
      folderContent(context, { folder: `${source}/`, offset: i * 3, limit: 3 })
    )
    expect(pages.flatMap(({ items }) => items)).toEqual(all.items)
    expect(all.items).toHaveLength(all.total)
    const search = searchEntries(context, { text: 'f29', versions: [0] })
    expect(search.total).toBeGreaterThan(0)
    for (const text of ['F29', '*/F29*']) {
      expect(searchEntries(context, { text, versions: [0] })).toEqual(search)
    }
    expect(searchEntries(context, { text: 'f29', versions: [3], limit: 2 }).items).toHaveLength(2)
    const empty = folderContent(context, { folder: `${source}/emptydir/` })
    expect(empty.total).toBe(0)
    for (const folder of ['/nowhere/', `${source}/hello.txt/`])
      expect(() => folderContent(context, { folder })).toThrowError(
        expect.objectContaining({
          code: 'ENGINE_FOLDER_NOT_FOUND',
          message: `Version 0 has no folder "${folder}"`
        })
      )
    expect(() => folderContent(context, { folder: '', limit: 0 })).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID_VALUE' })
    )
  })

  it('compares exactly the versions that were asked for', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const { context, fixture } = opened
    for (const [older, newer] of [
      [1, 0],
      [3, 1]
    ] as const) {
      const trees = [older, newer].map(
        (n) =>
          new Map(
            fixture
              .expectedTree(n)
              .map((entry) => [
                entry.type === 'folder' || (entry.path === 'link-to-dir' && entry.type === 'symlink')
                  ? `${entry.path}/`
                  : entry.path,
                entry
              ])
          )
      )
      const [before, after] = trees as [Map<string, unknown>, Map<string, unknown>]
      const found = [...compare(context, { base: { version: older }, other: { version: newer } })]
      const count = (kind: string): number => found.filter((each) => each.kind === kind).length
      expect(count('added')).toBe([...after.keys()].filter((path) => !before.has(path)).length)
      expect(count('deleted')).toBe([...before.keys()].filter((path) => !after.has(path)).length)
      expect(found.length).toBeGreaterThan(0)
    }
    expect([...compare(context, { base: { version: 2 }, other: { version: 2 } })]).toEqual([])
    expect(() => [...compare(context, { base: { version: 9 } })]).toThrowError(
      expect.objectContaining({ code: 'CATALOG_NO_SUCH_VERSION' })
    )
  })

  it('tells what depends on a volume: exactly what cannot be restored without it', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    const { context, fixture } = opened
    const { volumesToFetch } = await planRestore(context, { version: 1, to: fixture.folder.join('x') })
    const victim = volumesBySize(fixture.destination, 'dblock').find((name) =>
      volumesToFetch.includes(name)
    ) as string
    const { paths, versions: harmed } = affected(context, { volumes: [victim] })
    expect(harmed).toContain(1)
    rmSync(join(fixture.destination, victim))
    const plan = await planRestore(context, { version: 1, to: fixture.folder.join('out') })
    const result = await restore(context, plan)
    const failed = new Set(
      result.issues.filter(({ severity }) => severity === 'error').map(({ path }) => path)
    )
    const expected = new Set(paths.filter((path) => path.versions.includes(1)).map(({ path }) => path))
    expect(failed).toEqual(expected)
    expect(() => affected(context, { volumes: ['nobody'] })).toThrowError(
      expect.objectContaining({ code: 'CATALOG_NO_SUCH_VOLUME' })
    )
  })
})
