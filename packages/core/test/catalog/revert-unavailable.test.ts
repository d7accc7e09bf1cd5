import { expect, it } from 'vitest'
import { BlockIndex } from '../../src/block-index/block-index.ts'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { keysOf } from '../../src/catalog/entry-changes.ts'
import { revertUnavailable } from '../../src/catalog/revert-unavailable.ts'
import { batchOf, contentOf, hash, storeVersion, testCatalog } from './helpers.ts'

function storeBlocks(catalog: Catalog, name: string, first: number, blocks: readonly number[]): number {
  const volumeId = catalog.volumes.add({ name, type: 'dblock', state: 'uploaded' })
  const hashes = Buffer.concat(blocks.map(hash))
  catalog.blocks.add({
    volumeId,
    first,
    count: blocks.length,
    hashes,
    sizes: new Uint32Array(blocks.length).fill(1)
  })
  return volumeId
}

function indexOf(catalog: Catalog): BlockIndex {
  const index = BlockIndex.create()
  index.load(catalog.blocks.all())
  return index
}

/** A version with a stored state before it; hashes of content n are n, of its metadata n + 1000. */
async function interrupted(): Promise<{ catalog: Catalog; seq: number; lost: number }> {
  const catalog = await testCatalog()
  storeVersion(catalog, 100, [
    ['/kept', 1],
    ['/changed', 1],
    ['/meta', 1],
    ['/gone', 1]
  ])
  storeBlocks(catalog, 'stored', 0, [1, 1001, 2, 1002, 1003, 4, 1004, 20, 30, 31, 21, 1005, 1006, 1007, 1000])
  const lost = storeBlocks(catalog, 'lost', 100, [3, 32, 1008, 8])
  const seq = catalog.filesets.begin({ time: 200 })
  catalog.changes.close(seq, keysOf(['/gone']))
  catalog.changes.put(
    seq,
    batchOf([
      ['/new', 2],
      ['/changed', 3],
      ['/meta', 8],
      ['/dir/', 4],
      ['/empty', 0]
    ])
  )
  catalog.changes.put(seq, {
    ...batchOf([
      ['/big', 5],
      ['/bigger', 6],
      ['/unknown', 7],
      ['/other', 2]
    ]),
    contents: Int32Array.of(0, 1, 2, 3),
    blocksets: [
      { hash: hash(5), size: 5, blocklists: [hash(20)], contents: [Buffer.concat([hash(30), hash(31)])] },
      { hash: hash(6), size: 6, blocklists: [hash(21)], contents: [Buffer.concat([hash(30), hash(32)])] },
      { hash: hash(7), size: 7, blocklists: [hash(20), hash(25)] },
      { hash: hash(2), size: 2, block: hash(4) }
    ]
  })
  return { catalog, seq, lost }
}

it('keeps everything while all blocks are there, but what cannot be told', async () => {
  const { catalog, seq } = await interrupted()
  expect(revertUnavailable(catalog, seq, indexOf(catalog))).toEqual(['/unknown'])
})

it('takes back what needs a lost volume, so that its path is as before', async () => {
  const { catalog, seq, lost } = await interrupted()
  catalog.volumes.forget(lost)
  expect(revertUnavailable(catalog, seq, indexOf(catalog)).sort()).toEqual([
    '/bigger',
    '/changed',
    '/meta',
    '/unknown'
  ])
  expect(Array.from(catalog.entries.of({ seq, order: 'path' }), (row) => [row.path, contentOf(row)])).toEqual(
    [
      ['/big', 5],
      ['/changed', 1],
      ['/dir/', 4],
      ['/empty', 0],
      ['/kept', 1],
      ['/meta', 1],
      ['/new', 2],
      ['/other', 2]
    ]
  )
  catalog.filesets.complete(seq, { volumeId: 1, isFull: false })
  expect(catalog.findProblems()).toEqual([])
})

it('works through more entries and blocks than it looks up at a time', async () => {
  const catalog = await testCatalog()
  storeBlocks(
    catalog,
    'stored',
    0,
    Array.from({ length: 4000 }, (_, i) => i)
  )
  const seq = catalog.filesets.begin({ time: 1 })
  // Contents are stored up to 3999, metadata up to content 2999.
  catalog.changes.put(seq, batchOf(Array.from({ length: 3200 }, (_, i) => [`/${i}`, i] as const)))
  const big = Buffer.concat(Array.from({ length: 20_000 }, (_, i) => hash(i % 4000)))
  catalog.changes.put(seq, {
    ...batchOf([['/big', 1]]),
    contents: Int32Array.of(0),
    blocksets: [{ hash: hash(1), size: 1, blocklists: [hash(0)], contents: [big] }]
  })
  const reverted = revertUnavailable(catalog, seq, indexOf(catalog))
  expect(reverted.length).toBe(200)
  expect(reverted.every((path) => Number(path.slice(1)) >= 3000)).toBe(true)
})
