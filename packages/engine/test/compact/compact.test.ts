import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StorageError } from '@tercet/interface'
import { metrics } from '@tercet/storage-layers'
import { createFaults } from '@tercet/testkit-faults'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EngineEvent } from '../../src/common/events.ts'
import { compact } from '../../src/compact/compact.ts'
import { planCompact } from '../../src/compact/plan-compact.ts'
import { verify } from '../../src/verify/verify.ts'
import { remove } from '../delete/world.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'
import { dblocks, makeHistory, noise, runCompact, VOLUME_BYTES } from './world.ts'

let world: BackupWorld
beforeEach(async () => {
  world = await createBackupWorld({ passphrase: 'pw' })
})
afterEach(() => world[Symbol.asyncDispose]())

const sizeOf = async () =>
  (await world.volumes()).reduce((sum, name) => sum + statSync(join(world.destination, name)).size, 0)
const coded = (code: string) => expect.objectContaining({ code })
const isSound = async () =>
  expect(await verify(world.context, { samples: 'all', blockShare: 1 })).toMatchObject({ defects: [] })

describe('a compaction', () => {
  it.each([0, 2])('takes away what no version needs (%i workers)', async (workers) => {
    const trees = await makeHistory(world, 4)
    await remove(world, { versions: [1, 2, 3] })
    world = await world.reopen({ workers })
    const before = await sizeOf()
    const events: EngineEvent[] = []
    const { plan, result } = await runCompact(world, {}, { onEvent: (event) => events.push(event) })
    expect(plan.volumesToRewrite.length).toBeGreaterThan(1)
    expect(plan.wastedBytes).toBeGreaterThan(60_000)
    expect(result).toMatchObject({
      outcome: 'success',
      issueCount: 0,
      rewrittenVolumes: plan.volumesToRewrite.length,
      deletedVolumes: plan.volumesToDelete.length + plan.volumesToRewrite.length,
      fetchedBytes: plan.bytesToFetch
    })
    expect(before - (await sizeOf())).toBe(result.freedBytes)
    expect(Math.abs(result.freedBytes - plan.bytesToFree)).toBeLessThan(before / 10)
    expect(events.at(-2)).toMatchObject({ type: 'compact-progress', storedBytes: result.storedBytes })
    expect(await world.differences(0, trees[0]!)).toEqual([])
    expect(await world.differencesFromDestination(0, trees[0]!)).toEqual([])
    expect(world.catalog.findProblems()).toEqual([])
    await isSound()
    await world.checkFormat()
    // Nothing is left to do, and nothing is done.
    const commits = world.catalog.commitCount
    const again = await runCompact(world)
    expect(again.plan).toMatchObject({ volumesToDelete: [], volumesToRewrite: [] })
    expect(again.result).toMatchObject({ outcome: 'success', deletedVolumes: 0 })
    expect(world.catalog.commitCount).toBe(commits)
  })

  it('makes few volumes of many small ones', async () => {
    for (let i = 0; i < 6; i++) {
      world.write(`file-${i}`, noise(i, 500))
      await world.backUp()
    }
    const tree = await world.tree()
    expect(
      (await runCompact(world, { maxSmallVolumes: 6, smallVolumeBytes: 3000 })).result.deletedVolumes
    ).toBe(0)
    const { plan, result } = await runCompact(world, { maxSmallVolumes: 5, smallVolumeBytes: 3000 })
    expect(plan.volumesToRewrite.map(({ reason }) => reason)).toEqual(Array(6).fill('small'))
    expect(result).toMatchObject({ deletedVolumes: 6, newVolumes: 1 })
    expect(await dblocks(world)).toHaveLength(1)
    expect(await world.differencesFromDestination(0, tree)).toEqual([])
    await world.checkFormat()
  })

  it('copies blocks as they are compressed, and lists of blocks into the indexes', async () => {
    world.write('large', noise(1, 60_000))
    world.write('gone', noise(2, 60_000))
    await world.backUp()
    world.write('gone', 'short')
    await world.backUp()
    await remove(world, { versions: [1] })
    const tree = await world.tree()
    const { result } = await runCompact(world)
    expect(result.newVolumes).toBeGreaterThan(0)
    expect(await world.differencesFromDestination(0, tree)).toEqual([])
    await isSound()
  })

  it('fetches no more than it may, and what gives back the most first', async () => {
    await makeHistory(world, 4)
    await remove(world, { versions: [1, 2, 3] })
    const all = await planCompact(world.context, { volumeSizeBytes: VOLUME_BYTES })
    const maxDownloadBytes = Math.floor(all.bytesToFetch / 2)
    const { plan, result } = await runCompact(world, { maxDownloadBytes })
    expect(plan.volumesDeferred.length).toBeGreaterThan(0)
    expect(result.fetchedBytes).toBeLessThanOrEqual(maxDownloadBytes)
    const share = (volume: { wastedBytes: number; dataBytes: number }) =>
      volume.wastedBytes / volume.dataBytes
    const least = Math.min(...plan.volumesToRewrite.map(share))
    expect(Math.max(...plan.volumesDeferred.map(share))).toBeLessThanOrEqual(least)
    await world.checkFormat()
  })

  it('fetches each volume once, stores each new one once, and asks for nothing else', async () => {
    await makeHistory(world, 3)
    await remove(world, { versions: [1, 2] })
    const counted = metrics()
    world = await world.reopen({ layer: counted })
    const { plan, result } = await runCompact(world)
    const indexes = result.newVolumes
    expect(counted.of('put').calls).toBe(result.newVolumes + indexes)
    expect(counted.of('put').amount).toBe(result.storedBytes)
    expect(counted.of('list').calls).toBe(1)
    // What was stored is read back, once.
    expect(counted.of('localFile').calls + counted.of('get').calls).toBeLessThanOrEqual(
      plan.volumesToRewrite.length + 1 + counted.of('put').calls
    )
  })
})

describe('blocks that are used again', () => {
  it('stay when a version needs them before they were taken away', async () => {
    world.write('a', noise(1, 20_000))
    await world.backUp()
    world.write('a', 'other')
    await world.backUp()
    await remove(world, { versions: [1] })
    world.write('b', noise(1, 20_000))
    const stored = (await world.backUp()).storedBytes
    expect(stored).toBeLessThan(10_000)
    const tree = await world.tree()
    await runCompact(world)
    expect(await world.differencesFromDestination(0, tree)).toEqual([])
  })

  it('are stored anew when they were taken away', async () => {
    world.write('a', noise(1, 20_000))
    await world.backUp()
    world.write('a', 'other')
    await world.backUp()
    await remove(world, { versions: [1] })
    await runCompact(world)
    world.write('a', noise(1, 20_000))
    const tree = await world.tree()
    expect((await world.backUp()).storedBytes).toBeGreaterThan(20_000)
    expect(await world.differencesFromDestination(0, tree)).toEqual([])
    await runCompact(world, { threshold: 0 })
    expect(await world.differencesFromDestination(0, tree)).toEqual([])
    await isSound()
  })

  it('make a plan out of date that was to delete them', async () => {
    world.write('a', noise(1, 20_000))
    await world.backUp()
    world.write('a', 'other')
    world.write('added', 'so that the folder changes, too')
    await world.backUp()
    await remove(world, { versions: [1] })
    const plan = await planCompact(world.context, { volumeSizeBytes: VOLUME_BYTES })
    expect(plan.volumesToDelete.length).toBeGreaterThan(0)
    world.write('b', noise(1, 20_000))
    await world.backUp()
    const volumes = await world.volumes()
    await expect(compact(world.context, plan)).rejects.toThrow(coded('COMPACT_PLAN_OUTDATED'))
    expect(await world.volumes()).toEqual(volumes)
  })
})

describe('nothing is changed', () => {
  it('in a dry run', async () => {
    await makeHistory(world, 3)
    await remove(world, { versions: [1, 2] })
    const volumes = await world.volumes()
    const commits = world.catalog.commitCount
    const { result } = await runCompact(world, {}, { dryRun: true })
    expect(result).toMatchObject({ isDryRun: true, deletedVolumes: 0 })
    expect(await world.volumes()).toEqual(volumes)
    expect(world.catalog.commitCount).toBe(commits)
  })

  it('by wrong options, without a passphrase, with a wrong one, or by a call that is aborted', async () => {
    await makeHistory(world, 3)
    await remove(world, { versions: [1, 2] })
    const volumes = await world.volumes()
    const plan = await planCompact(world.context, { volumeSizeBytes: VOLUME_BYTES })
    await expect(planCompact(world.context, { threshold: 101 })).rejects.toThrow(
      coded('CONFIG_INVALID_VALUE')
    )
    await expect(planCompact(world.context, { treshold: 1 } as never)).rejects.toThrow(/threshold/)
    await expect(compact(world.context, plan, { dryrun: true } as never)).rejects.toThrow(/dryRun/)
    await expect(compact({ ...world.context, passphrase: undefined }, plan)).rejects.toThrow(
      coded('ENGINE_PASSPHRASE_MISSING')
    )
    await expect(compact({ ...world.context, passphrase: 'wrong' }, plan)).rejects.toThrow(
      coded('BACKUP_PASSPHRASE_WRONG')
    )
    const reason = new Error('enough')
    await expect(compact(world.context, plan, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await world.volumes()).toEqual(volumes)
  })
})

describe('a volume that', () => {
  it('is damaged stays, with an issue, and the others go on', async () => {
    const trees = await makeHistory(world, 3)
    await remove(world, { versions: [1, 2] })
    const plan = await planCompact(world.context, { volumeSizeBytes: VOLUME_BYTES })
    const { name } = plan.volumesToRewrite[0]!
    const path = join(world.destination, name)
    const good = readFileSync(path)
    const bad = Buffer.from(good)
    bad[bad.length >> 1]! ^= 1
    writeFileSync(path, bad)
    const result = await compact(world.context, plan)
    expect(result).toMatchObject({
      outcome: 'error',
      issues: [{ code: 'COMPACT_VOLUME_DAMAGED', volume: name }],
      rewrittenVolumes: plan.volumesToRewrite.length - 1
    })
    expect(await world.volumes()).toContain(name)
    // It is left alone from now on; brought back, it still has what only it had.
    expect((await runCompact(world)).plan.volumesToRewrite.map((volume) => volume.name)).not.toContain(name)
    writeFileSync(path, good)
    expect(await world.differencesFromDestination(0, trees[0]!)).toEqual([])
  })

  it('cannot be fetched now stays, with an issue', async () => {
    const trees = await makeHistory(world, 3)
    await remove(world, { versions: [1, 2] })
    const plan = await planCompact(world.context, { volumeSizeBytes: VOLUME_BYTES })
    const { name } = plan.volumesToRewrite[1]!
    const faults = createFaults()
    faults.fail('localFile', {
      match: new RegExp(name),
      error: new StorageError('STORAGE_UNAVAILABLE', 'no')
    })
    world = await world.reopen({ layer: faults.layer })
    expect(await compact(world.context, plan)).toMatchObject({
      outcome: 'warning',
      issues: [{ code: 'STORAGE_UNAVAILABLE', volume: name }]
    })
    faults.assertAllUsed()
    expect(await world.differencesFromDestination(0, trees[0]!)).toEqual([])
    await world.checkFormat()
  })
})

it('a stop ends it early, and what was done is kept', async () => {
  const trees = await makeHistory(world, 4)
  await remove(world, { versions: [1, 2, 3] })
  const stop = new AbortController()
  const onEvent = ({ type }: EngineEvent) => {
    if (type === 'compact-progress') stop.abort()
  }
  const { plan, result } = await runCompact(world, {}, { stop: stop.signal, onEvent })
  expect(result.outcome).toBe('stopped')
  expect(result.rewrittenVolumes).toBeLessThan(plan.volumesToRewrite.length)
  expect(await world.differencesFromDestination(0, trees[0]!)).toEqual([])
  await world.checkFormat()
  expect((await runCompact(world)).result.outcome).toBe('success')
  expect(await world.differencesFromDestination(0, trees[0]!)).toEqual([])
})
