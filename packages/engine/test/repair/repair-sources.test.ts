import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createFileBackend } from '@tercet/backend-file'
import type { TreeEntry } from '@tercet/testkit-data'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeVerificationFile } from '../../src/common/write-verification-file.ts'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'
import { planDestinationRepair } from '../../src/repair/plan-repair.ts'
import { repairDestination } from '../../src/repair/repair.ts'
import type { RepairOptions } from '../../src/repair/repair-options.ts'
import { makeHistory, runCompact } from '../compact/world.ts'
import { remove } from '../delete/world.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'

let world: BackupWorld
let trees: TreeEntry[][]
let copy: string
beforeEach(async () => {
  world = await createBackupWorld()
  trees = await makeHistory(world, 2, 2)
  copy = join(dirname(world.catalogPath), 'replica')
})
afterEach(() => world[Symbol.asyncDispose]())

const named = async (part: string) => (await world.volumes()).filter((name) => name.includes(part))
const lose = (name: string) => rmSync(join(world.destination, name))
const replica = () => createFileBackend({ path: copy })

async function run(options: RepairOptions = {}) {
  const how = { localBlocks: false, ...options }
  const { volumeSizeBytes: _, ...planned } = how
  const plan = await planDestinationRepair(world.context, planned)
  return { plan, result: await repairDestination(world.context, plan, how) }
}

/** All is there again, and a second repair has nothing to do. */
async function expectMended(versions: readonly TreeEntry[][], options: RepairOptions = {}): Promise<void> {
  const before = await world.volumes()
  expect((await run(options)).plan).toMatchObject({ actions: [] })
  expect(await world.volumes()).toEqual(before)
  expect(await world.allDifferencesFromDestination(new Map(versions.entries()))).toEqual([])
  await world.checkFormat()
}

it.each([true, false])(
  'takes blocks from volumes of a replica that have other names (with indexes: %s)',
  async (isIndexed) => {
    cpSync(world.destination, copy, { recursive: true })
    const foreign = join(copy, 'duplicati-b0123456789abcdef0123456789abcdef.dblock.zip')
    writeFileSync(foreign, 'a volume that is none')
    await remove(world, { versions: [1] })
    await runCompact(world, { threshold: 1, maxSmallVolumes: 1 })
    const rewritten = (await named('.dblock.')).filter((name) => !existsSync(join(copy, name)))
    expect(rewritten).not.toEqual([])
    for (const name of rewritten) lose(name)
    if (!isIndexed)
      for (const name of (await replicaNames()).filter((one) => one.includes('.dindex.')))
        rmSync(join(copy, name))
    const alone = await run()
    expect(alone.result.outcome).toBe('error')
    const { result } = await run({ replica: replica() })
    expect(result).toMatchObject({ outcome: 'success' })
    expect(result.foundBlocks).toBeGreaterThan(0)
    await expectMended(trees.slice(0, 1), { replica: replica() })
  }
)

it('takes a list from a replica by the hash in the verification file, where the catalog does not know it', async () => {
  await writeVerificationFile(world.context)
  cpSync(world.destination, copy, { recursive: true })
  const list = (await named('.dlist.'))[0]!
  world = await forgetful(list)
  lose(list)
  const rebuilt = await planDestinationRepair(world.context)
  expect(rebuilt.actions).toMatchObject([{ volume: list, means: 'rebuild' }])
  const { plan, result } = await run({ replica: replica() })
  expect(plan.actions).toMatchObject([{ volume: list, means: 'copy' }])
  expect(result).toMatchObject({ outcome: 'success', newVolumes: 0 })
  expect(readFileSync(join(world.destination, list))).toEqual(readFileSync(join(copy, list)))
  expect(world.catalog.volumes.byName(list)!.hash).toHaveLength(32)
  await expectMended(trees, { replica: replica() })
})

it('takes nothing that the verification file does not prove', async () => {
  await writeVerificationFile(world.context)
  cpSync(world.destination, copy, { recursive: true })
  const list = (await named('.dlist.'))[1]!
  const bytes = readFileSync(join(copy, list))
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(join(copy, list), bytes)
  world = await forgetful(list)
  lose(list)
  const { result } = await run({ replica: replica() })
  expect(result.issues).toMatchObject([{ code: 'REPAIR_COPY_UNUSABLE' }, { code: 'REPAIR_EXTRAS_LOST' }])
  await expectMended(trees, { replica: replica() })
  // A file that nobody can understand is as good as none.
  const other = (await named('.dlist.'))[0]!
  world = await forgetful(other)
  lose(other)
  writeFileSync(join(copy, 'duplicati-verification.json'), '{')
  rmSync(join(world.destination, 'duplicati-verification.json'))
  expect((await planDestinationRepair(world.context, { replica: replica() })).actions).toMatchObject([
    { volume: other, means: 'rebuild' }
  ])
})

it('uses an unknown volume that has what another one has lost, before anything is removed', async () => {
  const [lost] = await named('.dblock.')
  const unknown = 'duplicati-bfedcba9876543210fedcba9876543210.dblock.zip'
  renameSync(join(world.destination, lost!), join(world.destination, unknown))
  rmSync(world.source, { recursive: true })
  mkdirSync(world.source)
  await recreateCatalog(world.context)
  const { result } = await run()
  expect(result.outcome).toBe('success')
  expect(await named('.dblock.')).toContain(unknown)
  await expectMended(trees)
})

async function replicaNames(): Promise<string[]> {
  const names: string[] = []
  for await (const { path } of replica().list()) names.push(path)
  return names
}

/** The same with a catalog that does not know the hash of a volume, as one does not that was read from an unproven place. */
async function forgetful(name: string): Promise<BackupWorld> {
  world.catalog.close()
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(world.catalogPath)
  database.prepare('UPDATE volume SET hash = NULL, size = NULL WHERE name = ?').run(name)
  database.close()
  return await world.reopen()
}
