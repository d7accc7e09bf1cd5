import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { batchOf, hash, storeVersion, testCatalog } from './helpers.ts'

async function sound(): Promise<Catalog> {
  const catalog = await testCatalog()
  const volumeId = catalog.volumes.add({ name: 'b', type: 'dblock', state: 'uploaded' })
  for (const first of [0, 2]) {
    const hashes = Buffer.concat([hash(first), hash(first + 1)])
    catalog.blocks.add({ volumeId, first, count: 2, hashes, sizes: Uint32Array.of(1, 2) })
  }
  storeVersion(catalog, 100, [['/a', 1]])
  storeVersion(catalog, 200, [['/a', 2]])
  const seq = catalog.filesets.begin({ time: 300 })
  catalog.changes.put(seq, {
    ...batchOf([['/b', 3]]),
    contents: Int32Array.of(0),
    metaContents: Int32Array.of(1),
    blocksets: [
      { hash: hash(3), size: 3, blocklists: [hash(9)] },
      { hash: hash(4), size: 4, block: hash(5) }
    ]
  })
  catalog.filesets.complete(seq, { volumeId: 1, isFull: true })
  return catalog
}

it('finds nothing in a sound catalog', async () => {
  expect((await sound()).findProblems()).toEqual([])
})

it.each([
  ["UPDATE entry SET to_seq = from_seq WHERE name = 'b'", '1 entries whose interval is empty'],
  [
    "UPDATE entry SET from_seq = from_seq + 1 WHERE name = 'b'",
    '1 entries that begin with a version that does not exist'
  ],
  [
    "UPDATE entry SET to_seq = to_seq - 1 WHERE name = 'b'",
    '1 entries that end with a version that does not exist'
  ],
  ["UPDATE entry SET to_seq = 9007199254740991 WHERE name = 'a'", '1 paths that a version has twice'],
  ['DELETE FROM folder', '3 entries without a folder'],
  ['DELETE FROM blockset WHERE size = 3', '1 entries whose blocks are not known'],
  ['DELETE FROM blockset WHERE size = 4', '1 entries whose blocks are not known'],
  ["UPDATE entry SET hash = NULL WHERE name = 'b'", '1 files without a hash'],
  ['DELETE FROM volume', '2 blocks of no volume'],
  ['UPDATE block_run SET hashes = substr(hashes, 2) WHERE first = 0', '1 runs of blocks that do not add up'],
  ['UPDATE block_run SET first = 1 WHERE first = 0', '1 runs of blocks that overlap'],
  ['UPDATE fileset SET bytes = bytes + 1 WHERE time = 200', '1 versions whose counts are wrong']
])('finds what %s does', async (tampering, problem) => {
  const catalog = await sound()
  const raw = new DatabaseSync(catalog.path)
  raw.exec(`PRAGMA busy_timeout = 1000; ${tampering}`)
  raw.close()
  expect(catalog.findProblems()).toContain(problem)
})
