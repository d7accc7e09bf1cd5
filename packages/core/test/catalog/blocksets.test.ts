import { expect, it } from 'vitest'
import { hash, testCatalog } from './helpers.ts'

it('keeps each stream once and gives every caller its id', async () => {
  const catalog = await testCatalog()
  const streams = Array.from({ length: 200 }, (_, i) => ({
    hash: hash(i % 150),
    size: 9,
    blocklists: [hash(i % 150)]
  }))
  const ids = catalog.blocksets.add(streams)
  expect(new Set(ids).size).toBe(150)
  expect(ids.slice(150)).toEqual(ids.slice(0, 50))
  expect(catalog.blocksets.add(streams.slice(0, 3))).toEqual(ids.slice(0, 3))
  expect(catalog.blocksets.byId(ids[7] as number)).toEqual({
    id: ids[7],
    hash: hash(7),
    size: 9,
    blocklists: [hash(7)],
    block: undefined
  })
  expect(catalog.blocksets.byId(99_999)).toBeUndefined()
  expect(catalog.blocksets.add([])).toEqual([])
})

it('tells streams of the same hash and another size apart', async () => {
  const catalog = await testCatalog()
  const [a, b] = catalog.blocksets.add([
    { hash: hash(1), size: 5, block: hash(2) },
    { hash: hash(1), size: 6, block: hash(3) }
  ]) as [number, number]
  expect(catalog.blocksets.byId(a)?.block).toEqual(hash(2))
  expect(catalog.blocksets.byId(b)?.block).toEqual(hash(3))
})

it('knows which blocklists are pending until their content comes', async () => {
  const catalog = await testCatalog()
  const [id] = catalog.blocksets.add([
    {
      hash: hash(1),
      size: 9,
      blocklists: [hash(10), hash(11), hash(12)],
      contents: [undefined, hash(50), undefined]
    }
  ]) as [number]
  const pending = (): number => Array.from(catalog.blocksets.pendingBlocklists()).length
  expect([pending(), catalog.blocksets.pendingCount()]).toEqual([2, 2])
  const blocks = (): unknown[] =>
    Array.from(catalog.blocksets.blocks(catalog.blocksets.byId(id) ?? { blocklists: [], block: undefined }))
  expect(blocks()).toEqual([undefined, hash(50), undefined])

  catalog.blocksets.putBlocklists([
    { hash: hash(10), blocks: hash(60) },
    { hash: hash(11), blocks: hash(99) },
    { hash: hash(77), blocks: hash(61) }
  ])
  expect(blocks()).toEqual([hash(60), hash(50), undefined])
  expect(Array.from(catalog.blocksets.pendingBlocklists())).toEqual([hash(12)])
  // Known before anything needs it: never pending.
  catalog.blocksets.add([{ hash: hash(2), size: 9, blocklists: [hash(77)] }])
  expect(catalog.blocksets.pendingCount()).toBe(1)
  expect(catalog.blocksets.blocklist(hash(77))).toEqual(hash(61))
  expect(catalog.blocksets.blocklist(hash(12))).toBeUndefined()
})

it('takes many blocklists with few statements', async () => {
  const catalog = await testCatalog()
  const before = catalog.statementCount
  catalog.blocksets.putBlocklists(
    Array.from({ length: 1000 }, (_, i) => ({ hash: hash(i), blocks: hash(i) }))
  )
  expect(catalog.statementCount - before).toBeLessThanOrEqual(1000 / 64 + 8)
})
