import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createFaults, createRandom, observed } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import type { BackupOptions } from '../../src/backup/backup-options.ts'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'
import { readFile } from '../../src/restore/read-file.ts'
import { verify } from '../../src/verify/verify.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'
import { flipByte, volumesBySize } from '../support/damage.ts'

const random = createRandom(23)

/** Files of one block, of several and of several blocklists, a folder, and what is in each volume of two versions. */
async function createDamagedWorld(passphrase?: string): Promise<{ world: BackupWorld; dblock: string }> {
  const world = await createBackupWorld({ passphrase })
  world.write('small', random.bytes(700))
  world.write('folder/middle', random.bytes(5000))
  world.write('large', random.bytes(80_000))
  await world.backUp()
  const dblock = join(world.destination, volumesBySize(world.destination, 'dblock')[0]!)
  world.write('later', random.bytes(3000))
  await world.backUp()
  return { world, dblock }
}

const verifyAll = (world: BackupWorld) => verify(world.context, { samples: 'all', blockShare: 1 })
const codesOf = (result: { readonly issues: readonly { readonly code: string }[] }): string[] =>
  result.issues.map(({ code }) => code)

/** Without the verdicts both copies of a block look alike: the damaged one is noticed, and the other one taken. */
async function lossesFromDestination(world: BackupWorld, tree: Awaited<ReturnType<BackupWorld['tree']>>) {
  const found = (await world.differencesFromDestination(0, tree)) as { readonly code?: string }[]
  return found.filter(({ code }) => code !== 'RESTORE_VOLUME_DAMAGED')
}

describe('a backup after a volume was found damaged', () => {
  it.each([
    ['plain', undefined],
    ['encrypted', 'correct horse']
  ])('stores its content again, so that the new version is whole (%s)', async (_what, passphrase) => {
    const { world, dblock } = await createDamagedWorld(passphrase)
    await using _ = world
    const tree = await world.tree()
    flipByte(dblock)
    expect((await verifyAll(world)).outcome).toBe('error')
    const result = await world.backUp()
    expect(result).toMatchObject({ outcome: 'warning', readFiles: 3, hasChanges: true })
    expect(codesOf(result)).toEqual(['BACKUP_VOLUMES_DAMAGED'])
    expect(await world.differences(0, tree)).toEqual([])
    expect(await lossesFromDestination(world, tree)).toEqual([])
    // Nothing is left to be done.
    expect(await world.backUp()).toMatchObject({ outcome: 'success', readFiles: 0, version: undefined })
    expect((await verifyAll(world)).defects.flatMap((each) => each.affectedVersions)).not.toContain(0)
  })

  it('costs nothing while all volumes are sound', async () => {
    await using world = await createBackupWorld()
    world.write('file', random.bytes(5000))
    await world.backUp()
    expect((await verifyAll(world)).outcome).toBe('success')
    expect(await world.backUp()).toMatchObject({ outcome: 'success', readFiles: 0, storedBytes: 0 })
  })

  it('does not count on its blocks for new files', async () => {
    const { world, dblock } = await createDamagedWorld()
    await using _ = world
    const lost = random.bytes(6000)
    world.write('first', lost)
    await world.backUp()
    rmSync(world.path('first'))
    await world.backUp()
    for (const name of volumesBySize(world.destination, 'dblock')) flipByte(join(world.destination, name))
    await verifyAll(world)
    world.write('second', lost)
    const result = await world.backUp({ changedFiles: [world.path('second')] })
    expect(result.storedBytes).toBeGreaterThan(6000)
    const read: Uint8Array[] = []
    for await (const chunk of readFile(world.context, { path: world.path('second') })) read.push(chunk)
    expect(Buffer.concat(read).equals(lost)).toBe(true)
    expect(dblock).toBeDefined()
  })

  it('reads nothing again once the volume is sound', async () => {
    const { world, dblock } = await createDamagedWorld()
    await using _ = world
    flipByte(dblock)
    await verifyAll(world)
    // The damage is noticed, and what it harms cannot be read again yet.
    await world.backUp({ changedFiles: [] })
    flipByte(dblock)
    expect((await verifyAll(world)).outcome).toBe('success')
    expect(await world.backUp()).toMatchObject({ outcome: 'success', readFiles: 0, version: undefined })
  })

  it('does so with a catalog that was recreated, too', async () => {
    const { world, dblock } = await createDamagedWorld()
    await using _ = world
    const tree = await world.tree()
    flipByte(dblock)
    await verifyAll(world)
    await world.backUp({ changedFiles: [] })
    const old = `${world.catalogPath}-old`
    world.catalog.close()
    renameSync(world.catalogPath, old)
    await using again = await world.reopen()
    again.catalog.copySurvivingTables(old)
    await recreateCatalog(again.context)
    const result = await again.backUp()
    expect(codesOf(result)).toEqual(['BACKUP_VOLUMES_DAMAGED'])
    expect(await lossesFromDestination(again, tree)).toEqual([])
  })

  it('marks nothing in a dry run', async () => {
    const { world, dblock } = await createDamagedWorld()
    await using _ = world
    flipByte(dblock)
    await verifyAll(world)
    const commits = world.catalog.commitCount
    expect(codesOf(await world.backUp({ dryRun: true }))).toEqual(['BACKUP_VOLUMES_DAMAGED'])
    expect(world.catalog.commitCount).toBe(commits)
    expect((await world.backUp()).readFiles).toBe(3)
  })

  it('stores content again that is in a missing volume, where it may go on at all', async () => {
    const { world, dblock } = await createDamagedWorld()
    await using _ = world
    const tree = await world.tree()
    rmSync(dblock)
    await verifyAll(world)
    await expect(world.backUp()).rejects.toMatchObject({ code: 'BACKUP_VOLUMES_MISSING' })
    const chosen: Partial<BackupOptions> = { verifyListing: false }
    expect(codesOf(await world.backUp(chosen))).toEqual(['BACKUP_VOLUMES_DAMAGED'])
    expect(await world.differencesFromDestination(0, tree)).toEqual([])
  })
})

describe('what verify says of a volume', () => {
  it('is no verdict when the volume could not be fetched', async () => {
    const faults = createFaults()
    await using world = await createBackupWorld({ layer: faults.layer })
    world.write('file', random.bytes(5000))
    await world.backUp()
    faults.fail('localFile', { match: /dblock/ })
    expect((await verifyAll(world)).outcome).toBe('error')
    faults.assertAllUsed()
    expect(world.catalog.volumes.damaged()).toEqual([])
  })
})

describe('a restore', () => {
  it('takes the copy of a block that is not known to be damaged', async () => {
    const fetched: string[] = []
    const world = await createBackupWorld({
      layer: (inner) =>
        observed(inner, ({ name, path }, moment) => {
          if (name === 'localFile' && moment === 'before') fetched.push(path!)
        })
    })
    await using _ = world
    world.write('file', random.bytes(5000))
    await world.backUp()
    const tree = await world.tree()
    const [dblock] = readdirSync(world.destination).filter((name) => name.includes('.dblock.'))
    flipByte(join(world.destination, dblock!))
    await verifyAll(world)
    await world.backUp()
    fetched.length = 0
    expect(await world.differences(0, tree)).toEqual([])
    expect(fetched).not.toContain(dblock)
  })
})
