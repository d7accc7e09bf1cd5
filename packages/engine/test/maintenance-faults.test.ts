import { StorageError, type StorageErrorCode } from '@tercet/interface'
import { createFaults } from '@tercet/testkit-faults'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeHistory } from './compact/world.ts'
import { type BackupWorld, createBackupWorld } from './support/backup-world.ts'
import { CHANGING } from './support/operations.ts'

let world: BackupWorld
beforeEach(async () => {
  world = await createBackupWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const CASES = Object.keys(CHANGING).flatMap((name) =>
  (['STORAGE_FULL', 'STORAGE_ACCESS_DENIED'] as const).map((code): [string, StorageErrorCode] => [name, code])
)

it.each(CASES.filter(([name]) => name !== 'delete'))(
  'a %s that ends with %s leaves all as it was, and the next one ends it',
  async (name, code) => {
    const { prepare, run, left } = CHANGING[name]!
    const trees = await makeHistory(world, 3, 2)
    await prepare?.(world)
    const error = new StorageError(code, 'as it happens')
    world = await world.reopen({ layer: createFaults().fail('put', { error }).layer })
    await expect(run(world)).rejects.toMatchObject({ code })
    world = await world.reopen({ layer: undefined })
    await run(world)
    expect(world.catalog.findProblems()).toEqual([])
    expect(await world.allDifferencesFromDestination(await left(trees, world))).toEqual([])
    const there = new Set(await world.volumes())
    const open = [...world.catalog.volumes.all({ states: ['temporary', 'uploading', 'deleting'] })]
    expect(open.filter(({ name: volume }) => there.has(volume))).toEqual([])
    await world.checkFormat()
  }
)
