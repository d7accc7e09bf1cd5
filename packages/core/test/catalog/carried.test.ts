import { describe, expect, it } from 'vitest'
import { type CarriedRange, carriedTree, EVERYTHING } from '../../src/catalog/carried-ranges.ts'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { compareText } from '../../src/catalog/compare-text.ts'
import { keysOf } from '../../src/catalog/entry-changes.ts'
import { batchOf, storeVersion, testCatalog } from './helpers.ts'

const TREE = ['/', '/a/', '/a/1', '/a/2', '/a-b/', '/a-b/3', '/a/c/', '/a/c/4', '/b/', '/b/5'].map(
  (path, i) => [path, i + 1] as const
)

/** A second version with one new file, and these ranges. */
async function secondVersion(ranges: readonly CarriedRange[]): Promise<{ catalog: Catalog; seq: number }> {
  const catalog = await testCatalog()
  storeVersion(catalog, 100, TREE)
  const seq = catalog.filesets.begin({ time: 200 })
  catalog.changes.put(seq, batchOf([['/a/new', 50]]))
  catalog.carried.add(seq, ranges)
  catalog.filesets.complete(seq, { volumeId: 1, isFull: true })
  return { catalog, seq }
}

function carriedIn(catalog: Catalog, seq: number): string[] {
  const carried = catalog.carried.of(seq)
  const paths: string[] = []
  for (const row of catalog.entries.of({ seq, order: 'path' })) if (carried.has(row)) paths.push(row.path)
  return paths
}

describe('entries that were carried over', () => {
  const cases: [string, CarriedRange[], string[]][] = [
    ['none', [], []],
    ['a tree', [carriedTree('/a')], ['/a/1', '/a/2', '/a/c/', '/a/c/4']],
    ['a tree and one in it', [carriedTree('/a/c/'), carriedTree('/a/')], ['/a/1', '/a/2', '/a/c/', '/a/c/4']],
    [
      'a tree in a known one',
      [carriedTree('/a/'), carriedTree('/a/c/')],
      ['/a/1', '/a/2', '/a/c/', '/a/c/4']
    ],
    ['two trees', [carriedTree('/b/'), carriedTree('/a-b/')], ['/a-b/3', '/b/5']],
    ['a tree that is unknown', [carriedTree('/nowhere/')], []],
    [
      'the rest of a folder and what follows',
      [{ from: { folder: '/a/', name: '2' }, to: { folder: '/b/', name: '' } }],
      ['/a/2', '/a/c/', '/a/c/4']
    ],
    [
      'a part of a folder',
      [{ from: { folder: '/', name: 'a' }, to: { folder: '/', name: 'b' } }],
      ['/a-b/', '/a/']
    ],
    ['everything', [EVERYTHING], TREE.map(([path]) => path)]
  ]
  it.each(cases)('are told from the others: %s', async (_what, ranges, expected) => {
    const { catalog, seq } = await secondVersion(ranges)
    expect(carriedIn(catalog, seq).sort()).toEqual([...expected].sort())
    expect(catalog.filesets.bySeq(seq)?.carried).toBe(expected.length)
    expect(catalog.filesets.versions().at(-1)?.carried).toBe(0)
  })

  it('count with those that are marked one by one, each once', async () => {
    const catalog = await testCatalog()
    storeVersion(catalog, 100, TREE)
    const seq = catalog.filesets.begin({ time: 200 })
    catalog.changes.markStale(seq, keysOf(['/a/1', '/b/5']))
    catalog.carried.add(seq, [carriedTree('/a/')])
    catalog.filesets.complete(seq, { volumeId: 1, isFull: true })
    expect(carriedIn(catalog, seq)).toEqual(['/a/1', '/a/2', '/a/c/', '/a/c/4', '/b/5'])
    expect(catalog.filesets.bySeq(seq)?.carried).toBe(5)
  })

  it('are forgotten with their version, and belong to no other', async () => {
    const { catalog, seq } = await secondVersion([carriedTree('/a/')])
    const third = storeVersion(catalog, 300, [['/b/5', 70]])
    expect(carriedIn(catalog, third)).toEqual([])
    catalog.filesets.remove(seq)
    const again = catalog.filesets.begin({ time: 400 })
    expect(carriedIn(catalog, again)).toEqual([])
    expect(carriedIn(catalog, seq)).toEqual([])
  })

  it('are still told when the versions before go', async () => {
    const { catalog, seq } = await secondVersion([carriedTree('/a/')])
    const [first] = catalog.filesets.all()
    const third = storeVersion(catalog, 300, [['/a/2', 70]])
    const expected = ['/a/1', '/a/2', '/a/c/', '/a/c/4']
    expect(carriedIn(catalog, seq)).toEqual(expected)
    const before = [...catalog.entries.of({ seq: third })].map(({ path, size }) => [path, size])
    catalog.filesets.remove(first!.seq)
    expect(carriedIn(catalog, seq)).toEqual(expected)
    // What the next version has looked at is not marked there.
    expect(carriedIn(catalog, third)).toEqual([])
    expect([...catalog.entries.of({ seq: third })].map(({ path, size }) => [path, size])).toEqual(before)
    expect(catalog.filesets.bySeq(seq)?.carried).toBe(expected.length)
    expect(catalog.findProblems()).toEqual([])
    catalog.filesets.remove(seq)
    expect(carriedIn(catalog, third)).toEqual([])
    expect([...catalog.entries.of({ seq: third })].map(({ path, size }) => [path, size])).toEqual(before)
    expect(catalog.findProblems()).toEqual([])
  })

  it('are still told when entries are taken out of one version alone', async () => {
    const { catalog, seq } = await secondVersion([carriedTree('/a/')])
    const third = storeVersion(catalog, 300, [['/b/5', 70]])
    const fourth = catalog.filesets.begin({ time: 400 })
    catalog.carried.add(fourth, [carriedTree('/a/c/')])
    catalog.filesets.complete(fourth, { volumeId: 1, isFull: true })
    const [first] = catalog.filesets.all()
    const all = [first!.seq, seq, third, fourth]
    const remove = [keysOf(['/a/1', '/a/c/4', '/nowhere'])]
    const replace = { entries: [keysOf(['/a/2', '/b/5'])], hash: new Uint8Array(32), size: 1 }
    for (const one of all) {
      const before = all.map((other) => carriedIn(catalog, other))
      const { time } = catalog.filesets.bySeq(one)!
      catalog.filesets.rewrite(one, { time, volumeId: 2 }, { remove, replace })
      const expected = before.map((paths, i) =>
        all[i] === one ? paths.filter((path) => path !== '/a/1' && path !== '/a/c/4') : paths
      )
      expect(all.map((other) => carriedIn(catalog, other))).toEqual(expected)
      for (const { seq, carried } of catalog.filesets.all())
        expect(carried).toBe(carriedIn(catalog, seq).length)
      expect(catalog.findProblems()).toEqual([])
    }
    expect(carriedIn(catalog, seq)).toEqual(['/a/2', '/a/c/'])
  })

  it('stay with their version when all versions get new numbers', async () => {
    const { catalog } = await secondVersion([carriedTree('/a/')])
    const before = carriedIn(catalog, catalog.filesets.versions()[0]!.seq)
    // Each older than the one before it, until the gap is used up.
    for (let time = 199; time > 150; time--) {
      using stage = catalog.stageFileset()
      stage.add(batchOf(TREE))
      stage.commit({ time, volumeId: 1, isFull: true })
    }
    expect(carriedIn(catalog, catalog.filesets.versions()[0]!.seq)).toEqual(before)
    expect(catalog.filesets.versions().filter(({ carried }) => carried > 0)).toHaveLength(1)
  })
})

describe('the order of texts', () => {
  it('is that of their bytes in UTF-8', () => {
    const texts = ['', 'a', 'a-b/', 'a/', 'ab', 'ä', '\u{e000}', '\u{ffff}', '\u{10000}', '\u{10ffff}']
    for (const a of texts)
      for (const b of texts)
        expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
  })
})
