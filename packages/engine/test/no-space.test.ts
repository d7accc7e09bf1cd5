import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { openCatalog } from '@tercet/core'
import type { StorageLayer } from '@tercet/interface'
import { createRandom } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { recreateCatalog } from '../src/recreate/recreate-catalog.ts'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { type BackupWorld, createBackupWorld } from './support/backup-world.ts'
import { limitDatabases, limitSpace } from './support/limited-space.ts'

const random = createRandom(41)

/** Some small files and one of many blocks, none of which compresses. */
function fill(world: BackupWorld, folder: string, large = 200_000): void {
  for (let index = 0; index < 20; index++) world.write(`${folder}/${index}`, random.bytes(900))
  world.write(`${folder}/large`, random.bytes(large))
}

const rejection = async (
  work: Promise<unknown>
): Promise<{ code: string; message: string; cause?: unknown }> =>
  await work.then(
    () => {
      throw new Error('It was expected to fail')
    },
    (error: { code: string; message: string }) => error
  )

const topOf = (world: BackupWorld) => dirname(world.source)
const spools = (world: BackupWorld) =>
  readdirSync(topOf(world)).filter((name) => name.startsWith('tercet-spool-'))

describe('no space for files on their way', () => {
  it.each([0, 10_000, 1_500_000])('ends a backup after %d bytes; the next one goes on', async (bytes) => {
    await using world = await createBackupWorld({ passphrase: 'p' })
    fill(world, 'one')
    const first = await world.tree()
    await world.backUp()
    fill(world, 'two', 2_000_000)
    {
      using limit = limitSpace(topOf(world), bytes)
      const error = await rejection(world.backUp({ volumeSizeBytes: 1024 * 1024 }))
      expect(error).toMatchObject({ code: 'SPOOL_FULL', message: expect.stringContaining(topOf(world)) })
      expect(error.message).toMatch(/free some|another folder/)
      expect(limit.refused).toBeGreaterThan(0)
    }
    expect(spools(world)).toEqual([])
    expect(await world.differencesFromDestination(0, first)).toEqual([])
    expect((await world.backUp()).outcome).toMatch(/success|warning/)
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    expect(await world.differencesFromDestination(1, first)).toEqual([])
    await world.checkFormat()
  })

  it('ends a restore from a destination without local files, and leaves none behind', async () => {
    const remote: StorageLayer = (inner) =>
      new Proxy(inner, {
        get(target, key) {
          if (key === 'localFile') return async () => undefined
          const value = Reflect.get(target, key)
          return typeof value === 'function' ? value.bind(target) : value
        }
      })
    await using world = await createBackupWorld({ layer: remote })
    fill(world, 'one')
    await world.backUp()
    const plan = () => planRestore(world.context, { to: `${world.source}-restored` })
    {
      using limit = limitSpace(topOf(world), 5000)
      expect((await rejection(plan().then((made) => restore(world.context, made)))).code).toBe('SPOOL_FULL')
      expect(limit.refused).toBeGreaterThan(0)
    }
    expect(spools(world)).toEqual([])
    expect((await restore(world.context, await plan())).outcome).toBe('success')
  })
})

describe('no space for restored files', () => {
  it.each([0, 5000, 100_000])(
    'ends a restore after %d bytes; what is there is used by the next one',
    async (bytes) => {
      await using world = await createBackupWorld()
      fill(world, 'one')
      await world.backUp()
      const to = `${world.source}-restored`
      const plan = () => planRestore(world.context, { to, permissions: true })
      {
        using limit = limitSpace(to, bytes)
        const error = await rejection(plan().then((made) => restore(world.context, made)))
        expect(error).toMatchObject({ code: 'RESTORE_NO_SPACE', message: expect.stringContaining(to) })
        expect(error.message).toMatch(/free some space and restore again/)
        expect(limit.refused).toBeGreaterThan(0)
      }
      const left = existsSync(to) ? readdirSync(to, { recursive: true, encoding: 'utf8' }) : []
      expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([])
      const again = await plan()
      expect(again.presentFiles).toBe(left.filter((name) => /\/\d+$/.test(name)).length)
      const result = await restore(world.context, again)
      expect(result).toMatchObject({ outcome: 'success', files: 21, issues: [] })
      expect(await world.differences(0, await world.tree())).toEqual([])
    }
  )
})

describe('no space for the catalog', () => {
  it.each([0, 1, 4, 8])('ends a backup after %d pages; the next one goes on', async (pages) => {
    await using world = await createBackupWorld()
    fill(world, 'one')
    const first = await world.tree()
    await world.backUp()
    for (let index = 0; index < 400; index++)
      world.write(`two/${'long-name-'.repeat(12)}${index}`, `${index}`)
    {
      using _limit = limitDatabases(pages)
      const error = await rejection(world.backUp())
      expect(error).toMatchObject({
        code: 'CATALOG_FULL',
        message: expect.stringContaining(world.catalogPath)
      })
      expect(error.message).toMatch(/disk is full.*free some space/i)
    }
    expect(spools(world)).toEqual([])
    await using next = await world.reopen()
    expect((await next.backUp()).outcome).toMatch(/success|warning/)
    expect(await next.differencesFromDestination(0, await next.tree())).toEqual([])
    const oldest = next.catalog.filesets.versions().length - 1
    expect(await next.differencesFromDestination(oldest, first)).toEqual([])
    await next.checkFormat()
  })

  it('ends a recreation, and the next one goes on', async () => {
    await using world = await createBackupWorld()
    for (let index = 0; index < 400; index++) world.write(`${'long-name-'.repeat(12)}${index}`, `${index}`)
    await world.backUp()
    const catalog = await openCatalog({ path: `${world.catalogPath}-2` })
    const context = { ...world.context, catalog }
    {
      using _limit = limitDatabases(4)
      expect((await rejection(recreateCatalog(context))).code).toBe('CATALOG_FULL')
    }
    expect((await recreateCatalog(context)).outcome).toBe('success')
    expect(await world.differences(0, await world.tree(), catalog)).toEqual([])
    catalog.close()
  })
})
