import { randomBytes } from 'node:crypto'
import { type Catalog, openCatalog } from '@tercet/core'
import { expect, onTestFinished, test } from 'vitest'
import { RunBlockIndex } from '../../src/backup/run-block-index.ts'

async function emptyCatalog(): Promise<Catalog> {
  const catalog = await openCatalog({ path: undefined })
  onTestFinished(() => catalog.close())
  return catalog
}

/** Stores one block of a volume, as a run does; returns its hash. */
function store(catalog: Catalog, name: string): Uint8Array {
  const hash = randomBytes(32)
  const volumeId = catalog.volumes.add({ name, type: 'dblock', state: 'uploaded' })
  catalog.blocks.add({
    volumeId,
    first: catalog.blocks.nextOrdinal(),
    count: 1,
    hashes: hash,
    sizes: Uint32Array.of(10)
  })
  return hash
}

/** The index of a run that ends well, or not. */
function run(catalog: Catalog, endsWell = true): RunBlockIndex {
  const blocks = new RunBlockIndex(catalog, undefined)
  blocks.load()
  if (endsWell) blocks.keep()
  return blocks
}

test('a run takes the index over from the one before it, and what came in meanwhile is added', async () => {
  const catalog = await emptyCatalog()
  const hashes = [store(catalog, 'one')]
  const first = run(catalog)
  hashes.push(store(catalog, 'two'))
  const second = run(catalog)
  expect(second.index).toBe(first.index)
  expect(hashes.map((hash) => second.index.lookup(hash, 0))).toEqual([0, 1])
  expect(second.index.size).toBe(2)
})

test('what was stored by a run itself is in its index once', async () => {
  const catalog = await emptyCatalog()
  store(catalog, 'one')
  const first = new RunBlockIndex(catalog, undefined)
  first.load()
  const hash = store(catalog, 'two')
  expect(first.index.claim(hash, 0, 1)).toBe(-1)
  first.keep()
  expect(run(catalog).index.size).toBe(2)
})

test('the first blocks that come in do not make the whole index anew', async () => {
  const catalog = await emptyCatalog()
  const volumeId = catalog.volumes.add({ name: 'many', type: 'dblock', state: 'uploaded' })
  const count = 5000
  const sizes = new Uint32Array(count).fill(10)
  catalog.blocks.add({ volumeId, first: 0, count, hashes: randomBytes(32 * count), sizes })
  const { index } = run(catalog)
  const before = index.byteLength
  for (let more = 0; more < count / 20; more++) index.claim(randomBytes(32), 0, count + more)
  expect([index.size, index.byteLength]).toEqual([count + count / 20, before])
})

test('a run that failed hands nothing on', async () => {
  const catalog = await emptyCatalog()
  store(catalog, 'one')
  const first = run(catalog, false)
  expect(run(catalog).index).not.toBe(first.index)
})

test.each(['forgotten', 'damaged'])('nothing is handed on when a volume was %s', async (what) => {
  const catalog = await emptyCatalog()
  const hash = store(catalog, 'one')
  store(catalog, 'two')
  const first = run(catalog)
  if (what === 'forgotten') catalog.volumes.forgetContent(catalog.volumes.byName('one')!.id)
  else catalog.ledger.record({ volumeName: 'one', verifiedAt: 1, outcome: 'damaged' })
  const second = run(catalog)
  expect(second.index).not.toBe(first.index)
  expect(second.index.lookup(hash, 0)).toBe(-1)
})
