import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStoredVolume } from '@tercet/core'
import { createAesCryptKeyring } from '@tercet/crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { affected } from '../../src/browse/affected.ts'
import { planPurge } from '../../src/purge/plan-purge.ts'
import { purge } from '../../src/purge/purge.ts'
import { verify } from '../../src/verify/verify.ts'
import { runCompact } from '../compact/world.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'
import { flipByte } from '../support/damage.ts'
import { lists, makeVersions, runPurge, withoutSecret } from './world.ts'

let world: BackupWorld
beforeEach(async () => {
  world = await createBackupWorld({ passphrase: 'a secret' })
})
afterEach(() => world[Symbol.asyncDispose]())

const secret = () => `${world.path('secret')}/`

describe('a purge', () => {
  it('takes a folder out of all versions, and nothing else', async () => {
    const trees = await makeVersions(world)
    await world.clock.advance(10_000)
    const before = await lists(world)
    const { plan, result } = await runPurge(world, { paths: [secret()] })
    expect(plan).toMatchObject({ unchanged: 0, issues: [] })
    expect(plan.examples).toContain(world.path('secret/always'))
    expect(plan.purged.map(({ removedFiles, removedEntries }) => [removedFiles, removedEntries])).toEqual([
      [3, 5],
      [3, 5],
      [3, 5]
    ])
    expect(plan.purged[0]).toMatchObject({ removedBytes: 5508, emptiedEntries: 0 })
    expect(result).toMatchObject({ outcome: 'success', issueCount: 0, isDryRun: false })
    expect(result.rewritten.map(({ number }) => number)).toEqual([0, 1, 2])
    const after = await lists(world)
    expect(after).toHaveLength(3)
    expect(after.filter((name) => before.includes(name))).toEqual([])
    expect(world.catalog.findProblems()).toEqual([])
    for (const [number, tree] of trees.entries()) {
      expect(await world.differences(number, withoutSecret(tree))).toEqual([])
      expect(await world.differencesFromDestination(number, withoutSecret(tree))).toEqual([])
    }
    expect(await verify(world.context, { samples: 'all', blockShare: 1 })).toMatchObject({ defects: [] })
    await world.checkFormat()
    // The space comes back, and the next backup goes on from there.
    const { result: compacted } = await runCompact(world, { threshold: 0, maxSmallVolumes: 1 })
    expect(compacted.freedBytes).toBeGreaterThan(5000)
    for (const [number, tree] of trees.entries())
      expect(await world.differencesFromDestination(number, withoutSecret(tree))).toEqual([])
    expect(await world.backUp()).toMatchObject({ outcome: 'success' })
    expect(await world.differences(0, await world.tree())).toEqual([])
    await world.checkFormat()
  })

  it('leaves versions alone that were not chosen, or have nothing that matches', async () => {
    const trees = await makeVersions(world)
    const { plan, result } = await runPurge(world, { paths: [secret()], versions: [1] })
    expect(result.rewritten.map(({ number }) => number)).toEqual([1])
    expect(plan.purged).toHaveLength(1)
    for (const [number, tree] of trees.entries())
      expect(await world.differences(number, number === 1 ? withoutSecret(tree) : tree)).toEqual([])
    const again = await planPurge(world.context, { paths: [secret()], versions: [0, 1] })
    expect(again).toMatchObject({ unchanged: 1 })
    expect(again.purged.map(({ version }) => version.number)).toEqual([0])
  })

  it('takes versions by time', async () => {
    await makeVersions(world)
    const middle = world.catalog.filesets.versions()[1]!.time
    const plan = await planPurge(world.context, { paths: ['changing'], time: new Date(middle * 1000) })
    expect(plan.purged.map(({ version, removedFiles }) => [version.number, removedFiles])).toEqual([
      [1, 2],
      [2, 2]
    ])
  })

  it('goes by the rules of filters, where what no rule matches stays', async () => {
    await makeVersions(world, 1)
    const filters = [`-${world.path('kept/')}*`, '+*changing'] as const
    const plan = await planPurge(world.context, { filters })
    expect(plan.examples).toEqual([world.path('secret/changing')])
  })

  it('keeps control files and whether a version is partial (W36)', async () => {
    const file = world.path('../control.txt')
    writeFileSync(file, 'kept along')
    await makeVersions(world, 1, { controlFiles: [file] })
    const stop = new AbortController()
    stop.abort()
    world.write('later', 'more')
    await world.clock.advance(20_000)
    await runPurge(world, { paths: [secret()] })
    const [list] = await lists(world)
    const keyring = createAesCryptKeyring('a secret')
    using reader = await openStoredVolume({ path: join(world.destination, list!), name: list!, keyring })
    if (reader.type !== 'dlist') throw new TypeError('no list')
    expect(
      [...reader.controlFiles()].map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])
    ).toEqual([['control.txt', 'kept along']])
  })

  it('can be tried', async () => {
    await makeVersions(world, 1)
    const before = await world.volumes()
    const { result } = await runPurge(world, { paths: [secret()] }, { dryRun: true })
    expect(result).toMatchObject({ isDryRun: true, rewritten: [{ number: 0 }] })
    expect(await world.volumes()).toEqual(before)
  })

  it('shifts labels so that their order stays, also where they follow each other second by second', async () => {
    for (let version = 0; version < 3; version++) {
      world.write('secret/changing', `${version}`)
      world.write('kept/changing', `${version}`)
      await world.backUp()
    }
    const times = () => world.catalog.filesets.versions().map(({ time }) => time)
    const before = times()
    // The newer one has to make room.
    const { result } = await runPurge(world, { paths: [secret()], versions: [1] })
    expect(result).toMatchObject({ outcome: 'success', rewritten: [{ number: 1 }] })
    expect(times()).toEqual([before[0]! + 2, before[0]! + 1, before[2]!])
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    await runPurge(world, { paths: [secret()] })
    const after = times()
    expect(after).toEqual(after.toSorted((a, b) => b - a))
    expect(new Set([...after, ...before, before[0]! + 1, before[0]! + 2]).size).toBe(8)
    for (const number of [0, 1, 2]) expect(await world.differences(number, [])).not.toEqual([])
    await world.checkFormat()
  })

  it('gives up rather than pass a version which follows at once and cannot move on', async () => {
    for (const content of ['one', 'two']) {
      world.write('secret/changing', content)
      world.write('kept/changing', content)
      await world.backUp()
    }
    flipByte(join(world.destination, (await lists(world)).at(-1)!))
    const before = await world.volumes()
    await expect(runPurge(world, { paths: [secret()], versions: [1] })).rejects.toMatchObject({
      code: 'ENGINE_NO_FREE_TIME'
    })
    expect(await world.volumes()).toEqual(before)
  })
})

describe('a purge is refused', () => {
  it.each([
    ['nothing', {}, 'CONFIG_MISSING'],
    ['everything', { paths: ['*'] }, 'CONFIG_INVALID_VALUE'],
    ['everything by a regular expression', { filters: ['+[.*]'] }, 'CONFIG_INVALID_VALUE'],
    ['a path that no version has', { paths: ['nowhere'] }, 'PURGE_NOTHING_MATCHES'],
    ['a version that does not exist', { paths: ['changing'], versions: [0, 9] }, 'CATALOG_NO_SUCH_VERSION'],
    ['no version', { paths: ['changing'], versions: [] }, 'CONFIG_INVALID_VALUE'],
    ['a time before all versions', { paths: ['x'], time: new Date(0) }, 'CATALOG_NO_SUCH_VERSION'],
    ['versions and a time', { paths: ['x'], versions: [0], time: 'now' }, 'CONFIG_CONFLICT'],
    ['an unknown option', { paths: ['x'], version: 0 }, 'CONFIG_UNKNOWN_KEY'],
    ['all that a version has', { paths: ['*kept*', '*secret*', '*source/'] }, 'PURGE_EMPTIES_VERSION']
  ])('for %s', async (_what, options, code) => {
    await makeVersions(world, 1)
    const before = await world.volumes()
    await expect(planPurge(world.context, options)).rejects.toMatchObject({ code })
    expect(await world.volumes()).toEqual(before)
  })

  it('when the plan is out of date', async () => {
    await makeVersions(world, 2)
    const plan = await planPurge(world.context, { paths: [secret()] })
    await runPurge(world, { paths: ['always'] })
    const before = await world.volumes()
    await expect(purge(world.context, plan)).rejects.toMatchObject({ code: 'PURGE_PLAN_OUTDATED' })
    await makeVersions(world, 1)
    await expect(purge(world.context, plan)).rejects.toMatchObject({ code: 'PURGE_PLAN_OUTDATED' })
    expect((await world.volumes()).filter((name) => before.includes(name))).toEqual(before)
  })

  it('with the wrong passphrase, or none', async () => {
    await makeVersions(world, 1)
    const plan = await planPurge(world.context, { paths: [secret()] })
    const before = await world.volumes()
    const wrong = { ...world.context, passphrase: 'another' }
    await expect(purge(wrong, plan)).rejects.toMatchObject({ code: 'BACKUP_PASSPHRASE_WRONG' })
    const none = { ...world.context, passphrase: undefined }
    await expect(purge(none, plan)).rejects.toMatchObject({ code: 'ENGINE_PASSPHRASE_MISSING' })
    expect(await world.volumes()).toEqual(before)
  })

  it('while volumes are missing, and while a backup is unfinished', async () => {
    await makeVersions(world, 2)
    const plan = await planPurge(world.context, { paths: [secret()] })
    const seq = world.catalog.filesets.begin({ time: 2_000_000_000 })
    await expect(purge(world.context, plan)).rejects.toMatchObject({ code: 'ENGINE_BACKUP_INTERRUPTED' })
    await expect(planPurge(world.context, { paths: [secret()] })).rejects.toMatchObject({
      code: 'ENGINE_BACKUP_INTERRUPTED'
    })
    world.catalog.filesets.remove(seq)
    const volume = (await world.volumes()).find((name) => name.includes('.dblock.'))!
    await world.context.backend.delete(volume)
    expect(affected(world.context, { volumes: [volume] }).paths.length).toBeGreaterThan(0)
    await expect(purge(world.context, plan)).rejects.toMatchObject({ code: 'ENGINE_VOLUMES_MISSING' })
  })
})

it('a list that is damaged leaves its version as it is, and the others go on (W15)', async () => {
  const trees = await makeVersions(world, 2)
  const plan = await planPurge(world.context, { paths: [secret()] })
  const [oldest] = await lists(world)
  const file = join(world.destination, oldest!)
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(file, bytes)
  const result = await purge(world.context, plan)
  expect(result).toMatchObject({ outcome: 'error', rewritten: [{ number: 0 }] })
  expect(result.issues).toMatchObject([{ code: 'PURGE_LIST_DAMAGED', volume: oldest }])
  expect(await world.differences(0, withoutSecret(trees[0]!))).toEqual([])
  expect(await world.differences(1, trees[1]!)).toEqual([])
})
