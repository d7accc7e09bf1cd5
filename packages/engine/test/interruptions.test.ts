import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { TercetError } from '@tercet/interface'
import type { TreeEntry } from '@tercet/testkit-data'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeHistory } from './compact/world.ts'
import { type BackupWorld, createBackupWorld } from './support/backup-world.ts'
import { limitCommits, limitSpace, type SpaceLimit } from './support/limited-space.ts'
import { loseNetwork } from './support/lost-network.ts'
import { CHANGING, type Operation, READING } from './support/operations.ts'

let world: BackupWorld
let trees: TreeEntry[][]
beforeEach(async () => {
  world = await createBackupWorld()
  trees = await makeHistory(world, 3, 2)
  // Labels are a second apart, and a list that is written again takes the next one.
  await world.clock.advance(5000)
})
afterEach(() => world[Symbol.asyncDispose]())

const spools = () => readdirSync(dirname(world.source)).filter((name) => name.startsWith('tercet-spool-'))

/** What went wrong, of which a program can make something; undefined where it still succeeded. */
async function failureOf({ run }: Operation): Promise<string | undefined> {
  try {
    const { outcome, issues } = await run(world)
    if (outcome === 'success') return undefined
    expect(issues).not.toEqual([])
    return issues[0]!.code
  } catch (error) {
    expect(error).toBeInstanceOf(TercetError)
    return (error as TercetError).code
  }
}

async function failureWithin(limit: SpaceLimit, operation: Operation): Promise<string | undefined> {
  using _limit = limit
  const code = await failureOf(operation)
  expect(limit.refused > 0).toBe(code !== undefined)
  return code
}

/** The same again ends what was begun, and every version is what it is to be. */
async function expectContinued({ run, left, nothingLeft }: Operation): Promise<void> {
  expect(spools()).toEqual([])
  world = await world.reopen({ layer: undefined })
  const { outcome } = await run(world).catch((error: TercetError) => {
    if (error.code !== nothingLeft) throw error
    return { outcome: 'success' }
  })
  expect(outcome).toMatch(/success|warning/)
  const { filesets } = world.catalog
  const expected = await left(trees, world)
  const count = filesets.versions().length
  await world.backUp()
  const added = filesets.versions().length - count
  const shifted = new Map([...expected].map(([number, tree]) => [number + added, tree]))
  expect(world.catalog.findProblems()).toEqual([])
  expect(await world.allDifferencesFromDestination(shifted)).toEqual([])
  expect([...world.catalog.volumes.all({ states: ['temporary', 'uploading', 'deleting'] })]).toEqual([])
}

describe.each(Object.entries({ ...CHANGING, ...READING }))('a %s', (name, operation) => {
  it('is told when the network is lost at any time, and goes on when it is back', async () => {
    await operation.prepare?.(world)
    await world.keep()
    const whole = loseNetwork()
    world = await world.reopen({ layer: whole.layer })
    await operation.run(world)
    expect(whole.steps).toBeGreaterThan(4)
    for (const share of [0.2, 0.5, 0.9]) {
      const network = loseNetwork(Math.floor(whole.steps * share))
      world = await world.rewind({ layer: network.layer })
      expect(await failureOf(operation)).toMatch(/^(STORAGE|DESTINATION|ENGINE|RESTORE|VERIFY)_/)
      expect(network.isLost).toBe(true)
      await expectContinued(operation)
    }
    await world.checkFormat()
  })

  it('is told when there is no room for files on their way', async () => {
    await operation.prepare?.(world)
    world = await world.reopen({ layer: loseNetwork().layer })
    const code = await failureWithin(limitSpace(dirname(world.source), 0), operation)
    expect(code).toBe(name === 'delete' ? undefined : 'SPOOL_FULL')
    await expectContinued(operation)
  })

  it('is told when there is no room for the catalog', async () => {
    await operation.prepare?.(world)
    await world.keep()
    for (const commits of name in CHANGING ? [0, 3] : [0]) {
      world = await world.rewind()
      const code = await failureWithin(limitCommits(commits), operation)
      expect(code).toBe(name === 'restore' ? undefined : 'CATALOG_FULL')
      await expectContinued(operation)
    }
  })
})
