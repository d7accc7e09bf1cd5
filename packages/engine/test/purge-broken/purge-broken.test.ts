import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TreeEntry } from '@tercet/testkit-data'
import { crashEverywhere, observed } from '@tercet/testkit-faults'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listBrokenFiles } from '../../src/browse/list-broken-files.ts'
import { planPurgeBroken } from '../../src/purge-broken/plan-purge-broken.ts'
import { purgeBroken } from '../../src/purge-broken/purge-broken.ts'
import { verify } from '../../src/verify/verify.ts'
import { noise } from '../compact/world.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'
import { rewindable } from '../support/rewind.ts'

/** Two versions in volumes of their own; the file `lost` is in a volume of its own. Trees newest first. */
async function makeWorld(world: BackupWorld): Promise<{ trees: TreeEntry[][]; lost: string }> {
  world.write('kept', noise(1, 3000))
  await world.clock.advance(9000)
  await world.backUp()
  const before = new Set(await world.volumes())
  world.write('lost', noise(2, 3000))
  world.write('changing', 'first')
  const first = await world.tree()
  await world.clock.advance(9000)
  await world.backUp()
  const lost = (await world.volumes()).find((name) => name.includes('.dblock.') && !before.has(name))!
  world.write('changing', 'second')
  const second = await world.tree()
  await world.clock.advance(9000)
  await world.backUp()
  await world.clock.advance(9000)
  return { trees: [second, first], lost }
}

let world: BackupWorld
beforeEach(async () => {
  world = await createBackupWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const remove = (name: string) => rmSync(join(world.destination, name))

async function run() {
  const plan = await planPurgeBroken(world.context)
  return { plan, result: await purgeBroken(world.context, plan) }
}

describe('what is broken is taken out', () => {
  it('of every version that has it; all that is left can be restored', async () => {
    const { trees, lost } = await makeWorld(world)
    remove(lost)
    const { plan, result } = await run()
    expect(plan.lostVolumes).toEqual([{ name: lost, type: 'dblock', reason: 'missing' }])
    expect(
      plan.mended.map(({ version, action, isListLost }) => [version.number, action, isListLost])
    ).toEqual([
      [0, 'rewrite', false],
      [1, 'rewrite', false]
    ])
    expect(plan.examples).toContain(world.path('lost'))
    expect(result).toMatchObject({ outcome: 'success', droppedVolumes: [lost], deleted: [] })
    expect(await listBrokenFiles(world.context)).toEqual({ volumes: [], versionsWithoutList: [], files: [] })
    expect(world.catalog.findProblems()).toEqual([])
    const gone = (path: string, version: number) => path === 'lost' || (path === 'changing' && version === 1)
    for (const [number, tree] of trees.entries()) {
      const left = tree.filter(({ path }) => !gone(path, number))
      const found = (await world.differencesFromDestination(number, left)) as { path?: string }[]
      // Folders whose metadata is lost have none.
      expect(found.filter(({ path }) => !/source$|^$|^\.$/.test(path ?? ''))).toEqual([])
    }
    expect(await verify(world.context, { samples: 'all', blockShare: 1 })).toMatchObject({ defects: [] })
    await world.checkFormat()
    // The next run stores again what is still there.
    await world.backUp()
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    expect((await run()).plan).toMatchObject({ lostVolumes: [], mended: [], examples: [] })
  })

  it('where only the metadata is lost, its content stays', async () => {
    world.write('a', noise(3, 2000))
    await world.clock.advance(9000)
    await world.backUp()
    const before = new Set(await world.volumes())
    const { chmodSync } = await import('node:fs')
    chmodSync(world.path('a'), 0o640)
    await world.clock.advance(9000)
    await world.backUp()
    await world.clock.advance(9000)
    const lost = (await world.volumes()).find((name) => name.includes('.dblock.') && !before.has(name))!
    remove(lost)
    const kept = await planPurgeBroken(world.context, { replaceMetadata: false })
    expect(kept.mended[0]).toMatchObject({ removedEntries: 1, emptiedEntries: 0 })
    const { plan } = await run()
    expect(plan.mended).toMatchObject([{ removedEntries: 0, emptiedEntries: 1, action: 'rewrite' }])
    const entry = world.catalog.entries.find(world.path('a'), world.catalog.filesets.versions()[0]!.seq)
    expect(entry).toMatchObject({ size: 2000, metaSize: 5 })
    await world.checkFormat()
    const differences = JSON.stringify(await world.differencesFromDestination(0, await world.tree()))
    expect(differences).not.toContain('content')
    await world.backUp()
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
  })

  it('but not a file of which only the list of blocks was in a volume that is lost', async () => {
    const half = noise(5, 40 * 1024)
    world.write('half', half)
    await world.clock.advance(9000)
    await world.backUp()
    const before = new Set(await world.volumes())
    // All of its blocks are there already.
    world.write('whole', Buffer.concat([half, half]))
    await world.clock.advance(9000)
    await world.backUp()
    await world.clock.advance(9000)
    const lost = (await world.volumes()).find((name) => name.includes('.dblock.') && !before.has(name))!
    remove(lost)
    const { plan } = await run()
    expect(plan.mended).toMatchObject([{ removedEntries: 0 }])
    expect(await world.volumes()).not.toContain(lost)
    const differences = JSON.stringify(await world.differencesFromDestination(0, await world.tree()))
    expect(differences).not.toMatch(/content|missing|RESTORE/)
    await world.checkFormat()
    expect((await run()).plan).toMatchObject({ lostVolumes: [], mended: [] })
  })

  it('and lists and indexes that are lost are made anew', async () => {
    const { trees } = await makeWorld(world)
    const all = await world.volumes()
    for (const name of [
      all.findLast((one) => one.includes('.dlist.'))!,
      all.find((one) => one.includes('.dindex.'))!
    ])
      remove(name)
    const { plan, result } = await run()
    expect(plan.mended).toMatchObject([{ action: 'rewrite', isListLost: true, removedEntries: 0 }])
    expect(result).toMatchObject({ outcome: 'warning', issues: [{ code: 'PURGE_EXTRAS_LOST' }] })
    for (const [number, tree] of trees.entries())
      expect(await world.differencesFromDestination(number, tree)).toEqual([])
    await world.checkFormat()
  })

  it('is refused where nothing would be left, or the plan is out of date', async () => {
    const { lost } = await makeWorld(world)
    remove(lost)
    const plan = await planPurgeBroken(world.context)
    for (const name of await world.volumes()) if (name.includes('.dblock.')) remove(name)
    await expect(planPurgeBroken(world.context)).rejects.toMatchObject({ code: 'PURGE_ALL_BROKEN' })
    await expect(purgeBroken(world.context, plan)).rejects.toMatchObject({ code: /PURGE_/ })
    expect(await world.volumes()).not.toEqual([])
  })
})

it('purging what is broken can be stopped after each of its steps', async () => {
  const { trees, lost } = await makeWorld(world)
  writeFileSync(join(world.destination, lost), 'damaged')
  const plan = await planPurgeBroken(world.context)
  const rewind = await rewindable(world)
  const steps = await crashEverywhere({
    async run(crash) {
      const { observer } = crash
      world = await rewind(world, { observer, layer: (inner) => observed(inner, observer) })
      await purgeBroken(world.context, plan)
    },
    async check(crash) {
      world = await world.reopen({ observer: undefined, layer: undefined })
      await run()
      expect(await listBrokenFiles(world.context)).toEqual({
        volumes: [],
        versionsWithoutList: [],
        files: []
      })
      expect(world.catalog.findProblems()).toEqual([])
      expect((await world.volumes()).filter((name) => name.includes('.dlist.'))).toHaveLength(3)
      const left = trees[0]!.filter(({ path }) => path !== 'lost')
      const found = await (crash.count % 3 === 0
        ? world.differencesFromDestination(0, left)
        : world.differences(0, left))
      expect(JSON.stringify(found)).not.toMatch(/kept|changing/)
    }
  })
  expect(steps).toBeGreaterThan(12)
})
