import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openCatalog } from '../../src/catalog/open-catalog.ts'
import { openCatalogReader } from '../../src/catalog/open-catalog-reader.ts'
import { batchOf, pathsOf, storeVersion, temporaryFolder, testCatalog } from './helpers.ts'

const NOBODY = 65534
const program = fileURLToPath(new URL('./reading-program.ts', import.meta.url))

/** Runs the reading program with everything about the catalog read-only for it. */
function readWithoutRights(path: string): unknown {
  chmodSync(path, 0o444)
  chmodSync(dirname(path), 0o555)
  onTestFinished(() => chmodSync(dirname(path), 0o755))
  const args = [...process.execArgv, program, path, String(NOBODY)]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

describe('a reader', () => {
  it('sees each commit of the writer, and one state in each loop', async () => {
    const catalog = await testCatalog()
    using reader = openCatalogReader(catalog.path)
    const oldest = storeVersion(catalog, 100, [['/a', 1]])
    const first = storeVersion(catalog, 200, [
      ['/b', 1],
      ['/c', 1]
    ])
    const rows = reader.entries.of({ seq: first })
    expect(rows.next().value).toMatchObject({ path: '/a' })
    catalog.filesets.remove(first)
    const second = storeVersion(catalog, 300, [['/d', 1]])
    expect(pathsOf(rows)).toEqual(['/b', '/c'])
    expect(pathsOf(reader.entries.of({ seq: oldest }))).toEqual(['/a'])
    expect(pathsOf(reader.entries.of({ seq: second }))).toEqual(['/a', '/d'])
  })

  it('cannot write', async () => {
    const catalog = await testCatalog()
    using reader = openCatalogReader(catalog.path)
    expect(() => reader.settings.set('a', 1)).toThrow(expect.objectContaining({ code: 'CATALOG_READ_ONLY' }))
  })

  it('is not shown what the writer is in the middle of', async () => {
    const catalog = await testCatalog()
    const seq = catalog.filesets.begin({ time: 1 })
    using reader = openCatalogReader(catalog.path)
    catalog.transaction(() => {
      catalog.changes.put(seq, batchOf([['/a', 1]]))
      expect(pathsOf(reader.entries.of({ seq }))).toEqual([])
      expect(pathsOf(catalog.entries.of({ seq }))).toEqual(['/a'])
    })
    expect(pathsOf(reader.entries.of({ seq }))).toEqual(['/a'])
  })

  it('works where nothing can be written', async () => {
    const path = join(temporaryFolder(), 'catalog.sqlite')
    const catalog = await openCatalog({ path })
    storeVersion(catalog, 100, [['/a', 1]])
    catalog.close()
    expect(readWithoutRights(path)).toEqual([['/a']])
  })

  it('works where nothing can be written and the last commits are in the log only', async () => {
    const catalog = await testCatalog()
    storeVersion(catalog, 100, [['/a', 1]])
    const path = join(temporaryFolder(), 'copy of 100%.sqlite')
    copyFileSync(catalog.path, path)
    copyFileSync(`${catalog.path}-wal`, `${path}-wal`)
    chmodSync(`${path}-wal`, 0o444)
    expect(readWithoutRights(path)).toEqual([['/a']])
  })
})
