import { renameSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listBrokenFiles } from '../src/browse/list-broken-files.ts'
import { isContentKnown, setContentKnown } from '../src/common/catalog-completeness.ts'
import { requireStoredSettings } from '../src/common/stored-settings.ts'
import { knowContent } from '../src/recreate/know-content.ts'
import { recreateCatalog } from '../src/recreate/recreate-catalog.ts'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { verify } from '../src/verify/verify.ts'
import { flipByte, volumesBySize } from './support/damage.ts'
import { openFixtureContext, openRecreatedFixture } from './support/fixture-context.ts'

describe('what cannot be restored', () => {
  it('is nothing while all is well', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    expect(await listBrokenFiles(opened.context)).toEqual({ volumes: [], versionsWithoutList: [], files: [] })
  })

  it.each(['missing', 'size', 'damaged'] as const)(
    'is told exactly, where a volume is lost (%s)',
    async (reason) => {
      await using opened = await openRecreatedFixture('aes-v2')
      const { context, fixture } = opened
      const { volumesToFetch } = await planRestore(context, { version: 1, to: fixture.folder.join('x') })
      const name = volumesBySize(fixture.destination, 'dblock').find((one) => volumesToFetch.includes(one))!
      const path = join(fixture.destination, name)
      if (reason === 'missing') rmSync(path)
      else if (reason === 'size') truncateSync(path, 1000)
      else flipByte(path)
      // What nobody has looked at counts as good.
      if (reason === 'damaged') {
        expect((await listBrokenFiles(context)).files).toEqual([])
        await verify(context, { samples: 'all' })
      }
      const all = await listBrokenFiles(context)
      expect(all.volumes).toEqual([{ name, type: 'dblock', reason }])
      const { files } = await listBrokenFiles(context, { version: 1 })
      expect(files.length).toBeGreaterThan(0)
      expect(all.files.filter(({ versions }) => versions.includes(1))).toHaveLength(files.length)
      rmSync(path, { force: true })
      const plan = await planRestore(context, { version: 1, to: fixture.folder.join('out') })
      const { issues } = await restore(context, plan)
      const failed = issues.filter(({ severity }) => severity === 'error').map((issue) => issue.path)
      expect(new Set(files.map((file) => file.path))).toEqual(new Set(failed))
    }
  )

  it('is the same, whether or not the catalog is known to be whole', async () => {
    await using opened = await openRecreatedFixture('index-lookup')
    const { context, fixture } = opened
    const { catalog } = context
    const sizes: number[] = []
    for (const name of volumesBySize(fixture.destination, 'dblock')) {
      const path = join(fixture.destination, name)
      renameSync(path, `${path}-away`)
      expect(isContentKnown(catalog)).toBe(true)
      const quick = await listBrokenFiles(context)
      setContentKnown(catalog, false)
      expect(await listBrokenFiles(context)).toEqual(quick)
      knowContent(catalog, requireStoredSettings(catalog))
      renameSync(`${path}-away`, path)
      sizes.push(quick.files.length)
    }
    expect(Math.max(...sizes)).toBeGreaterThan(0)
  })

  it.each([
    ['aes-v2', true],
    ['index-none', false]
  ])(
    'is found as well, where volumes were lost before the catalog was made (%s)',
    async (name, isIndexed) => {
      await using opened = await openFixtureContext(name)
      const { fixture, context } = opened
      const { catalog } = context
      for (const lost of volumesBySize(fixture.destination, 'dblock').slice(1))
        rmSync(join(fixture.destination, lost))
      await recreateCatalog(context)
      expect(isContentKnown(catalog)).toBe(false)
      const { files } = await listBrokenFiles(context)
      expect(files.length).toBeGreaterThan(0)
      // The index of a volume that is lost tells what was in it.
      knowContent(catalog, requireStoredSettings(catalog))
      expect(isContentKnown(catalog)).toBe(isIndexed)
      expect((await listBrokenFiles(context)).files).toEqual(files)
    }
  )

  it('names versions whose lists are lost', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    const { context, fixture } = opened
    const list = context.catalog.filesets.versions()[2]!
    rmSync(join(fixture.destination, context.catalog.volumes.byId(list.volumeId!)!.name))
    expect(await listBrokenFiles(context)).toMatchObject({ versionsWithoutList: [2], files: [] })
    expect(await listBrokenFiles(context, { version: 1 })).toMatchObject({ versionsWithoutList: [] })
  })

  it('is refused for a version that does not exist, and with wrong options', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    const { context } = opened
    await expect(listBrokenFiles(context, { version: 9 })).rejects.toMatchObject({
      code: 'CATALOG_NO_SUCH_VERSION'
    })
    await expect(listBrokenFiles(context, { versions: 1 } as never)).rejects.toThrow(/version/)
    const reason = new Error('enough')
    await expect(listBrokenFiles(context, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})
