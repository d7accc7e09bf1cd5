import { expect, it } from 'vitest'
import type { EntryRow } from '../../src/catalog/entry-row.ts'
import { batchOf, hash, storeVersion } from './entry-batches.ts'
import { testCatalog } from './helpers.ts'

/** One folder of more than two pages, another with few entries, names that need care. */
const ENTRIES = [
  ...Array.from({ length: 2500 }, (_, i) => [`/big/${String(i).padStart(5, '0')}`, i + 1] as const),
  ['/small/"quoted"', 1],
  ['/small/line\nbreak', 2],
  ['/small/\u{1f600}\u{e000}', 3],
  ['/small/sub/', 4]
] as const

function plain({ path, name, type, size, mtime, hash, metaHash, metaSize, ...rest }: EntryRow) {
  const { content, metaContent, flags, fromSeq, toSeq } = rest
  return {
    path,
    name,
    type,
    size,
    mtime,
    hash,
    metaHash,
    metaSize,
    content,
    metaContent,
    flags,
    fromSeq,
    toSeq
  }
}

it('reads the same from packed pages as row by row', async () => {
  const catalog = await testCatalog()
  const seq = catalog.filesets.begin({ time: 100 })
  const batch = batchOf(ENTRIES)
  const list = Uint8Array.from({ length: 64 }, (_, i) => i)
  catalog.changes.put(seq, {
    ...batch,
    // One entry of the second page has blocklists, and one at the end has neither content nor metadata.
    blocksets: [{ hash: hash(1501), size: 1501, blocklists: [hash(7), hash(8)], contents: [list, list] }],
    contents: Int32Array.from({ length: batch.count }, (_, i) => (i === 1500 ? 0 : -1)),
    metaSizes: batch.metaSizes.map((size, i) => (i === batch.count - 1 ? -1 : size)) as Int32Array
  })
  catalog.filesets.complete(seq, { volumeId: 1, isFull: true })

  const byRow = Array.from(catalog.entries.of({ seq, order: 'path' }), plain)
  const packed = Array.from(catalog.entries.of({ seq }), plain)
  expect(packed).toEqual(byRow)
  expect(packed[1500]?.content?.blocklists).toEqual([hash(7), hash(8)])
  const folder = { type: 'folder', hash: undefined, metaHash: undefined, metaSize: 0 }
  expect(packed.find(({ path }) => path === '/small/sub/')).toMatchObject(folder)
  expect(Array.from(catalog.entries.children(seq, '/big/'), plain)).toEqual(byRow.slice(0, 2500))
})

it('compares with signatures of any length, and with none', async () => {
  const catalog = await testCatalog()
  const seq = storeVersion(catalog, 100, ENTRIES)
  const { entries, changes } = catalog
  const keys = { folders: ['/big/'], folderIndexes: Uint32Array.of(0), names: ['00001'] }
  changes.refreshSignatures(keys, Uint8Array.of(1, 2, 3))
  const base = entries.base('/big/', seq)
  expect(base.map(({ name }) => name)).toEqual(ENTRIES.slice(0, 2500).map(([path]) => path.slice(5)))
  expect(base.slice(0, 3).map(({ signature }) => signature)).toEqual([
    hash(1).subarray(0, 8),
    Uint8Array.of(1, 2, 3),
    hash(3).subarray(0, 8)
  ])
  expect(base.at(-1)).toMatchObject({ type: 'file', size: 2500, mtime: 25_000, flags: 0 })
  expect(entries.base('/nowhere/', seq)).toEqual([])
})

it('takes one statement for each page, not for each entry', async () => {
  const catalog = await testCatalog()
  const seq = storeVersion(catalog, 100, ENTRIES)
  const before = catalog.statementCount
  expect(Array.from(catalog.entries.of({ seq }))).toHaveLength(ENTRIES.length)
  expect(catalog.statementCount - before).toBe(1 + 3 + 1)
})
