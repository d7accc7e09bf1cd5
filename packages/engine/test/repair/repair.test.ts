import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createFileBackend } from '@tercet/backend-file'
import type { TreeEntry } from '@tercet/testkit-data'
import { crashEverywhere, observed } from '@tercet/testkit-faults'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planDestinationRepair } from '../../src/repair/plan-repair.ts'
import { repairDestination } from '../../src/repair/repair.ts'
import type { RepairOptions } from '../../src/repair/repair-options.ts'
import { verify } from '../../src/verify/verify.ts'
import { noise } from '../compact/world.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'
import { rewindable } from '../support/rewind.ts'

/** Two versions, each with volumes of its own, among them one of a file of several blocks. Trees newest first. */
async function makeWorld(world: BackupWorld): Promise<TreeEntry[][]> {
  const settle = () => {
    for (const folder of ['', 'later']) utimesSync(world.path(folder), 1e9, 1e9)
  }
  mkdirSync(world.path('later'))
  world.write('big', noise(1, 90_000))
  world.write('both', noise(2, 900))
  settle()
  const first = await world.tree()
  await world.clock.advance(9000)
  await world.backUp()
  world.write('later/file', noise(3, 2500))
  settle()
  const second = await world.tree()
  await world.clock.advance(9000)
  await world.backUp()
  await world.clock.advance(9000)
  return [second, first]
}

let world: BackupWorld
let trees: TreeEntry[][]
beforeEach(async () => {
  world = await createBackupWorld({ passphrase: 'a secret' })
  trees = await makeWorld(world)
})
afterEach(() => world[Symbol.asyncDispose]())

const pathOf = (name: string) => join(world.destination, name)
const lose = (name: string) => rmSync(pathOf(name))
const named = async (part: string) => (await world.volumes()).filter((name) => name.includes(part))

/** Flips a bit in the middle, and has that found out. */
async function damage(name: string): Promise<void> {
  const bytes = readFileSync(pathOf(name))
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(pathOf(name), bytes)
  await verify(world.context, { samples: 'all' })
}

async function run(options: RepairOptions = {}) {
  const { replica, localBlocks } = options
  const plan = await planDestinationRepair(world.context, { replica, localBlocks })
  return { plan, result: await repairDestination(world.context, plan, options) }
}

async function expectMended(options: RepairOptions = {}): Promise<void> {
  expect(world.catalog.findProblems()).toEqual([])
  for (const [number, tree] of trees.entries())
    expect(await world.differencesFromDestination(number, tree)).toEqual([])
  expect(await verify(world.context, { samples: 'all', blockShare: 1 })).toMatchObject({ defects: [] })
  await world.checkFormat()
  const before = await world.volumes()
  const { plan, result } = await run(options)
  expect(plan).toEqual({ actions: [], endsBackup: false, openVolumes: 0 })
  expect(result).toMatchObject({ outcome: 'success', mended: [], newVolumes: 0 })
  expect(await world.volumes()).toEqual(before)
}

describe('a repair', () => {
  it('has nothing to do where all is well', async () => {
    await expectMended()
  })

  it.each(['missing', 'damaged'])('makes an index anew that is %s', async (state) => {
    const [index] = await named('.dindex.')
    if (state === 'missing') lose(index!)
    else await damage(index!)
    const { plan, result } = await run()
    expect(plan.actions).toMatchObject([{ volume: index, reason: state, means: 'rebuild' }])
    expect(result).toMatchObject({ outcome: 'success', mended: [{ volume: index, means: 'rebuild' }] })
    expect(await named('.dindex.')).not.toContain(index)
    await expectMended()
  })

  it.each(['missing', 'damaged'])('makes a list anew that is %s', async (state) => {
    const [list] = await named('.dlist.')
    if (state === 'missing') lose(list!)
    else await damage(list!)
    const { plan, result } = await run()
    expect(plan.actions).toMatchObject([{ volume: list, reason: state, means: 'rebuild' }])
    expect(result).toMatchObject({ outcome: 'warning', issues: [{ code: 'REPAIR_EXTRAS_LOST' }] })
    expect(await named('.dlist.')).toHaveLength(2)
    await expectMended()
  })

  it('finds metadata of several blocks in the sources', async () => {
    world.write('noted', 'a')
    const note = Buffer.from(noise(5, 2600)).toString('base64')
    execFileSync('setfattr', ['-n', 'user.note', '-v', `0s${note}`, world.path('noted')])
    utimesSync(world.path(''), 1e9, 1e9)
    await world.backUp()
    const row = world.catalog.entries.find(world.path('noted'), world.catalog.filesets.versions()[0]!.seq)
    expect(row!.metaSize).toBeGreaterThan(3 * 1024)
    for (const volume of await named('.dblock.')) lose(volume)
    const { result } = await run()
    expect(result).toMatchObject({ outcome: 'success', lost: { volumes: [], files: [] } })
    trees = [await world.tree(), ...trees]
    await expectMended()
  })

  it.each(['missing', 'damaged', 'size'])(
    'finds the blocks of a volume that is %s in the sources',
    async (state) => {
      for (const volume of await named('.dblock.')) {
        if (state === 'missing') lose(volume)
        else if (state === 'size') writeFileSync(pathOf(volume), 'short')
        else await damage(volume)
      }
      const { plan, result } = await run()
      expect(plan.actions.map(({ type, reason, means }) => [type, reason, means])).toEqual(
        plan.actions.map(() => ['dblock', state, 'rebuild'])
      )
      expect(plan.actions.length).toBeGreaterThan(1)
      expect(result).toMatchObject({ outcome: 'success', lost: { volumes: [], files: [] } })
      expect(result.foundBlocks).toBe(plan.actions.reduce((sum, { neededBlocks }) => sum + neededBlocks, 0))
      await expectMended()
    }
  )

  it('takes volumes from a replica as they were', async () => {
    const copy = join(dirname(world.catalogPath), 'replica')
    cpSync(world.destination, copy, { recursive: true })
    const all = await world.volumes()
    for (const name of all.slice(0, -1)) lose(name)
    rmSync(world.source, { recursive: true })
    const replica = createFileBackend({ path: copy })
    const { plan, result } = await run({ replica })
    expect(plan.actions.map(({ means }) => means)).toEqual(plan.actions.map(() => 'copy'))
    expect(result).toMatchObject({ outcome: 'success', newVolumes: 0 })
    expect(await world.volumes()).toEqual(all)
    for (const name of all) expect(readFileSync(pathOf(name))).toEqual(readFileSync(join(copy, name)))
    await expectMended({ replica })
  })

  it('takes no damaged bytes from a replica, and no others', async () => {
    const copy = join(dirname(world.catalogPath), 'replica')
    cpSync(world.destination, copy, { recursive: true })
    const [volume] = await named('.dblock.')
    lose(volume!)
    const bytes = readFileSync(join(copy, volume!))
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(join(copy, volume!), bytes)
    const { result } = await run({ replica: createFileBackend({ path: copy }) })
    expect(result).toMatchObject({ outcome: 'warning', issues: [{ code: 'REPAIR_COPY_UNUSABLE' }] })
    expect(await named('.dblock.')).not.toContain(volume)
    await expectMended()
  })

  it('drops a volume that nothing needs', async () => {
    const [index] = await named('.dindex.')
    const [volume] = await named('.dblock.')
    const { id } = world.catalog.volumes.byName(volume!)!
    // Every block of it is in another volume, too.
    const copied = world.catalog.blocks.ofVolume(id)
    const other = world.catalog.volumes.byName((await named('.dblock.'))[1]!)!
    for (const { hashes, sizes, count } of copied)
      world.catalog.blocks.add({
        volumeId: other.id,
        first: world.catalog.blocks.nextOrdinal(),
        count,
        hashes,
        sizes
      })
    lose(volume!)
    const { plan } = await run()
    expect(plan.actions).toMatchObject([{ volume, means: 'drop', neededBlocks: 0 }])
    expect(await named('.dblock.')).not.toContain(volume)
    expect(index).toBeDefined()
  })

  it('names exactly what cannot be mended, mends the rest, and changes nothing the second time', async () => {
    const big = (await named('.dblock.')).filter((name) => {
      const { size } = world.catalog.volumes.byName(name)!
      return size! > 50_000
    })
    for (const name of big) lose(name)
    world.write('big', noise(9, 500))
    chmodSync(world.path('both'), 0o600)
    const first = await run()
    expect(first.result.outcome).toBe('error')
    expect(first.result.lost.volumes).toMatchObject(big.map((name) => ({ name, reason: 'missing' })))
    const lost = first.result.lost.files.filter(({ metadataOnly }) => !metadataOnly)
    expect(lost.map(({ path, versions }) => [path, versions])).toEqual([[world.path('big'), [0, 1]]])
    const before = await world.volumes()
    const second = await run()
    expect(second.plan.actions).toMatchObject(big.map((volume) => ({ volume, means: 'rebuild' })))
    expect(second.result).toMatchObject({ outcome: 'error', newVolumes: 0, foundBlocks: 0, mended: [] })
    expect(await world.volumes()).toEqual(before)
    expect(second.result.lost).toEqual(first.result.lost)
  })

  it('believes no old verdict about a volume that is sound', async () => {
    const [volume] = await named('.dblock.')
    world.catalog.ledger.record({ volumeName: volume!, verifiedAt: 0, outcome: 'damaged' })
    const { plan, result } = await run()
    expect(plan.actions).toMatchObject([{ volume, reason: 'damaged' }])
    expect(result).toMatchObject({ outcome: 'success', mended: [], sound: [volume], newVolumes: 0 })
    await expectMended()
  })
})

describe('a repair is refused', () => {
  it('with a plan that is out of date, or the wrong passphrase', async () => {
    const [volume, other] = await named('.dindex.')
    lose(volume!)
    const plan = await planDestinationRepair(world.context)
    const before = await world.volumes()
    await expect(repairDestination({ ...world.context, passphrase: 'another' }, plan)).rejects.toMatchObject({
      code: 'BACKUP_PASSPHRASE_WRONG'
    })
    expect(await world.volumes()).toEqual(before)
    lose(other!)
    await expect(repairDestination(world.context, plan)).rejects.toMatchObject({
      code: 'REPAIR_PLAN_OUTDATED'
    })
    expect(await world.volumes()).toEqual(before.filter((name) => name !== other))
  })
})

it('a repair that is stopped after each of its steps loses nothing, and the next one ends it', async () => {
  const [volume] = await named('.dblock.')
  const [index] = (await named('.dindex.')).slice(-1)
  const [list] = await named('.dlist.')
  for (const name of [volume, index, list]) lose(name!)
  const rewind = await rewindable(world)
  const steps = await crashEverywhere({
    async run(crash) {
      world = await rewind(world, {})
      const plan = await planDestinationRepair(world.context)
      const { observer } = crash
      world = await world.reopen({ observer, layer: (inner) => observed(inner, observer) })
      await repairDestination(world.context, plan)
    },
    async check(crash) {
      world = await world.reopen({ observer: undefined, layer: undefined })
      const { result } = await run()
      expect(result.outcome).not.toBe('error')
      expect(world.catalog.findProblems()).toEqual([])
      expect((await run()).plan.actions).toEqual([])
      if (crash.count % 3 === 0 || !crash.crashed)
        for (const [number, tree] of trees.entries())
          expect(await world.differencesFromDestination(number, tree)).toEqual([])
    }
  })
  expect(steps).toBeGreaterThan(12)
})
