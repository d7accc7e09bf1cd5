import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileBackend } from '@tercet/backend-file'
import { createMemoryBackend } from '@tercet/backend-memory'
import type { StorageBackend } from '@tercet/interface'
import { createFaults, createVirtualClock } from '@tercet/testkit-faults'
import { afterAll, describe, expect, test } from 'vitest'
import { canLease, compose, guardWrites, takeLease } from '../src/index.ts'
import { textSource } from './sources.ts'

const MINUTE = 60_000
const folders: string[] = []
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true })
})

async function fileBackend(): Promise<StorageBackend> {
  const folder = await mkdtemp(join(tmpdir(), 'tercet-lease-'))
  folders.push(folder)
  return createFileBackend(folder)
}

/** Two writers at one place, on a clock that only the test moves. */
function world(backend: StorageBackend) {
  const clock = createVirtualClock({ auto: false })
  const take = (holder: string, more: object = {}) =>
    takeLease(backend, { prefix: 'duplicati', holder, durationMs: 3 * MINUTE, clock, ...more })
  return { clock, take, backend }
}

async function namesAt(backend: StorageBackend): Promise<string[]> {
  return (await Array.fromAsync(backend.list())).map(({ path }) => path).sort()
}

/** Renewals touch files, which no virtual clock waits for. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}

describe.each([
  ['memory', async () => createMemoryBackend()],
  ['file', fileBackend]
])('a lease on %s', (_name, open) => {
  test('keeps a second writer out until it is given back', async () => {
    const { take } = world(await open())
    const first = await take('ada')
    await expect(take('bob')).rejects.toMatchObject({
      code: 'LEASE_HELD',
      message: expect.stringContaining('written to by ada')
    })
    await first.assertHeld()
    await first[Symbol.asyncDispose]()
    await using second = await take('bob')
    await second.assertHeld()
  })

  test('is renewed for as long as it is held', async () => {
    const { take, clock, backend } = world(await open())
    const lease = await take('ada')
    for (const number of [2, 3, 4, 5]) {
      await until(async () => clock.sleepers === 1)
      await clock.advance(MINUTE)
      await until(async () => (await namesAt(backend)).includes(`duplicati-lease-${number}.json`))
    }
    await lease.assertHeld()
    await expect(take('bob')).rejects.toMatchObject({ code: 'LEASE_HELD' })
    await lease[Symbol.asyncDispose]()
    expect(await namesAt(backend)).toEqual(['duplicati-lease-5.json', 'duplicati-lease-6.json'])
  })

  test('is taken over when its holder is gone, not before a minute after its end', async () => {
    const backend = await open()
    const { clock, take } = world(backend)
    // The machine of the first writer was switched off: it has a clock of its own, which stands still.
    await takeLease(backend, {
      prefix: 'duplicati',
      holder: 'ada',
      durationMs: 3 * MINUTE,
      clock: createVirtualClock({ auto: false })
    })
    await clock.advance(4 * MINUTE)
    await expect(take('bob')).rejects.toMatchObject({ code: 'LEASE_HELD' })
    await clock.advance(1)
    await using second = await take('bob')
    await second.assertHeld()
  })

  test('is broken only by who says so, and its holder stops before the next write', async () => {
    const backend = await open()
    const clock = createVirtualClock({ auto: false })
    const { take } = world(backend)
    const guard = guardWrites()
    const guarded = compose(backend, guard)
    const first = await takeLease(backend, {
      prefix: 'duplicati',
      holder: 'ada',
      durationMs: 3 * MINUTE,
      clock
    })
    guard.lease = first
    await guarded.put('before', textSource('x'))
    await using second = await take('bob', { breakHeld: true })
    await second.assertHeld()
    // The first one finds out when its time has run out, at the latest.
    clock.jump(4 * MINUTE)
    await expect(guarded.put('after', textSource('x'))).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await expect(guarded.delete('before')).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await expect(guarded.deleteMany(['before'])).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect((await guarded.stat('before')).sizeBytes).toBe(1)
    await first[Symbol.asyncDispose]()
    await second.assertHeld()
    expect(await namesAt(backend)).not.toContain('after')
  })

  test('of many that want it at the same time one gets it', async () => {
    const { take } = world(await open())
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => take(`writer ${index}`))
    )
    const taken = attempts.filter((attempt) => attempt.status === 'fulfilled')
    expect(taken).toHaveLength(1)
    for (const { value } of taken) await value[Symbol.asyncDispose]()
  })
})

test('a lease outlives the sleep of its machine if nobody has taken it', async () => {
  const { take, clock } = world(createMemoryBackend())
  await using lease = await take('ada')
  clock.jump(60 * MINUTE)
  await lease.assertHeld()
})

test('a renewal of which only the answer is lost is no loss', async () => {
  using faults = createFaults()
  const { take, clock } = world(faults.layer(createMemoryBackend()))
  await using lease = await take('ada')
  faults.fail('put', { when: 'after' })
  await clock.advance(2 * MINUTE)
  await lease.assertHeld()
  await clock.advance(2 * MINUTE)
  await lease.assertHeld()
  faults.assertAllUsed()
})

test('a place that cannot be reached any more is not written to when the time has run out', async () => {
  const { take, clock, backend } = world(createMemoryBackend())
  const lease = await take('ada')
  await backend[Symbol.asyncDispose]()
  await clock.advance(2 * MINUTE)
  await lease.assertHeld()
  await clock.advance(2 * MINUTE)
  await expect(lease.assertHeld()).rejects.toMatchObject({ code: 'LEASE_LOST' })
})

test('a lease that cannot be understood is not taken over, but broken', async () => {
  for (const content of ['', '{}', 'null', '[1]', `{"holder":"${'x'.repeat(5000)}"}`]) {
    const { take, backend } = world(createMemoryBackend())
    await backend.put('duplicati-lease-7.json', textSource(content))
    await expect(take('ada')).rejects.toMatchObject({ code: 'LEASE_HELD' })
    await using lease = await take('ada', { breakHeld: true })
    await lease.assertHeld()
  }
})

test('other prefixes and other names are no lease of this one', async () => {
  const { take, backend } = world(createMemoryBackend())
  for (const name of [
    'other-lease-1.json',
    'duplicati-lease-x.json',
    'duplicati-lease-01.json',
    'duplicati-lease-9999999999999.json'
  ])
    await backend.put(name, textSource('?'))
  await using lease = await take('ada')
  await lease.assertHeld()
})

test('a store that cannot decide who was first has no leases', async () => {
  for (const capabilities of [{ conditionalPut: false }, { listing: 'eventual' as const }]) {
    const { take, backend } = world(createMemoryBackend({ capabilities }))
    expect(canLease(backend)).toBe(false)
    await expect(take('ada')).rejects.toMatchObject({ code: 'LEASE_UNSUPPORTED' })
    expect(await namesAt(backend)).toEqual([])
  }
  expect(canLease(createMemoryBackend())).toBe(true)
})

test('an end that comes while a lease is taken ends that', async () => {
  const { take } = world(createMemoryBackend())
  const reason = new Error('enough')
  await expect(take('ada', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})
