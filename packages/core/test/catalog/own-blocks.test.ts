import { expect, it } from 'vitest'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { batchOf, hash, storeVersion } from './entry-batches.ts'
import { testCatalog } from './helpers.ts'

const BLOCKSIZE = 5000

/** The same, row by row, of every row that some version has. */
function rowByRow(catalog: Catalog): string[] {
  const found: string[] = []
  for (const { seq } of catalog.filesets.all()) {
    for (const row of catalog.entries.of({ seq, changedOnly: true })) {
      const streams = [
        { hash: row.hash, size: row.size, refs: row.content },
        { hash: row.metaHash, size: row.metaSize ?? 0, refs: row.metaContent }
      ]
      for (const { hash, size, refs } of streams) {
        if (hash === undefined || refs !== undefined || size < 1 || size > BLOCKSIZE) continue
        found.push(Buffer.from(hash).toString('hex'))
      }
    }
  }
  return found.sort()
}

function packed(catalog: Catalog): string[] {
  const found: string[] = []
  for (const hashes of catalog.entries.ownBlocks(BLOCKSIZE))
    for (let at = 0; at < hashes.length; at += 32)
      found.push(Buffer.from(hashes.subarray(at, at + 32)).toString('hex'))
  return found.sort()
}

it('finds the streams of all versions that are one block, each row once, also between two pieces', async () => {
  const catalog = await testCatalog()
  const names = Array.from({ length: 2500 }, (_, i) => `/big/${String(i).padStart(5, '0')}`)
  storeVersion(
    catalog,
    100,
    names.map((name, i) => [name, i * 3])
  )
  // The last name of a piece, and the first of the next one, have a row for each of three versions.
  for (const version of [1, 2])
    storeVersion(
      catalog,
      100 + version,
      names.map((name, i) => [name, i * 3 + (i === 999 || i === 1000 || i === 2499 ? version : 0)])
    )
  expect(rowByRow(catalog).length).toBeGreaterThan(1000)
  expect(packed(catalog)).toEqual(rowByRow(catalog))
})

it('leaves out streams of blocklists, which are found once each, unless no entry has them', async () => {
  const catalog = await testCatalog()
  const seq = catalog.filesets.begin({ time: 100 })
  const batch = batchOf([
    ['/a/one', 1],
    ['/a/many', 2],
    ['/a/same', 2]
  ])
  catalog.changes.put(seq, {
    ...batch,
    blocksets: [{ hash: hash(2), size: 2, blocklists: [hash(7), hash(8)] }],
    contents: Int32Array.of(-1, 0, 0)
  })
  catalog.filesets.complete(seq, { volumeId: 1, isFull: true })
  catalog.blocksets.add([{ hash: hash(3), size: 9, blocklists: [hash(9)] }])
  expect(packed(catalog)).toEqual(rowByRow(catalog))
  expect(Array.from(catalog.blocksets.used(), ({ hash }) => hash)).toEqual([hash(2)])
})
