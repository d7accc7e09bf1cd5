import { describe, expect, it } from 'vitest'
import { FLAG_LOST, FLAG_STALE } from '../../src/catalog/entry-batch.ts'
import { keysOf } from '../../src/catalog/entry-changes.ts'
import { batchOf, hash, pathsOf, storeVersion, testCatalog } from './helpers.ts'

const TREE = ['/', '/b', '/a/', '/a/z', '/a-b/', '/a-b/x', '/a/c/', '/a/c/1', '/a.txt', '/ä', '/a/c/é'].map(
  (path, i) => [path, i + 1] as const
)

function byBytes(paths: readonly string[]): string[] {
  return [...paths].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

describe('the entries of a version', () => {
  it('come by folder and name, or by path', async () => {
    const catalog = await testCatalog()
    const seq = storeVersion(catalog, 100, TREE)
    const paths = TREE.map(([path]) => path)
    expect(pathsOf(catalog.entries.of({ seq, order: 'path' }))).toEqual(byBytes(paths))
    expect(pathsOf(catalog.entries.of({ seq }))).toEqual([
      ...['/', '/a-b/', '/a.txt', '/a/', '/b', '/ä'],
      ...['/a-b/x', '/a/c/', '/a/z', '/a/c/1', '/a/c/é']
    ])
  })

  it('come piece by piece, from one folder to another, as they come together', async () => {
    const catalog = await testCatalog()
    const seq = storeVersion(catalog, 100, TREE)
    const piece = (fromFolder: string | undefined, beforeFolder: string | undefined) =>
      pathsOf(catalog.entries.of({ seq, fromFolder, beforeFolder }))
    const pieces = [piece(undefined, '/a-b/'), piece('/a-b/', '/a/b'), piece('/a/b', undefined)]
    expect(pieces[1]).toEqual(['/a-b/x', '/a/c/', '/a/z'])
    expect(pieces.flat()).toEqual(pathsOf(catalog.entries.of({ seq })))
  })

  it('under a folder are that folder and all below it, and nothing beside it', async () => {
    const catalog = await testCatalog()
    const seq = storeVersion(catalog, 100, TREE)
    const expected = ['/a/', '/a/c/', '/a/c/1', '/a/c/é', '/a/z']
    for (const order of ['folder', 'path'] as const) {
      for (const under of ['/a', '/a/']) {
        expect(byBytes(pathsOf(catalog.entries.of({ seq, under, order })))).toEqual(expected)
      }
      expect(pathsOf(catalog.entries.of({ seq, under: '/a.txt', order }))).toEqual(['/a.txt'])
      expect(pathsOf(catalog.entries.of({ seq, under: '/missing', order }))).toEqual([])
      expect(pathsOf(catalog.entries.of({ seq, under: '/', order }))).toHaveLength(TREE.length)
    }
  })

  it('keep paths of Windows apart in the same way', async () => {
    const catalog = await testCatalog()
    const seq = storeVersion(
      catalog,
      100,
      ['C:\\', 'C:\\a\\', 'C:\\a\\x', 'C:\\ab', '\\\\host\\share\\y', 'D:\\a\\x'].map(
        (path) => [path, 1] as const
      )
    )
    expect(pathsOf(catalog.entries.of({ seq, under: 'C:\\a' }))).toEqual(['C:\\a\\', 'C:\\a\\x'])
    expect(pathsOf(catalog.entries.of({ seq, under: 'C:\\' }))).toContain('C:\\ab')
    expect(pathsOf(catalog.entries.of({ seq, under: '\\\\host\\share' }))).toEqual(['\\\\host\\share\\y'])
  })

  it('have all that was given for them', async () => {
    const catalog = await testCatalog()
    const seq = catalog.filesets.begin({ time: 1 })
    catalog.changes.put(seq, {
      ...keysOf(['/big', '/dir/', '/link', '/old']),
      count: 4,
      types: Uint8Array.of(0, 1, 2, 0),
      sizes: Float64Array.of(2 ** 50, 0, 0, 7),
      mtimes: Float64Array.of(-5, 0, 0, Number.NaN),
      hashes: Buffer.concat([hash(1), hash(2), hash(3), hash(4)]),
      metaHashes: Buffer.concat([hash(5), hash(6), hash(7), hash(8)]),
      metaSizes: Int32Array.of(10, 0, 30, -1),
      signatures: Uint8Array.of(1, 1, 2, 2, 3, 3, 4, 4),
      flags: Uint8Array.of(2, 0, 0, 0),
      contents: Int32Array.of(0, -1, -1, 1),
      metaContents: Int32Array.of(-1, -1, 2, -1),
      blocksets: [
        { hash: hash(1), size: 2 ** 50, blocklists: [hash(20), hash(21)], contents: [hash(30), undefined] },
        { hash: hash(4), size: 7, block: hash(40) },
        { hash: hash(7), size: 30, blocklists: [hash(22)] }
      ]
    })
    catalog.filesets.complete(seq, { volumeId: 1, isFull: true })
    const [big, old, dir, link] = ['/big', '/old', '/dir', '/link'].map((path) =>
      catalog.entries.find(path, seq)
    )
    expect([big?.folder, big?.name]).toEqual(['/', 'big'])
    expect({ ...big }).toEqual({
      path: '/big',
      type: 'file',
      size: 2 ** 50,
      mtime: -5,
      hash: hash(1),
      content: { blocklists: [hash(20), hash(21)], block: undefined },
      metaHash: hash(5),
      metaSize: 10,
      metaContent: undefined,
      flags: 2,
      fromSeq: seq,
      toSeq: Number.MAX_SAFE_INTEGER
    })
    expect(old).toMatchObject({ mtime: undefined, metaHash: undefined, metaSize: 0 })
    expect(old?.content).toEqual({ blocklists: [], block: hash(40) })
    expect(dir).toMatchObject({
      path: '/dir/',
      name: 'dir/',
      type: 'folder',
      size: 0,
      mtime: undefined,
      hash: undefined
    })
    expect(link).toMatchObject({ type: 'symlink', hash: undefined, metaContent: { blocklists: [hash(22)] } })
    expect(catalog.filesets.bySeq(seq)).toMatchObject({ entries: 4, files: 2, bytes: 2 ** 50 + 7 })
  })

  it('that are changed twice in one version are as they were put last', async () => {
    const catalog = await testCatalog()
    const first = storeVersion(catalog, 100, [['/a', 1]])
    const seq = catalog.filesets.begin({ time: 200 })
    for (const n of [2, 3]) catalog.changes.put(seq, batchOf([['/a', n]]))
    expect(catalog.entries.find('/a', seq)?.size).toBe(3)
    expect(catalog.entries.find('/a', first)?.size).toBe(1)
    expect(catalog.entries.history('/a')).toHaveLength(2)
  })
})

describe('a walk', () => {
  it('sees what the version before has, whatever the new one has changed since', async () => {
    const catalog = await testCatalog()
    const base = storeVersion(catalog, 100, TREE)
    const seq = catalog.filesets.begin({ time: 200 })
    catalog.changes.put(
      seq,
      batchOf([
        ['/a/z', 99],
        ['/a/new', 1],
        ['/n/x', 1]
      ])
    )
    catalog.changes.closeTrees(seq, ['/a/c/'])
    expect(catalog.entries.base('/a/', base)).toEqual([
      { name: 'c/', type: 'folder', size: 0, mtime: undefined, signature: hash(7).subarray(0, 8), flags: 0 },
      { name: 'z', type: 'file', size: 4, mtime: 40, signature: hash(4).subarray(0, 8), flags: 0 }
    ])
    expect(catalog.entries.base('/missing/', base)).toEqual([])
    expect(Array.from(catalog.entries.folders(base))).toEqual(['', '/', '/a-b/', '/a/', '/a/c/'])
    expect(Array.from(catalog.entries.folders(seq))).toEqual(['', '/', '/a-b/', '/a/', '/n/'])
    expect(pathsOf(catalog.entries.of({ seq, changedOnly: true }))).toEqual(['/a/new', '/a/z', '/n/x'])
  })

  it('can refresh signatures of current entries without a version', async () => {
    const catalog = await testCatalog()
    const seq = storeVersion(catalog, 100, TREE)
    catalog.changes.refreshSignatures(keysOf(['/b', '/missing', '/a/z']), Uint8Array.of(1, 1, 2, 2, 3, 3))
    const signature = (folder: string, name: string) =>
      catalog.entries.base(folder, seq).find((entry) => entry.name === name)?.signature
    expect(signature('/', 'b')).toEqual(Uint8Array.of(1, 1))
    expect(signature('/a/', 'z')).toEqual(Uint8Array.of(3, 3))
    expect(signature('/a/', 'c/')).toEqual(hash(7).subarray(0, 8))
    expect(catalog.filesets.all()).toHaveLength(1)
  })

  it('marks what it carries over unread, which is then read again', async () => {
    const catalog = await testCatalog()
    const first = storeVersion(catalog, 100, TREE)
    const seq = catalog.filesets.begin({ time: 200 })
    catalog.changes.markStale(seq, keysOf(['/b', '/missing']))
    catalog.changes.markStale(seq, keysOf(['/b']))
    const entry = (at: number) => catalog.entries.base('/', at).find(({ name }) => name === 'b')
    expect(entry(seq)).toMatchObject({ flags: FLAG_STALE, signature: undefined, size: 2 })
    expect(entry(first)).toMatchObject({ flags: 0, signature: hash(2).subarray(0, 8), size: 2 })
    expect(catalog.entries.find('/missing', seq)).toBeUndefined()
  })
})

describe('the cost in statements', () => {
  const MANY = Array.from({ length: 6400 }, (_, i) => [`/folder-${i % 10}/file-${i}`, i + 1] as const)

  it('of new files is one for each 64 of them, plus a constant', async () => {
    const catalog = await testCatalog()
    const seq = catalog.filesets.begin({ time: 1 })
    const before = catalog.statementCount
    catalog.changes.put(seq, batchOf(MANY))
    expect(catalog.statementCount - before).toBeLessThanOrEqual(6400 / 64 + 12)
  })

  it('of an unchanged version does not depend on the number of files, and it adds no row', async () => {
    const catalog = await testCatalog()
    storeVersion(catalog, 100, MANY)
    const before = catalog.statementCount
    const second = storeVersion(catalog, 200, [])
    expect(catalog.statementCount - before).toBeLessThanOrEqual(10)
    expect(catalog.filesets.bySeq(second)).toMatchObject({ entries: 6400 })
    expect(Array.from(catalog.entries.of({ seq: second, changedOnly: true }))).toEqual([])
  })

  it('of folders that are gone does not depend on what was in them', async () => {
    const catalog = await testCatalog()
    storeVersion(catalog, 100, MANY)
    const seq = catalog.filesets.begin({ time: 200 })
    const before = catalog.statementCount
    catalog.changes.closeTrees(seq, ['/folder-1', '/folder-2/'])
    expect(catalog.statementCount - before).toBeLessThanOrEqual(12)
    expect(Array.from(catalog.entries.of({ seq }))).toHaveLength(6400 - 1280)
  })

  it('of comparing a folder with a version is one', async () => {
    const catalog = await testCatalog()
    const seq = storeVersion(catalog, 100, MANY)
    const before = catalog.statementCount
    expect(catalog.entries.base('/folder-3/', seq)).toHaveLength(640)
    expect(catalog.statementCount - before).toBe(1)
  })
})

it('refuses changes of a version that is not being built', async () => {
  const catalog = await testCatalog()
  const seq = storeVersion(catalog, 100, TREE)
  const refused = expect.objectContaining({ code: 'CATALOG_NO_SUCH_VERSION' })
  expect(() => catalog.changes.put(seq, batchOf([['/a', 1]]))).toThrow(refused)
  expect(() => catalog.changes.close(seq, keysOf(['/a']))).toThrow(refused)
  expect(() => catalog.changes.closeTrees(seq + 1, ['/a/'])).toThrow(refused)
})

it('refuses numbers that are no integers, and stores nothing then', async () => {
  const catalog = await testCatalog()
  const seq = catalog.filesets.begin({ time: 1 })
  for (const size of [1.5, Number.POSITIVE_INFINITY, 2 ** 64]) {
    const batch = {
      ...batchOf([
        ['/a', 1],
        ['/b', 1]
      ]),
      sizes: Float64Array.of(1, size)
    }
    expect(() => catalog.changes.put(seq, batch)).toThrow(RangeError)
  }
  expect(pathsOf(catalog.entries.of({ seq }))).toEqual([])
})

it('tells the history of a path, as a file and as a folder', async () => {
  const catalog = await testCatalog()
  const first = storeVersion(catalog, 100, [['/a', 1]])
  const second = catalog.filesets.begin({ time: 200 })
  catalog.changes.close(second, keysOf(['/a']))
  catalog.changes.put(second, batchOf([['/a/', 1]]))
  catalog.filesets.complete(second, { volumeId: 1, isFull: true })
  const third = storeVersion(catalog, 300, [['/a', 5]])
  expect(catalog.entries.history('/a').map(({ path, fromSeq, toSeq }) => [path, fromSeq, toSeq])).toEqual([
    ['/a', first, second],
    ['/a/', second, Number.MAX_SAFE_INTEGER],
    ['/a', third, Number.MAX_SAFE_INTEGER]
  ])
  expect(pathsOf(catalog.entries.children(second, '/'))).toEqual(['/a/'])
})

it('takes names as they are, whatever is in them', async () => {
  const catalog = await testCatalog()
  const names = [
    "/it's",
    '/"quoted"',
    '/%',
    '/_',
    '/new\nline',
    '/-dash',
    '/__proto__',
    '/back\\slash',
    '/é',
    '/e\u0301',
    '/\u{1F600}'
  ]
  const seq = storeVersion(
    catalog,
    100,
    names.map((name) => [name, 1] as const)
  )
  expect(pathsOf(catalog.entries.of({ seq, order: 'path' }))).toEqual(byBytes(names))
  for (const name of names) expect(catalog.entries.find(name, seq)?.path).toBe(name)
})

describe('lost entries', () => {
  it('are marked in the newest version, each time anew', async () => {
    const catalog = await testCatalog()
    const first = storeVersion(catalog, 100, [
      ['/a', 1],
      ['/b', 2],
      ['/c', 3]
    ])
    storeVersion(catalog, 200, [['/a', 5]])
    const lost = () =>
      catalog.entries.base('/', catalog.filesets.versions()[0]!.seq).map(({ flags }) => flags)
    catalog.changes.setLost([keysOf(['/a', '/b']), keysOf(['/unknown'])])
    expect(lost()).toEqual([FLAG_LOST, FLAG_LOST, 0])
    expect(catalog.entries.find('/a', first)?.flags).toBe(0)
    catalog.changes.setLost([keysOf(['/c'])])
    expect(lost()).toEqual([0, 0, FLAG_LOST])
  })
})
