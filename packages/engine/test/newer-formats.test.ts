import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openCatalog, openCatalogReader } from '@tercet/core'
import { describe, expect, it } from 'vitest'
import { recreateCatalog } from '../src/recreate/recreate-catalog.ts'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { type BackupWorld, createBackupWorld } from './support/backup-world.ts'
import { patchArchive } from './support/patch-archive.ts'

/** Marks volumes as written in a format to come. */
function raiseVersion(world: BackupWorld, type: string): void {
  for (const name of readdirSync(world.destination).filter((found) => found.includes(`.${type}.`)))
    patchArchive(join(world.destination, name), '"Version":2', '"Version":3')
}

async function oneBackup(): Promise<BackupWorld> {
  const world = await createBackupWorld()
  world.write('a', 'content')
  await world.backUp({ compression: { method: 'none' } })
  return world
}

describe('volumes of a newer version of the format', () => {
  it.each(['dlist', 'dindex'])('end a recreation with a code of their own: %s', async (type) => {
    await using world = await oneBackup()
    const catalog = await openCatalog({ path: undefined })
    raiseVersion(world, type)
    await expect(recreateCatalog({ ...world.context, catalog })).rejects.toMatchObject({
      code: 'VOLUME_MANIFEST_VERSION',
      message: expect.stringMatching(/newer|version 3/i)
    })
    catalog.close()
  })

  it('cost a restore the files in them, each with the reason', async () => {
    await using world = await oneBackup()
    raiseVersion(world, 'dblock')
    const plan = await planRestore(world.context, { to: `${world.source}-restored` })
    const { outcome, failed, issues } = await restore(world.context, plan)
    expect({ outcome, failed }).toMatchObject({ outcome: 'error', failed: 1 })
    expect(issues.map(({ message }) => message).join('\n')).toContain('VOLUME_MANIFEST_VERSION')
  })
})

describe('a catalog of a newer version', () => {
  it('is refused by writer and reader alike, and left as it is', async () => {
    await using world = await oneBackup()
    world.catalog.close()
    const database = new DatabaseSync(world.catalogPath)
    database.exec('PRAGMA user_version = 999')
    database.close()
    const before = readFileSync(world.catalogPath)
    const refusal = { code: 'CATALOG_TOO_NEW', message: expect.stringContaining(world.catalogPath) }
    await expect(openCatalog({ path: world.catalogPath })).rejects.toMatchObject(refusal)
    expect(() => openCatalogReader(world.catalogPath)).toThrowError(expect.objectContaining(refusal))
    expect(readFileSync(world.catalogPath).equals(before)).toBe(true)
    // Nothing of the destination depends on it.
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
  })
})
