import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCatalogFolder } from '../src/catalog/catalog-place.ts'
import { openCatalog } from '../src/catalog/open-catalog.ts'
import { openCatalogReader } from '../src/catalog/open-catalog-reader.ts'
import { makeFolders } from '../src/make-folders.ts'
import { createSpool } from '../src/volumes/spool.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tercet-folders-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('makeFolders', () => {
  it('makes what is missing, for its owner only, and leaves what is there', () => {
    mkdirSync(join(folder, 'a'), { mode: 0o755 })
    makeFolders(join(folder, 'a', 'b', 'c'))
    makeFolders(join(folder, 'a', 'b', 'c'))
    const modes = ['a', 'a/b', 'a/b/c'].map((name) => statSync(join(folder, name)).mode & 0o777)
    expect(modes).toEqual([0o755, 0o700, 0o700])
  })

  it('tells of a file in its way', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => makeFolders(join(folder, 'file'))).toThrow('EEXIST')
    expect(() => makeFolders(join(folder, 'file', 'below'))).toThrow('ENOTDIR')
  })

  it('ends where a file system knows no new folders', () => {
    const module = new URL('../src/make-folders.ts', import.meta.url).href
    // In a process of its own, because a loop without an end could not be stopped in this one.
    const program = `import { makeFolders } from ${JSON.stringify(module)}
      try { makeFolders('/proc/tercet/below') } catch (error) { console.log(error.code) }`
    const run = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      timeout: 240_000,
      killSignal: 'SIGKILL'
    })
    expect({ out: run.stdout.trim(), signal: run.signal }).toEqual({ out: 'ENOENT', signal: null })
  })
})

describe('a place that cannot hold what is to be there', () => {
  it('is named when a catalog is opened', async () => {
    writeFileSync(join(folder, 'file'), '')
    const below = join(folder, 'file', 'catalog.sqlite')
    const refusal = (path: string) => ({ code: 'CATALOG_IO', message: expect.stringContaining(path) })
    for (const path of [folder, `${folder}/`])
      await expect(openCatalog({ path })).rejects.toMatchObject(refusal(path))
    expect(() => makeCatalogFolder(below)).toThrow(expect.objectContaining(refusal(below)))
    expect(() => openCatalogReader(folder)).toThrow('is a folder')
    const path = join(folder, 'new', 'catalog.sqlite')
    makeCatalogFolder(path)
    const catalog = await openCatalog({ path })
    catalog.close()
  })

  it('is named when temporary files are to be there', async () => {
    writeFileSync(join(folder, 'file'), '')
    for (const place of [join(folder, 'file'), join(folder, 'file', 'below')]) {
      const refusal = { code: 'SPOOL_FAILED', message: expect.stringContaining(place) }
      expect(() => createSpool({ folder: place })).toThrow(expect.objectContaining(refusal))
      await expect(openCatalog({ path: undefined, temporaryFolder: place })).rejects.toMatchObject(refusal)
    }
    const catalog = await openCatalog({ path: undefined, temporaryFolder: join(folder, 'new') })
    catalog.close()
  })
})
