import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { keysOf } from '../../src/catalog/entry-changes.ts'
import { MIGRATIONS, type Migration } from '../../src/catalog/migrations.ts'
import { openCatalog, openCatalogWith } from '../../src/catalog/open-catalog.ts'
import { openCatalogReader } from '../../src/catalog/open-catalog-reader.ts'
import { pathsOf, storeVersion, temporaryFolder, testCatalog } from './helpers.ts'

function newPath(): string {
  return join(temporaryFolder(), 'catalog.sqlite')
}

/** A catalog with some versions in it, closed. */
async function filledCatalog(): Promise<string> {
  const path = newPath()
  using catalog = await openCatalog({ path })
  const files = Array.from({ length: 2000 }, (_, i) => [`/folder/file-${i}`, i] as const)
  storeVersion(catalog, 100, files)
  catalog.ledger.record({ volumeName: 'duplicati-b1.dblock.zip', verifiedAt: 5, outcome: 'sound' })
  return path
}

/** Overwrites pages in the middle of the file, as a bad disk may. */
function damage(path: string): void {
  const bytes = readFileSync(path)
  bytes.fill(0x55, 30 * 4096, 40 * 4096)
  writeFileSync(path, bytes)
}

function filesBeside(path: string): string[] {
  return readdirSync(dirname(path)).sort()
}

describe('opening a catalog', () => {
  it.skipIf(process.platform === 'win32')('makes files that nobody else may read', async () => {
    const path = newPath()
    const mask = process.umask(0)
    try {
      using catalog = await openCatalog({ path })
      storeVersion(catalog, 100, [['/a', 1]])
      const modes = filesBeside(path).map((name) => [name, statSync(join(dirname(path), name)).mode & 0o777])
      expect(modes).toEqual(['', '-lock', '-shm', '-wal'].map((suffix) => [`catalog.sqlite${suffix}`, 0o600]))
    } finally {
      process.umask(mask)
    }
  })

  it('makes a new one, and finds what was stored when it is opened again', async () => {
    const path = newPath()
    const first = await openCatalog({ path })
    const seq = storeVersion(first, 100, [['/a', 1]])
    first.close()
    first.close()
    expect(() => first.settings.get('x')).toThrow(expect.objectContaining({ code: 'CATALOG_CLOSED' }))
    expect(filesBeside(path)).toEqual(['catalog.sqlite', 'catalog.sqlite-lock'])
    const second = await testCatalog({ path })
    expect(pathsOf(second.entries.of({ seq }))).toEqual(['/a'])
    expect(second.findProblems()).toEqual([])
  })

  it('makes a temporary one without a path, which other connections can read, and removes it', async () => {
    const parent = temporaryFolder()
    const catalog = await openCatalog({ path: undefined, temporaryFolder: parent })
    const seq = storeVersion(catalog, 100, [['/a', 1]])
    const reader = openCatalogReader(catalog.path)
    expect(pathsOf(reader.entries.of({ seq }))).toEqual(['/a'])
    reader.close()
    expect(readdirSync(parent)).toHaveLength(1)
    catalog.close()
    expect(readdirSync(parent)).toEqual([])
  })

  it('rejects unknown options, a missing folder and a missing catalog', async () => {
    await expect(openCatalog({ path: newPath(), lock: false } as never)).rejects.toMatchObject({
      code: 'CONFIG_UNKNOWN_KEY'
    })
    const path = join(temporaryFolder(), 'no', 'catalog.sqlite')
    await expect(openCatalog({ path })).rejects.toMatchObject({ code: 'CATALOG_IO' })
    expect(() => openCatalogReader(path)).toThrow(expect.objectContaining({ code: 'CATALOG_MISSING' }))
  })

  it('leaves the database of another program alone', async () => {
    const path = newPath()
    const foreign = new DatabaseSync(path)
    foreign.exec('CREATE TABLE theirs(x)')
    foreign.close()
    const before = readFileSync(path)
    await expect(openCatalog({ path, damaged: 'set-aside' })).rejects.toMatchObject({
      code: 'CATALOG_FOREIGN'
    })
    expect(() => openCatalogReader(path)).toThrow(expect.objectContaining({ code: 'CATALOG_FOREIGN' }))
    expect(readFileSync(path)).toEqual(before)
  })
})

it('gets smaller by a vacuum, and keeps what it holds', async () => {
  const path = await filledCatalog()
  const catalog = await openCatalog({ path })
  const [version] = catalog.filesets.versions()
  const seq = storeVersion(catalog, 200, [['/kept', 1]])
  catalog.filesets.remove(version?.seq as number)
  catalog.changes.refreshSignatures(keysOf(['/kept']), Uint8Array.of(1))
  catalog.close()
  const before = statSync(path).size
  const again = await openCatalog({ path })
  const gone = again.filesets.begin({ time: 300 })
  again.changes.closeTrees(gone, ['/folder/'])
  again.filesets.complete(gone, { volumeId: 1, isFull: true })
  again.filesets.remove(seq)
  again.vacuum()
  expect(pathsOf(again.entries.of({ seq: gone }))).toEqual(['/kept'])
  expect(again.findProblems()).toEqual([])
  again.close()
  expect(statSync(path).size).toBeLessThan(before / 2)
})

describe('a damaged catalog', () => {
  it('is refused with the advice to repair', async () => {
    const path = await filledCatalog()
    ;(await openCatalog({ path })).close()
    damage(path)
    await expect(openCatalog({ path })).rejects.toMatchObject({
      code: 'CATALOG_CORRUPT',
      message: expect.stringContaining('repair')
    })
  })

  it.each([
    [
      'something else in its place',
      (path: string) => writeFileSync(path, 'not a database at all, but long enough for a header'.repeat(90))
    ],
    ['its end missing', (path: string) => truncateSync(path, 5 * 4096)]
  ])('is refused with %s', async (_, spoil) => {
    const path = await filledCatalog()
    spoil(path)
    await expect(openCatalog({ path })).rejects.toMatchObject({ code: 'CATALOG_CORRUPT' })
  })

  it('is set aside on request, and a new one begins with its ledger', async () => {
    const path = await filledCatalog()
    damage(path)
    const catalog = await testCatalog({
      path,
      damaged: 'set-aside',
      clock: () => Date.UTC(2026, 0, 2, 3, 4, 5)
    })
    expect(catalog.setAsidePath).toBe(`${path}.damaged-20260102T030405Z`)
    expect(existsSync(catalog.setAsidePath as string)).toBe(true)
    expect(catalog.filesets.all()).toEqual([])
    expect(catalog.ledger.get('duplicati-b1.dblock.zip')).toEqual({
      volumeName: 'duplicati-b1.dblock.zip',
      verifiedAt: 5,
      outcome: 'sound'
    })
  })

  it('is set aside as well when nothing of it can be read', async () => {
    const path = await filledCatalog()
    writeFileSync(path, Buffer.alloc(100_000, 1))
    const catalog = await testCatalog({ path, damaged: 'set-aside' })
    expect(Array.from(catalog.ledger.all())).toEqual([])
  })

  it('is not seen where there is none', async () => {
    const path = await filledCatalog()
    const catalog = await testCatalog({ path, damaged: 'set-aside' })
    expect(catalog.setAsidePath).toBeUndefined()
    expect(catalog.findProblems()).toEqual([])
    expect(catalog.filesets.versions()).toHaveLength(1)
  })

  it('is told apart by the full check also where the file itself is well', async () => {
    const path = await filledCatalog()
    const database = new DatabaseSync(path)
    database.exec("UPDATE entry SET from_seq = 5 WHERE name = 'file-3'; UPDATE fileset SET files = 1")
    database.close()
    const catalog = await testCatalog({ path })
    expect(catalog.findProblems()).toEqual([
      '1 entries that begin with a version that does not exist',
      '1 versions whose counts are wrong'
    ])
  })
})

describe('the schema version', () => {
  const withColor: Migration = (connection) =>
    connection.exec("ALTER TABLE volume ADD COLUMN color TEXT NOT NULL DEFAULT 'grey'")

  it('of an older catalog is brought up to date, keeping what it holds', async () => {
    const path = await filledCatalog()
    const newer = [...MIGRATIONS, withColor, (): void => {}]
    const catalog = openCatalogWith({ path }, newer)
    expect(catalog.filesets.versions()).toHaveLength(1)
    catalog.volumes.add({ name: 'v', type: 'dblock', state: 'uploaded' })
    catalog.close()
    const raw = new DatabaseSync(path)
    expect(raw.prepare('SELECT color FROM volume').get()).toEqual({ color: 'grey' })
    expect(raw.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length + 2 })
    raw.close()
    // The present program has become too old for it.
    await expect(openCatalog({ path })).rejects.toMatchObject({ code: 'CATALOG_TOO_NEW' })
    expect(() => openCatalogReader(path)).toThrow(expect.objectContaining({ code: 'CATALOG_TOO_NEW' }))
  })

  it('of the first catalogs knows of nothing that was carried over', async () => {
    const path = newPath()
    openCatalogWith({ path }, MIGRATIONS.slice(0, 1)).close()
    const catalog = await testCatalog({ path })
    const seq = storeVersion(catalog, 100, [['/a', 1]])
    expect(catalog.filesets.bySeq(seq)?.carried).toBe(0)
  })

  it('stays with the old one when a step fails', async () => {
    const path = await filledCatalog()
    const failing: Migration = () => {
      throw new Error('step failed')
    }
    expect(() => openCatalogWith({ path }, [...MIGRATIONS, withColor, failing])).toThrow('step failed')
    const catalog = await testCatalog({ path })
    expect(catalog.filesets.versions()).toHaveLength(1)
  })

  it('of an older catalog must be raised by a writer before it can be read', () => {
    const path = newPath()
    const raw = new DatabaseSync(path)
    raw.exec('PRAGMA application_id = 0x54524354; PRAGMA user_version = 0; CREATE TABLE x(y)')
    raw.close()
    expect(() => openCatalogReader(path)).toThrow(expect.objectContaining({ code: 'CATALOG_CORRUPT' }))
  })
})

describe('the write-ahead log', () => {
  it('stays small over many commits and is cut back after a large one, while a reader is open', async () => {
    const path = newPath()
    const catalog = await testCatalog({ path })
    using reader = openCatalogReader(path)
    const put = (n: number, megabytes: number): void =>
      catalog.settings.set(`k${n}`, new Uint8Array(megabytes << 20))
    const logBytes = (): number => statSync(`${path}-wal`).size
    let most = 0
    for (let n = 0; n < 40; n++) {
      put(n % 4, 1)
      reader.settings.get('k0')
      most = Math.max(most, logBytes())
    }
    expect(most).toBeLessThan(8 << 20)
    put(1, 40)
    expect(logBytes()).toBeGreaterThan(32 << 20)
    for (let n = 0; n < 3; n++) put(2, 1)
    expect(logBytes()).toBeLessThanOrEqual(16 << 20)
  })

  it('holds what was committed when the process ended without closing', async () => {
    const path = newPath()
    const catalog = await openCatalog({ path })
    const seq = storeVersion(catalog, 100, [['/a', 1]])
    // A copy of the files as they are now is what a killed process leaves.
    const copy = newPath()
    copyFileSync(path, copy)
    copyFileSync(`${path}-wal`, `${copy}-wal`)
    catalog.close()
    const reopened = await testCatalog({ path: copy })
    expect(pathsOf(reopened.entries.of({ seq }))).toEqual(['/a'])
  })
})
