import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { BlockIndex } from '../../src/block-index/block-index.ts'
import type { BlockRun } from '../../src/catalog/block-run-table.ts'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { RunCache } from '../../src/catalog/run-cache.ts'
import { hash, testCatalog } from './helpers.ts'

function run(volumeId: number, first: number, blocks: readonly number[]): BlockRun {
  return {
    volumeId,
    first,
    count: blocks.length,
    hashes: Buffer.concat(blocks.map(hash)),
    sizes: Uint32Array.from(blocks, (n) => n * 10)
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

/** Two volumes: blocks 0 to 9999 at ordinals of the same number, and 5, 6, 7 again at 20000. */
async function filled(): Promise<{ catalog: Catalog; first: number; second: number }> {
  const catalog = await testCatalog()
  const first = catalog.volumes.add({ name: 'one', type: 'dblock', state: 'uploaded' })
  const second = catalog.volumes.add({ name: 'two', type: 'dblock', state: 'uploaded' })
  catalog.blocks.add(run(first, 0, range(0, 10_000)))
  catalog.blocks.add(run(second, 20_000, [5, 6, 7]))
  return { catalog, first, second }
}

describe('stored blocks', () => {
  it('of volumes that were found damaged are told from the sound ones', async () => {
    const { catalog, first, second } = await filled()
    const soundIn = () => [...new Set(Array.from(catalog.blocks.sound(), ({ volumeId }) => volumeId))]
    const judge = (outcome: 'sound' | 'damaged') =>
      catalog.ledger.record({ volumeName: 'one', verifiedAt: 1, outcome })
    expect([soundIn(), catalog.volumes.damaged()]).toEqual([[first, second], []])
    judge('damaged')
    catalog.ledger.record({ volumeName: 'a volume long gone', verifiedAt: 1, outcome: 'damaged' })
    expect(soundIn()).toEqual([second])
    expect(catalog.volumes.damaged().map(({ name }) => name)).toEqual(['one'])
    judge('sound')
    expect([soundIn(), catalog.volumes.damaged()]).toEqual([[first, second], []])
  })

  it('are kept in runs of at most 4096, not one by one', async () => {
    const { catalog, first, second } = await filled()
    expect(Array.from(catalog.blocks.all(), (each) => [each.volumeId, each.first, each.count])).toEqual([
      [first, 0, 4096],
      [first, 4096, 4096],
      [first, 8192, 1808],
      [second, 20_000, 3]
    ])
    expect(catalog.blocks.count()).toBe(10_003)
    expect(catalog.blocks.nextOrdinal()).toBe(20_003)
    expect(catalog.blocks.ofVolume(second)).toEqual(
      [run(second, 20_000, [5, 6, 7])].map((each) => ({ ...each, hashes: new Uint8Array(each.hashes) }))
    )
    expect(catalog.blocks.runAt(8192)?.first).toBe(8192)
    expect(catalog.blocks.runAt(10_000)).toBeUndefined()
    const before = catalog.statementCount
    catalog.blocks.add(run(second, 30_000, range(0, 4096 * 3)))
    expect(catalog.statementCount - before).toBe(3 + 2)
  })

  it('start at ordinal 0 in an empty catalog', async () => {
    const catalog = await testCatalog()
    expect([catalog.blocks.nextOrdinal(), catalog.blocks.count()]).toEqual([0, 0])
    catalog.blocks.add(run(1, 0, []))
    expect(catalog.blocks.count()).toBe(0)
  })

  it('are refused when their numbers do not add up or are taken', async () => {
    const { catalog, first } = await filled()
    expect(() => catalog.blocks.add({ ...run(first, 50_000, [1, 2]), count: 3 })).toThrow(RangeError)
    expect(() => catalog.blocks.add(run(first, 4096, [1]))).toThrow(
      expect.objectContaining({ code: 'CATALOG_CONFLICT' })
    )
  })

  it('that were damaged are told', async () => {
    const { catalog } = await filled()
    const raw = new DatabaseSync(catalog.path)
    raw.exec('PRAGMA busy_timeout = 1000; UPDATE block_run SET sizes = substr(sizes, 5) WHERE first = 4096')
    raw.close()
    expect(() => catalog.blocks.runAt(5000)).toThrow(expect.objectContaining({ code: 'CATALOG_CORRUPT' }))
    expect(catalog.findProblems()).toEqual(['1 runs of blocks that do not add up'])
  })
})

describe('confirming candidates', () => {
  it('tells the wrong ones and those that are not stored', async () => {
    const { catalog } = await filled()
    const ordinals = Uint32Array.of(20_001, 3, 9_999, 10_000, 4_096, 3, 400_000)
    const hashes = Buffer.concat([6, 3, 9_998, 1, 4_096, 4, 1].map(hash))
    expect(catalog.blocks.confirm(ordinals, hashes)).toEqual({
      mismatched: Uint32Array.of(2, 5),
      unknown: Uint32Array.of(3, 6)
    })
    const sizes = Uint32Array.of(60, 30, 0, 0, 1, 30, 0)
    expect(catalog.blocks.confirm(ordinals, hashes, sizes).mismatched).toEqual(Uint32Array.of(2, 4, 5))
    expect(catalog.blocks.confirm(new Uint32Array(0), new Uint8Array(0))).toEqual({
      mismatched: new Uint32Array(0),
      unknown: new Uint32Array(0)
    })
  })

  it('reads each run once, and not again soon', async () => {
    const { catalog } = await filled()
    const ordinals = Uint32Array.from(range(0, 10_000)).reverse()
    const hashes = Buffer.concat(Array.from(ordinals, hash))
    for (const expected of [3, 0]) {
      const before = catalog.statementCount
      expect(catalog.blocks.confirm(ordinals, hashes).mismatched).toHaveLength(0)
      expect(catalog.statementCount - before).toBe(expected)
    }
  })

  it('does not believe in blocks that were forgotten or rolled back', async () => {
    const { catalog, second } = await filled()
    const ask = () =>
      catalog.blocks.confirm(Uint32Array.of(20_000, 30_000), Buffer.concat([hash(5), hash(9)])).unknown
    expect(ask()).toEqual(Uint32Array.of(1))
    expect(() =>
      catalog.transaction(() => {
        catalog.blocks.add(run(second, 30_000, [9]))
        expect(ask()).toHaveLength(0)
        throw new Error('rolled back')
      })
    ).toThrow('rolled back')
    expect(ask()).toEqual(Uint32Array.of(1))
    catalog.volumes.forgetContent(second)
    expect(ask()).toEqual(Uint32Array.of(0, 1))
    expect(catalog.volumes.byId(second)?.name).toBe('two')
  })
})

describe('finding blocks', () => {
  it('locates them', async () => {
    const { catalog, first, second } = await filled()
    expect(catalog.blocks.locate(Uint32Array.of(20_002, 12, 15_000))).toEqual({
      volumeIds: Uint32Array.of(second, first, 0),
      sizes: Uint32Array.of(70, 120, 0)
    })
  })

  it('finds all copies in one pass', async () => {
    const { catalog, first, second } = await filled()
    const copies = Array.from(catalog.blocks.copies(Buffer.concat([hash(6), hash(777), hash(123_456)]), 32))
    expect(copies).toEqual([
      { position: 0, ordinal: 6, volumeId: first, size: 60 },
      { position: 1, ordinal: 777, volumeId: first, size: 7770 },
      { position: 0, ordinal: 20_001, volumeId: second, size: 60 }
    ])
  })

  it('is not misled by fingerprints that collide', async () => {
    const catalog = await testCatalog()
    const volume = catalog.volumes.add({ name: 'one', type: 'dblock', state: 'uploaded' })
    catalog.blocks.add(run(volume, 0, range(0, 7)))
    // All hashes here begin with zero bytes, so to this index they are all the same.
    const index = BlockIndex.create({ fingerprintBits: 8 })
    index.load(catalog.blocks.all())
    expect(index.candidates(hash(0))).toHaveLength(7)
    expect(Array.from(catalog.blocks.find(index, [6, 0, 9, 3].map(hash)))).toEqual([6, 0, -1, 3])
    expect(Array.from(catalog.blocks.find(index, []))).toEqual([])
  })
})

describe('the cache of runs', () => {
  it('drops the least recently used when it is full', () => {
    const loads: number[] = []
    const cache = new RunCache(
      (ordinal) => {
        loads.push(ordinal)
        const first = Math.floor(ordinal / 10) * 10
        return ordinal >= 100 ? undefined : run(1, first, range(first, first + 10))
      },
      3 * (320 + 40)
    )
    for (const ordinal of [5, 15, 25, 6, 35, 7, 16, 8])
      expect(cache.at(ordinal)?.first).toBe(Math.floor(ordinal / 10) * 10)
    // 15 gave way to 35 and had to be loaded again as 16; 5 was used in between and stayed.
    expect(loads).toEqual([5, 15, 25, 35, 16])
    expect(cache.at(100)).toBeUndefined()
    cache.clear()
    expect(cache.at(8)?.first).toBe(0)
    expect(loads).toEqual([5, 15, 25, 35, 16, 100, 8])
  })
})
