import { writeFileSync } from 'node:fs'
import { createMemoryBackend } from '@tercet/backend-memory'
import { openCatalog } from '@tercet/core'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { createVirtualClock } from '@tercet/testkit-faults'
import { expect, it } from 'vitest'
import { backup } from '../../src/backup/backup.ts'
import { versions } from '../../src/browse/browse.ts'
import type { EngineContext } from '../../src/common/context.ts'
import { deleteVersions } from '../../src/delete/delete-versions.ts'
import { planDelete } from '../../src/delete/plan-delete.ts'

const DAY = 86_400_000

/** Three versions on a backend that knows locks, a day apart. */
async function lockedWorld() {
  const folder = await createTemporaryFolder('tercet-locks-')
  const clock = createVirtualClock({ startAt: new Date('2025-03-01T12:00:00Z') })
  const backend = createMemoryBackend({ clock })
  const catalog = await openCatalog({ path: undefined, clock: () => clock.now() })
  const context: EngineContext = { backend, catalog, workers: 0, clock, spoolFolder: folder.path }
  for (const version of [2, 1, 0]) {
    await clock.advance(DAY)
    writeFileSync(folder.join('file'), `version ${version}`)
    await backup(context, { sources: [folder.join('file')], blockSizeBytes: 1024 })
  }
  const listOf = (version: number) =>
    catalog.volumes.byId(catalog.filesets.resolve({ version }).volumeId!)!.name
  return {
    backend,
    catalog,
    clock,
    context,
    listOf,
    async [Symbol.asyncDispose]() {
      catalog.close()
      await folder[Symbol.asyncDispose]()
    }
  }
}

it('a version whose list is locked stays, and is reported', async () => {
  await using world = await lockedWorld()
  const { backend, clock, context, listOf } = world
  const locked = listOf(1)
  await backend.setLock(locked, new Date(clock.now() + DAY))
  const plan = await planDelete(context, { versions: [1, 2] })
  expect(plan.decisions[1]).toMatchObject({
    goes: false,
    reasons: [{ rule: 'lock', detail: 'locked until 2025-03-05T12:00:00.000Z' }]
  })
  const result = await deleteVersions(context, plan)
  expect(result).toMatchObject({
    outcome: 'warning',
    issues: [{ code: 'DELETE_VERSION_LOCKED', volume: locked }],
    deleted: [{ number: 2 }],
    remaining: 2
  })
  await clock.advance(DAY)
  expect(await deleteVersions(context, await planDelete(context, { versions: [1] }))).toMatchObject({
    outcome: 'success',
    remaining: 1
  })
})

it('a lock that is set after the plan keeps the version all the same', async () => {
  await using world = await lockedWorld()
  const { backend, catalog, clock, context, listOf } = world
  const plan = await planDelete(context, { keepVersions: 1 })
  const locked = listOf(2)
  await backend.setLock(locked, new Date(clock.now() + DAY))
  const result = await deleteVersions(context, plan)
  expect(result).toMatchObject({
    outcome: 'warning',
    issues: [{ code: 'DELETE_VERSION_LOCKED', volume: locked }],
    deleted: [{ number: 1 }],
    remaining: 2
  })
  expect(versions(context)).toHaveLength(2)
  expect(listOf(1)).toBe(locked)
  expect(catalog.volumes.byName(locked)).toMatchObject({ state: 'uploaded' })
  expect(catalog.findProblems()).toEqual([])
})
