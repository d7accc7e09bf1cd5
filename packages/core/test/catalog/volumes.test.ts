import { expect, it } from 'vitest'
import { hash, storeVersion, testCatalog } from './helpers.ts'

it('keeps what is known of a volume, and changes only what is given', async () => {
  let now = 1000
  const catalog = await testCatalog({ clock: () => now })
  const id = catalog.volumes.add({
    name: 'p-b1.dblock.zip',
    type: 'dblock',
    state: 'uploading',
    size: 5,
    hash: hash(1)
  })
  const known = {
    id,
    name: 'p-b1.dblock.zip',
    type: 'dblock',
    state: 'uploading',
    size: 5,
    hash: hash(1),
    createdAt: 1000,
    stateChangedAt: 1000,
    verifiedCount: 0,
    verifiedAt: undefined,
    archived: false,
    processed: false,
    time: undefined
  }
  expect(catalog.volumes.byId(id)).toEqual(known)
  now = 2000
  catalog.volumes.update(id, { processed: true })
  expect(catalog.volumes.byId(id)).toEqual({ ...known, processed: true })
  catalog.volumes.update(id, {
    name: 'p-b2.dblock.zip',
    state: 'uploaded',
    size: 6,
    hash: hash(2),
    archived: true,
    processed: false,
    time: 9
  })
  const changed = {
    ...known,
    name: 'p-b2.dblock.zip',
    state: 'uploaded',
    size: 6,
    hash: hash(2),
    archived: true,
    time: 9,
    stateChangedAt: 2000
  }
  expect(catalog.volumes.byName('p-b2.dblock.zip')).toEqual(changed)
  expect(catalog.volumes.byName('p-b1.dblock.zip')).toBeUndefined()
  now = 3000
  catalog.volumes.markVerified([id, 99])
  expect(catalog.volumes.byId(id)).toEqual({
    ...changed,
    state: 'verified',
    stateChangedAt: 3000,
    verifiedCount: 1,
    verifiedAt: 3000
  })
  now = 4000
  catalog.volumes.markVerified([id])
  expect(catalog.volumes.byId(id)).toMatchObject({ verifiedCount: 2, verifiedAt: 4000, stateChangedAt: 3000 })
})

it('refuses a name that is taken and an id that is not', async () => {
  const catalog = await testCatalog()
  catalog.volumes.add({ name: 'a', type: 'dblock', state: 'temporary' })
  const b = catalog.volumes.add({ name: 'b', type: 'dlist', state: 'temporary', time: 5 })
  const conflict = expect.objectContaining({ code: 'CATALOG_CONFLICT' })
  expect(() => catalog.volumes.add({ name: 'a', type: 'dindex', state: 'temporary' })).toThrow(conflict)
  expect(() => catalog.volumes.update(b, { name: 'a' })).toThrow(conflict)
  expect(() => catalog.volumes.update(99, { state: 'deleted' })).toThrow(
    expect.objectContaining({ code: 'CATALOG_NO_SUCH_VOLUME' })
  )
})

it('lists volumes by type and state', async () => {
  const catalog = await testCatalog()
  const make = (name: string, type: 'dblock' | 'dindex' | 'dlist', state: 'uploading' | 'uploaded') =>
    catalog.volumes.add({ name, type, state })
  const ids = [
    make('1', 'dblock', 'uploading'),
    make('2', 'dindex', 'uploading'),
    make('3', 'dblock', 'uploaded')
  ]
  const names = (only?: Parameters<typeof catalog.volumes.all>[0]) =>
    Array.from(catalog.volumes.all(only), (v) => v.name)
  expect(names()).toEqual(['1', '2', '3'])
  expect(names({ type: 'dblock' })).toEqual(['1', '3'])
  expect(names({ states: ['uploading'] })).toEqual(['1', '2'])
  expect(names({ type: 'dblock', states: ['uploading', 'deleted'] })).toEqual(['1'])
  expect(names({ states: [] })).toEqual([])
  const before = catalog.statementCount
  catalog.volumes.setState(ids.slice(0, 2), 'deleted')
  expect(catalog.statementCount - before).toBe(3)
  expect(names({ states: ['deleted'] })).toEqual(['1', '2'])
})

it('knows which dindex describes which dblock, and which has none', async () => {
  const catalog = await testCatalog()
  const [b1, b2, b3] = ['b1', 'b2', 'b3'].map((name) =>
    catalog.volumes.add({ name, type: 'dblock', state: 'uploaded' })
  ) as [number, number, number]
  const [i1, i2] = ['i1', 'i2'].map((name) =>
    catalog.volumes.add({ name, type: 'dindex', state: 'uploaded' })
  ) as [number, number]
  catalog.volumes.linkIndex(i1, b1)
  catalog.volumes.linkIndex(i1, b2)
  catalog.volumes.linkIndex(i2, b2)
  catalog.volumes.linkIndex(i2, b2)
  expect(catalog.volumes.indexesOf(b2)).toEqual([i1, i2])
  expect(catalog.volumes.describedBy(i1)).toEqual([b1, b2])
  expect(catalog.volumes.withoutIndex().map(({ id }) => id)).toEqual([b3])
  catalog.volumes.update(i1, { state: 'deleting' })
  expect(catalog.volumes.withoutIndex().map(({ id }) => id)).toEqual([b1, b3])
  catalog.volumes.forget(i2)
  expect(catalog.volumes.withoutIndex().map(({ id }) => id)).toEqual([b1, b2, b3])
})

it('knows what is needed, and forgets a volume with all that is known of it', async () => {
  const catalog = await testCatalog()
  const [dblock, dindex, dlist, spare] = (['dblock', 'dindex', 'dlist', 'dblock'] as const).map((type, i) =>
    catalog.volumes.add({ name: `${i}`, type, state: 'uploaded' })
  ) as [number, number, number, number]
  catalog.blocks.add({ volumeId: dblock, first: 0, count: 1, hashes: hash(1), sizes: Uint32Array.of(1) })
  catalog.volumes.linkIndex(dindex, dblock)
  const seq = storeVersion(catalog, 5, [['/a', 1]], dlist)
  expect([dblock, dindex, dlist, spare].map((id) => catalog.volumes.isReferenced(id))).toEqual([
    true,
    true,
    true,
    false
  ])
  catalog.volumes.forget(dblock)
  catalog.volumes.forget(dlist)
  expect([dblock, dindex, dlist].map((id) => catalog.volumes.isReferenced(id))).toEqual([false, false, false])
  expect(catalog.blocks.count()).toBe(0)
  expect(catalog.volumes.byId(dblock)).toBeUndefined()
  expect(catalog.filesets.bySeq(seq)?.volumeId).toBeUndefined()
  expect(catalog.findProblems()).toEqual([])
})

it('keeps settings of every kind', async () => {
  const catalog = await testCatalog()
  const mark = catalog.settings.get('open-since')
  catalog.settings.set('text', 'a')
  catalog.settings.set('number', 1.5)
  catalog.settings.set('bytes', Uint8Array.of(1, 2))
  catalog.settings.set('gone', 1)
  catalog.settings.set('gone', undefined)
  catalog.settings.set('text', 'b')
  expect([...catalog.settings.all()]).toEqual([
    ['bytes', Uint8Array.of(1, 2)],
    ['number', 1.5],
    ['open-since', mark],
    ['text', 'b']
  ])
  expect(catalog.settings.get('gone')).toBeUndefined()
})
