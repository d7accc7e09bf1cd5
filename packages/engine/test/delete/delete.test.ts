import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createFaults } from '@tercet/testkit-faults'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EngineEvent } from '../../src/common/events.ts'
import { deleteVersions } from '../../src/delete/delete-versions.ts'
import { planDelete } from '../../src/delete/plan-delete.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'
import { makeVersions, remove } from './world.ts'

let world: BackupWorld
beforeEach(async () => {
  world = await createBackupWorld({ passphrase: 'pw' })
})
afterEach(() => world[Symbol.asyncDispose]())

const lists = async () => (await world.volumes()).filter((name) => name.includes('.dlist.'))
const refused = (code: string) => expect.objectContaining({ code })

describe('versions that are deleted', () => {
  it('are gone with their lists; all others restore as before', async () => {
    const trees = await makeVersions(world)
    const volumes = await world.volumes()
    const events: EngineEvent[] = []
    const result = await remove(world, { versions: [1, 3] }, { onEvent: (event) => events.push(event) })
    expect(result).toMatchObject({
      outcome: 'success',
      issueCount: 0,
      deleted: [{ number: 1 }, { number: 3 }],
      remaining: 2,
      isDryRun: false
    })
    expect(events.filter(({ type }) => type === 'delete-progress').at(-1)).toEqual({
      type: 'delete-progress',
      deleted: 2,
      total: 2
    })
    expect(await lists()).toHaveLength(2)
    // Blocks stay until the destination is compacted.
    expect((await world.volumes()).filter((name) => !name.includes('.dlist.'))).toEqual(
      volumes.filter((name) => !name.includes('.dlist.'))
    )
    for (const [number, version] of [0, 2].entries()) {
      expect(await world.differences(number, trees[version]!)).toEqual([])
      expect(await world.differencesFromDestination(number, trees[version]!)).toEqual([])
    }
    expect(world.catalog.filesets.all()).toHaveLength(2)
    expect(world.catalog.findProblems()).toEqual([])
    await world.checkFormat()
  })

  it('may be the newest: the next backup continues what is left', async () => {
    const trees = await makeVersions(world)
    await remove(world, { versions: [0] })
    expect(await world.differences(0, trees[1]!)).toEqual([])
    const again = await world.backUp()
    expect(again).toMatchObject({ outcome: 'success', hasChanges: true })
    expect(await world.differencesFromDestination(0, trees[0]!)).toEqual([])
    // Blocks of the deleted version are used again.
    expect(again.storedBytes).toBeLessThan(5000)
    await world.checkFormat()
  })

  it('may be all of them, when that is allowed', async () => {
    const trees = await makeVersions(world)
    const result = await remove(world, { versions: [0, 1, 2, 3], allowFullRemoval: true })
    expect(result).toMatchObject({ remaining: 0, outcome: 'success' })
    expect(await lists()).toEqual([])
    expect(await world.backUp()).toMatchObject({ outcome: 'success' })
    expect(await world.differencesFromDestination(0, trees[0]!)).toEqual([])
    await world.checkFormat()
  })

  it('are chosen by rules', async () => {
    await makeVersions(world)
    expect((await remove(world, { keepVersions: 3 })).deleted).toMatchObject([{ number: 3 }])
    await world.clock.advance(40 * 86_400_000)
    await expect(planDelete(world.context, { retentionPolicy: '1W:1D' })).rejects.toThrow(
      refused('RETENTION_REMOVES_EVERYTHING')
    )
    const plan = await planDelete(world.context, { retentionPolicy: '1W:1D', newestIsCurrent: true })
    expect((await deleteVersions(world.context, plan)).deleted).toMatchObject([{ number: 1 }, { number: 2 }])
  })
})

describe('nothing is changed', () => {
  it('in a dry run', async () => {
    await makeVersions(world)
    const volumes = await world.volumes()
    const commits = world.catalog.commitCount
    const result = await remove(world, { keepVersions: 1 }, { dryRun: true })
    expect(result).toMatchObject({ isDryRun: true, deleted: [{}, {}, {}], remaining: 1 })
    expect(await world.volumes()).toEqual(volumes)
    expect(world.catalog.commitCount).toBe(commits)
  })

  it('where no version goes', async () => {
    await makeVersions(world)
    const commits = world.catalog.commitCount
    expect(await remove(world, { keepVersions: 9 })).toMatchObject({ deleted: [], outcome: 'success' })
    expect(world.catalog.commitCount).toBe(commits)
  })

  it('when the plan is out of date', async () => {
    await makeVersions(world)
    const plan = await planDelete(world.context, { keepVersions: 1 })
    world.write('changing', 'once more')
    await world.backUp()
    await expect(deleteVersions(world.context, plan)).rejects.toThrow(refused('DELETE_PLAN_OUTDATED'))
    expect(await lists()).toHaveLength(5)
  })

  it('when a plan was changed so that it leaves no complete version', async () => {
    await makeVersions(world)
    const plan = await planDelete(world.context, { keepVersions: 1 })
    const decisions = plan.decisions.map((decision) => ({ ...decision, goes: true }))
    await expect(deleteVersions(world.context, { ...plan, decisions })).rejects.toThrow(
      refused('RETENTION_REMOVES_EVERYTHING')
    )
    expect(await lists()).toHaveLength(4)
  })

  it('when the destination has changed since', async () => {
    await makeVersions(world)
    const plan = await planDelete(world.context, { keepVersions: 1 })
    const block = readdirSync(world.destination).find((name) => name.includes('.dblock.'))!
    rmSync(join(world.destination, block))
    await expect(deleteVersions(world.context, plan)).rejects.toThrow(refused('ENGINE_VOLUMES_MISSING'))
    expect(await lists()).toHaveLength(4)
    expect(world.catalog.filesets.versions()).toHaveLength(4)
  })

  it('when another catalog has written to the destination', async () => {
    await makeVersions(world)
    const plan = await planDelete(world.context, { keepVersions: 1 })
    const { catalog } = world
    const [newest] = catalog.filesets.versions()
    const list = catalog.volumes.byId(newest!.volumeId!)!
    catalog.transaction(() => {
      catalog.filesets.remove(newest!.seq)
      catalog.volumes.forget(list.id)
    })
    await expect(deleteVersions(world.context, plan)).rejects.toThrow(refused('DELETE_PLAN_OUTDATED'))
    const again = await planDelete(world.context, { keepVersions: 1 })
    await expect(deleteVersions(world.context, again)).rejects.toThrow(refused('ENGINE_CATALOG_OUTDATED'))
    expect(await lists()).toHaveLength(4)
  })

  it('when the catalog is not complete', async () => {
    await makeVersions(world)
    const plan = await planDelete(world.context, { keepVersions: 1 })
    world.catalog.settings.set('recreate-state', 'running')
    await expect(planDelete(world.context, { keepVersions: 1 })).rejects.toThrow(
      refused('ENGINE_CATALOG_UNFINISHED')
    )
    await expect(deleteVersions(world.context, plan)).rejects.toThrow(refused('ENGINE_CATALOG_UNFINISHED'))
  })

  it('by a call that is aborted before, or with wrong options', async () => {
    await makeVersions(world)
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await expect(planDelete(world.context, { keepVersions: 1, signal })).rejects.toBe(reason)
    const plan = await planDelete(world.context, { keepVersions: 1 })
    await expect(deleteVersions(world.context, plan, { signal })).rejects.toBe(reason)
    await expect(planDelete(world.context, { keepVersion: 1 } as never)).rejects.toThrow(/keepVersions/)
    await expect(deleteVersions(world.context, plan, { dryrun: true } as never)).rejects.toThrow(/dryRun/)
    await expect(planDelete(world.context, undefined as never)).rejects.toThrow(TypeError)
    expect(await lists()).toHaveLength(4)
  })
})

describe('a list that cannot be deleted', () => {
  it('now is deleted by the next run, and its version is none any more', async () => {
    const trees = await makeVersions(world)
    const faults = createFaults()
    faults.fail('delete', { nth: 2 })
    const broken = await world.reopen({ layer: faults.layer })
    const result = await remove(broken, { keepVersions: 1 })
    expect(result).toMatchObject({ outcome: 'warning', issueCount: 1, deleted: [{}, {}, {}], remaining: 1 })
    expect(await lists()).toHaveLength(2)
    faults.assertAllUsed()
    world = await broken.reopen({ layer: undefined })
    expect(world.catalog.filesets.versions()).toHaveLength(1)
    expect(await world.differences(0, trees[0]!)).toEqual([])
    expect(await remove(world, { keepVersions: 1 })).toMatchObject({ outcome: 'success', deleted: [] })
    expect(await lists()).toHaveLength(1)
    expect(world.catalog.filesets.all()).toHaveLength(1)
    await world.checkFormat()
  })

  it('for good stays, and so does its version', async () => {
    const trees = await makeVersions(world)
    const faults = createFaults()
    const { StorageError } = await import('@tercet/interface')
    faults.fail('delete', { nth: 2, error: new StorageError('STORAGE_ACCESS_DENIED', 'no') })
    world = await world.reopen({ layer: faults.layer })
    const result = await remove(world, { keepVersions: 1 })
    expect(result).toMatchObject({
      outcome: 'error',
      issues: [{ code: 'DELETE_VERSION_REFUSED', message: expect.stringContaining('Version 2 of') }],
      deleted: [{ number: 1 }, { number: 3 }],
      remaining: 2
    })
    expect(await world.differences(1, trees[2]!)).toEqual([])
    expect(await world.differencesFromDestination(1, trees[2]!)).toEqual([])
    expect(world.catalog.findProblems()).toEqual([])
    expect(await world.backUp()).toMatchObject({ outcome: 'success' })
  })
})

it('a delete that is aborted in its middle is ended by the next one', async () => {
  const trees = await makeVersions(world)
  const reason = new Error('enough')
  const abort = new AbortController()
  const onEvent = (event: EngineEvent) => {
    if (event.type === 'delete-progress') abort.abort(reason)
  }
  await expect(remove(world, { keepVersions: 1 }, { signal: abort.signal, onEvent })).rejects.toBe(reason)
  expect(await lists()).toHaveLength(3)
  expect(world.catalog.filesets.versions()).toHaveLength(1)
  expect(await remove(world, { keepVersions: 1 })).toMatchObject({ outcome: 'success', deleted: [] })
  expect(await lists()).toHaveLength(1)
  expect(await world.differencesFromDestination(0, trees[0]!)).toEqual([])
})

describe('while a backup is interrupted', () => {
  /** Stops a backup before its list is stored. */
  async function interrupt(): Promise<void> {
    const faults = createFaults()
    faults.fail('put', { match: /\.dlist\./, times: 99 })
    world.write('added', 'in vain')
    world = await world.reopen({ layer: faults.layer })
    await expect(world.backUp({ retries: 0 })).rejects.toThrow()
    world = await world.reopen({ layer: undefined })
    expect(world.catalog.filesets.building()).toBeDefined()
  }

  it('the version that it goes on from stays, and others may go', async () => {
    const trees = await makeVersions(world)
    await interrupt()
    await expect(planDelete(world.context, { versions: [0] })).rejects.toThrow(
      refused('RETENTION_VERSION_HELD')
    )
    const uploading = [...world.catalog.volumes.all({ states: ['uploading'] })].map(({ name }) => name)
    expect(await remove(world, { versions: [1, 2, 3] })).toMatchObject({ outcome: 'success', remaining: 1 })
    expect([...world.catalog.volumes.all({ states: ['uploading'] })].map(({ name }) => name)).toEqual(
      uploading
    )
    expect(await world.differences(0, trees[0]!)).toEqual([])
    const tree = await world.tree()
    expect((await world.backUp()).outcome).not.toBe('error')
    expect(await world.differencesFromDestination(0, tree)).toEqual([])
    await world.checkFormat()
  })

  it('a plan from before that takes it is out of date', async () => {
    await makeVersions(world)
    const plan = await planDelete(world.context, { versions: [0] })
    await interrupt()
    await expect(deleteVersions(world.context, plan)).rejects.toThrow(refused('DELETE_PLAN_OUTDATED'))
  })
})
