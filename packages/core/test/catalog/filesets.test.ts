import { describe, expect, it } from 'vitest'
import { keysOf } from '../../src/catalog/entry-changes.ts'
import { batchOf, contentOf, hash, pathsOf, storeVersion, testCatalog } from './helpers.ts'

describe('choosing a version', () => {
  it('goes by number, newest first, or takes the newest that is not after a time', async () => {
    const catalog = await testCatalog()
    for (const time of [100, 200, 300]) storeVersion(catalog, time, [])
    const time = (selector: Parameters<typeof catalog.filesets.resolve>[0]) =>
      catalog.filesets.resolve(selector).time
    expect([0, 1, 2].map((version) => time({ version }))).toEqual([300, 200, 100])
    expect([100, 199, 200, 5000].map((at) => time({ time: at }))).toEqual([100, 100, 200, 300])
    expect(time({ time: 200, match: 'exact' })).toBe(200)
    expect(catalog.filesets.resolve({ time: 250 })).toMatchObject({
      version: 1,
      state: 'stored',
      isFull: true
    })
  })

  it('never falls back to another one', async () => {
    const catalog = await testCatalog()
    const refuse = (selector: Parameters<typeof catalog.filesets.resolve>[0]): void =>
      expect(() => catalog.filesets.resolve(selector)).toThrow(
        expect.objectContaining({ code: 'CATALOG_NO_SUCH_VERSION' })
      )
    refuse({ version: 0 })
    refuse({ time: 100 })
    storeVersion(catalog, 100, [])
    refuse({ version: 1 })
    refuse({ version: -1 })
    refuse({ version: 0.5 })
    refuse({ time: 99 })
    refuse({ time: 101, match: 'exact' })
    expect(() => catalog.filesets.resolve({ version: 9 })).toThrow(/Versions are 0 to 0/)
    expect(() => catalog.filesets.resolve({ time: 99 })).toThrow(/1970-01-01T00:01:40Z/)
  })

  it('does not see the one that is being built', async () => {
    const catalog = await testCatalog()
    storeVersion(catalog, 100, [])
    const seq = catalog.filesets.begin({ time: 200 })
    expect(catalog.filesets.resolve({ version: 0 }).time).toBe(100)
    expect(catalog.filesets.building()?.seq).toBe(seq)
    expect(() => catalog.filesets.begin({ time: 300 })).toThrow(
      expect.objectContaining({ code: 'CATALOG_VERSION_BUILDING' })
    )
    catalog.filesets.remove(seq)
    expect(catalog.filesets.building()).toBeUndefined()
    catalog.filesets.begin({ time: 300 })
  })
})

describe('the order of versions', () => {
  it('is that of their storing, also when the clock stepped back', async () => {
    const catalog = await testCatalog()
    storeVersion(catalog, 500, [['/a', 1]])
    storeVersion(catalog, 100, [['/a', 2]])
    expect(catalog.filesets.versions().map(({ time }) => time)).toEqual([100, 500])
    const newest = catalog.filesets.resolve({ version: 0 })
    expect(catalog.entries.find('/a', newest.seq)?.size).toBe(2)
  })

  it('has no room for two of one time, and tells the next free one', async () => {
    const catalog = await testCatalog()
    storeVersion(catalog, 100, [])
    storeVersion(catalog, 101, [])
    expect(() => catalog.filesets.begin({ time: 100 })).toThrow(
      expect.objectContaining({ code: 'CATALOG_CONFLICT' })
    )
    expect(catalog.filesets.freeTime(100)).toBe(102)
    expect(catalog.filesets.freeTime(99)).toBe(99)
  })

  it('takes any number of older versions in between', async () => {
    const catalog = await testCatalog()
    const import1 = (time: number): void => {
      using stage = catalog.stageFileset()
      stage.add(
        batchOf([
          ['/same', 1],
          ['/a', time]
        ])
      )
      stage.commit({ time, volumeId: 1, isFull: true })
    }
    // Always right behind the first one, so that the gap there is halved until it is used up.
    import1(0)
    for (let time = 60; time >= 1; time--) import1(time)
    expect(catalog.filesets.all().map(({ time }) => time)).toEqual(
      Array.from({ length: 61 }, (_, time) => time)
    )
    for (const { seq, time } of catalog.filesets.all()) {
      expect(Array.from(catalog.entries.of({ seq }), (row) => [row.path, contentOf(row)])).toEqual([
        ['/a', time],
        ['/same', 1]
      ])
    }
    expect(catalog.entries.history('/same')).toHaveLength(1)
    expect(catalog.findProblems()).toEqual([])
  })
})

describe('reading a version in', () => {
  it('in any order of versions ends in the same catalog', async () => {
    const versions = [
      [
        100,
        [
          ['/a', 1],
          ['/b', 1]
        ]
      ],
      [
        200,
        [
          ['/a', 2],
          ['/b', 1]
        ]
      ],
      [
        300,
        [
          ['/b', 1],
          ['/c', 1]
        ]
      ]
    ] as const
    const rows = async (order: readonly number[]): Promise<unknown[]> => {
      const catalog = await testCatalog()
      for (const i of order) {
        const [time, entries] = versions[i] as (typeof versions)[number]
        using stage = catalog.stageFileset()
        stage.add(batchOf(entries))
        stage.commit({ time, volumeId: 1, isFull: true })
      }
      const place = new Map(catalog.filesets.all().map(({ seq }, n) => [seq, n]))
      return ['/a', '/b', '/c'].flatMap((path) =>
        catalog.entries
          .history(path)
          .map((row) => [path, contentOf(row), place.get(row.fromSeq), place.get(row.toSeq)])
      )
    }
    const expected = [
      ['/a', 1, 0, 1],
      ['/a', 2, 1, 2],
      ['/b', 1, 0, undefined],
      ['/c', 1, 2, undefined]
    ]
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1]
    ])
      expect(await rows(order)).toEqual(expected)
  })

  it('takes the first of entries with the same path and counts the others', async () => {
    const catalog = await testCatalog()
    using stage = catalog.stageFileset()
    stage.add(
      batchOf([
        ['/a', 1],
        ['/b', 1]
      ])
    )
    stage.add(batchOf([['/a', 2]]))
    const seq = stage.commit({ time: 1, volumeId: 1, isFull: false })
    expect(stage.duplicates).toBe(1)
    expect(catalog.entries.find('/a', seq)?.size).toBe(1)
    expect(catalog.filesets.bySeq(seq)).toMatchObject({ isFull: false, entries: 2, state: 'stored' })
  })

  it('leaves nothing when it is not committed', async () => {
    const catalog = await testCatalog()
    {
      using stage = catalog.stageFileset()
      stage.add(batchOf([['/a', 1]]))
    }
    using stage = catalog.stageFileset()
    const seq = stage.commit({ time: 1, volumeId: 1, isFull: true })
    expect(pathsOf(catalog.entries.of({ seq }))).toEqual([])
  })

  it('waits for the one that is being built', async () => {
    const catalog = await testCatalog()
    catalog.filesets.begin({ time: 1 })
    using stage = catalog.stageFileset()
    expect(() => stage.commit({ time: 2, volumeId: 1, isFull: true })).toThrow(
      expect.objectContaining({ code: 'CATALOG_VERSION_BUILDING' })
    )
  })

  it('costs few statements, however many the entries', async () => {
    const catalog = await testCatalog()
    const entries = Array.from({ length: 3200 }, (_, i) => [`/f${i % 7}/${i}`, 1] as const)
    const count = (time: number): number => {
      const before = catalog.statementCount
      using stage = catalog.stageFileset()
      stage.add(batchOf(entries))
      stage.commit({ time, volumeId: 1, isFull: true })
      return catalog.statementCount - before
    }
    expect(count(100)).toBeLessThanOrEqual(3200 / 64 + 32)
    expect(count(50)).toBeLessThanOrEqual(3200 / 64 + 32)
  })
})

describe('removing versions', () => {
  it('removes what only they had: entries, folders, streams and blocklists', async () => {
    const catalog = await testCatalog()
    const first = catalog.filesets.begin({ time: 1 })
    catalog.changes.put(first, {
      ...batchOf([
        ['/only/first', 1],
        ['/kept', 2]
      ]),
      contents: Int32Array.of(0, 1),
      blocksets: [
        {
          hash: hash(1),
          size: 1,
          blocklists: [hash(20), hash(21), hash(22)],
          contents: [hash(30), hash(31), hash(32)]
        },
        { hash: hash(2), size: 2, blocklists: [hash(21), hash(23)], contents: [hash(31), hash(33)] }
      ]
    })
    catalog.filesets.complete(first, { volumeId: 1, isFull: true })
    const second = catalog.filesets.begin({ time: 2 })
    catalog.changes.close(second, keysOf(['/only/first']))
    catalog.filesets.complete(second, { volumeId: 2, isFull: true })

    catalog.filesets.remove(first)
    expect(pathsOf(catalog.entries.of({ seq: second }))).toEqual(['/kept'])
    expect(Array.from(catalog.entries.folders(second))).toEqual(['/'])
    expect(catalog.entries.history('/only/first')).toEqual([])
    const kept = [20, 21, 22, 23].filter((n) => catalog.blocksets.blocklist(hash(n)) !== undefined)
    expect(kept).toEqual([21, 23])
    expect(catalog.findProblems()).toEqual([])
  })

  it('of the newest makes the one before the newest again', async () => {
    const catalog = await testCatalog()
    storeVersion(catalog, 1, [['/a', 1]])
    const second = storeVersion(catalog, 2, [
      ['/a', 2],
      ['/b', 1]
    ])
    catalog.filesets.remove(second)
    const third = storeVersion(catalog, 3, [])
    expect(Array.from(catalog.entries.of({ seq: third }), (row) => [row.path, contentOf(row)])).toEqual([
      ['/a', 1]
    ])
  })

  it('takes the same statements for any number of them', async () => {
    const catalog = await testCatalog()
    const seqs = Array.from({ length: 60 }, (_, time) =>
      storeVersion(catalog, time, [['/a', (time % 9) + 1]])
    )
    const statements = (...which: number[]) => {
      const before = catalog.statementCount
      catalog.filesets.remove(...which)
      return catalog.statementCount - before
    }
    const one = statements(seqs[0]!)
    expect(statements(...seqs.slice(2, 50))).toBe(one)
    expect(catalog.filesets.versions()).toHaveLength(11)
    expect(catalog.entries.find('/a', seqs[1]!)?.size).toBe(2)
    expect(catalog.entries.find('/a', seqs[59]!)?.size).toBe(6)
    expect(catalog.findProblems()).toEqual([])
  })

  it('that do not exist does nothing', async () => {
    const catalog = await testCatalog()
    const seq = storeVersion(catalog, 1, [['/a', 1]])
    catalog.filesets.remove(seq + 1, 5)
    expect(pathsOf(catalog.entries.of({ seq }))).toEqual(['/a'])
  })
})

describe('versions that are to be deleted', () => {
  it('are none any more, and come back when that is taken back', async () => {
    const catalog = await testCatalog()
    const [first, second, third] = [1, 2, 3].map((time) => storeVersion(catalog, time, [['/a', time]]))
    catalog.filesets.markDeleting([first!, third!, 99])
    expect(catalog.filesets.versions()).toMatchObject([{ seq: second, version: 0 }])
    expect(catalog.filesets.deleting()).toMatchObject([
      { seq: first, state: 'deleting' },
      { seq: third, state: 'deleting' }
    ])
    expect(catalog.filesets.building()).toBeUndefined()
    expect(() => catalog.filesets.resolve({ time: 1 })).toThrow(
      expect.objectContaining({ code: 'CATALOG_NO_SUCH_VERSION' })
    )
    catalog.filesets.unmarkDeleting([third!, second!])
    expect(catalog.filesets.versions()).toMatchObject([{ seq: third }, { seq: second }])
    expect(catalog.entries.find('/a', third!)?.size).toBe(3)
    expect(catalog.findProblems()).toEqual([])
  })

  it('need their dlists no more', async () => {
    const catalog = await testCatalog()
    const seq = storeVersion(catalog, 1, [])
    const volumeId = catalog.volumes.add({ name: 'a.dlist', type: 'dlist', state: 'uploaded' })
    catalog.filesets.relabel(seq, { volumeId })
    expect(catalog.volumes.isReferenced(volumeId)).toBe(true)
    catalog.filesets.markDeleting([seq])
    expect(catalog.volumes.isReferenced(volumeId)).toBe(false)
  })

  it('are gone before the next version begins, which continues the newest that stays', async () => {
    const catalog = await testCatalog()
    storeVersion(catalog, 1, [['/a', 1]])
    const newest = storeVersion(catalog, 2, [
      ['/a', 2],
      ['/b', 2]
    ])
    catalog.filesets.markDeleting([newest])
    const next = storeVersion(catalog, 3, [['/c', 3]])
    expect(catalog.filesets.deleting()).toEqual([])
    expect(Array.from(catalog.entries.of({ seq: next }), (row) => [row.path, contentOf(row)])).toEqual([
      ['/a', 1],
      ['/c', 3]
    ])
    expect(catalog.findProblems()).toEqual([])
  })
})

it('relabels a version', async () => {
  const catalog = await testCatalog()
  const seq = storeVersion(catalog, 1, [])
  catalog.filesets.relabel(seq, { time: 2 })
  catalog.filesets.relabel(seq, { volumeId: 77 })
  expect(catalog.filesets.byTime(2)).toMatchObject({ seq, volumeId: 77 })
  expect(catalog.filesets.byTime(1)).toBeUndefined()
  for (const change of [
    () => catalog.filesets.relabel(seq + 1, { time: 5 }),
    () => catalog.filesets.complete(seq + 1, { volumeId: 1, isFull: true })
  ]) {
    expect(change).toThrow(expect.objectContaining({ code: 'CATALOG_NO_SUCH_VERSION' }))
  }
})

describe('counting a version', () => {
  it('looks at what changed only, and comes to the same', async () => {
    const catalog = await testCatalog()
    storeVersion(
      catalog,
      100,
      Array.from({ length: 200 }, (_, n) => [`/a/${n}`, 1] as const)
    )
    const counted = () => {
      const { entries, files, bytes, carried } = catalog.filesets.versions()[0]!
      return { entries, files, bytes, carried }
    }
    const before = counted()
    expect(before).toMatchObject({ entries: 200, files: 200, carried: 0 })
    const { bytes } = before
    const seq = catalog.filesets.begin({ time: 200 })
    catalog.changes.put(
      seq,
      batchOf([
        ['/a/1', 2],
        ['/a/new', 1]
      ])
    )
    catalog.changes.put(seq, batchOf([['/a/1', 3]]))
    catalog.changes.close(seq, keysOf(['/a/2', '/a/not there']))
    catalog.changes.markStale(seq, keysOf(['/a/5', '/a/6']))
    catalog.changes.revert(seq, keysOf(['/a/6']))
    catalog.filesets.complete(seq, { volumeId: 1, isFull: true })
    const quickly = counted()
    expect(quickly).toMatchObject({ entries: 200, files: 200, carried: 1 })
    expect(quickly.bytes).not.toBe(bytes)
    // Completed once more, nothing is known of what was changed, and everything is counted.
    catalog.filesets.complete(seq, { volumeId: 1, isFull: true })
    expect(counted()).toEqual(quickly)
  })
})
