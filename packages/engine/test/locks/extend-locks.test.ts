import { writeFileSync } from 'node:fs'
import { createMemoryBackend } from '@tercet/backend-memory'
import { openCatalog } from '@tercet/core'
import type { StorageBackend } from '@tercet/interface'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { createFaults, createVirtualClock } from '@tercet/testkit-faults'
import { expect, it } from 'vitest'
import { backup } from '../../src/backup/backup.ts'
import type { EngineContext } from '../../src/common/context.ts'
import { extendLocks } from '../../src/locks/extend-locks.ts'

const DAY = 86_400_000

/** Two files of which the second version changes one. */
async function world(layer = (backend: StorageBackend) => backend) {
  const folder = await createTemporaryFolder('tercet-locks-')
  const clock = createVirtualClock({ startAt: new Date('2025-03-01T12:00:00Z') })
  const memory = createMemoryBackend({ clock })
  const backend = layer(memory)
  const catalog = await openCatalog({ path: undefined, clock: () => clock.now() })
  const context: EngineContext = { backend, catalog, workers: 0, clock, spoolFolder: folder.path }
  const store = async (name: string, text: string) => {
    writeFileSync(folder.join(name), text)
    await backup(context, {
      sources: [folder.join('stays'), folder.join('changes')],
      blockSizeBytes: 1024,
      missingSources: 'allow'
    })
    await clock.advance(1000)
  }
  await store('stays', 'the same in all versions')
  await store('changes', 'one')
  await store('changes', 'two')
  const locks = async () => {
    const found = new Map<string, number>()
    for await (const { path } of memory.list()) {
      const until = await memory.getLock(path)
      if (until !== undefined) found.set(path, until.getTime())
    }
    return found
  }
  return {
    context,
    catalog,
    clock,
    memory,
    locks,
    async [Symbol.asyncDispose]() {
      catalog.close()
      await folder[Symbol.asyncDispose]()
    }
  }
}

it('everything that the newest version needs is locked, and nothing else', async () => {
  await using w = await world()
  const until = w.clock.now() + 30 * DAY
  const all = [...w.catalog.volumes.all()].map(({ name }) => name)
  const result = await extendLocks(w.context, { durationMs: 30 * DAY })
  const locks = await w.locks()
  expect(result).toMatchObject({
    outcome: 'success',
    volumes: locks.size,
    extended: locks.size,
    issueCount: 0
  })
  for (const end of locks.values()) expect(end).toBe(until)
  // Three volumes of blocks with their indexes, three lists: of the second version its list, and the block of "one".
  const newest = w.catalog.filesets.versions()[0]!
  expect([...locks.keys()]).toContain(w.catalog.volumes.byId(newest.volumeId!)!.name)
  const free = all.filter((name) => !locks.has(name))
  expect(free.filter((name) => name.includes('.dlist.'))).toHaveLength(2)
  expect(free.filter((name) => name.includes('.dblock.'))).toHaveLength(1)
  expect(free.filter((name) => name.includes('.dindex.'))).toHaveLength(1)
  // Deleting what is not locked harms nothing of the newest version; the rest cannot be deleted.
  for (const name of free) await w.memory.delete(name)
  for (const name of locks.keys())
    await expect(w.memory.delete(name)).rejects.toMatchObject({ code: 'STORAGE_LOCKED' })
})

it('only what needs it is extended, and nothing is shortened', async () => {
  await using w = await world()
  await extendLocks(w.context, { durationMs: 30 * DAY })
  const before = await w.locks()
  const again = await extendLocks(w.context, {
    durationMs: 30 * DAY,
    atLeastUntil: new Date(w.clock.now() + 30 * DAY)
  })
  expect(again).toMatchObject({ volumes: before.size, extended: 0 })
  await w.clock.advance(DAY)
  const [first = ''] = before.keys()
  await w.memory.setLock(first, new Date(w.clock.now() + 90 * DAY))
  const later = await extendLocks(w.context, { durationMs: 30 * DAY })
  expect(later.extended).toBe(before.size - 1)
  expect((await w.locks()).get(first)).toBe(w.clock.now() + 90 * DAY)
  expect(await extendLocks(w.context, { durationMs: DAY })).toMatchObject({ extended: 0 })
})

it('a volume that cannot be locked is an issue, and the others are locked', async () => {
  using faults = createFaults()
  await using w = await world(faults.layer)
  faults.fail('setLock', { error: 'STORAGE_ACCESS_DENIED' })
  const result = await extendLocks(w.context, { durationMs: DAY })
  expect(result).toMatchObject({
    outcome: 'warning',
    issues: [{ code: 'LOCK_NOT_EXTENDED' }],
    extended: result.volumes - 1
  })
  const reason = new Error('enough')
  await expect(extendLocks(w.context, { durationMs: DAY, signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason
  )
})
