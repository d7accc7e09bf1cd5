import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { executeSync, planSync } from '../src/index.ts'
import {
  altered,
  backupOf,
  calls,
  contentOf,
  dblock,
  dlist,
  fill,
  makeWorld,
  named,
  type Place,
  text,
  type World
} from './places.ts'
import { sync } from './run.ts'

const ALWAYS = 1_000_000
const first = (world: World) => world.replicas[0] as Place

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tercet-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('overlapped transfers', () => {
  test('O5: whatever the order in which files are taken, nobody waits for one that the full spool keeps out', async () => {
    const world = makeWorld(3)
    for (let i = 0; i < 12; i++) await fill(world.primary.store, { [dblock(i)]: 'x'.repeat(50) })
    const plan = await planSync({
      primary: world.primary.backend,
      replicas: named(world),
      clock: world.clock,
      primaryIsLocked: true
    })
    const { a, b } = plan.replicas
    for (const [n, put] of (a?.puts ?? []).entries()) Object.assign(put, { step: 20 - n })
    for (const [n, put] of (b?.puts ?? []).entries()) Object.assign(put, { step: n % 3 })
    const result = await executeSync(plan, { spoolMaxBytes: 100, detachAfterMs: 1000 })
    expect(result.outcome).toBe('success')
    for (const { store } of world.replicas) expect(contentOf(store)).toEqual(contentOf(world.primary.store))
  })

  test('O1: fetching and putting overlap', async () => {
    const world = makeWorld()
    const [n, g, p] = [20, 300, 500]
    for (let i = 0; i < n; i++) await fill(world.primary.store, { [dblock(i)]: 'data' })
    world.primary.faults.delay('get', { milliseconds: g, times: ALWAYS })
    first(world).faults.delay('put', { milliseconds: p, times: ALWAYS })
    const begin = world.clock.elapsedMs
    await sync(world, { execute: { concurrency: { download: 1, upload: 1 } } })
    expect(world.clock.elapsedMs - begin).toBeLessThanOrEqual(1.05 * (n * p + g))
  })

  test('O2: the memory for a file does not depend on its size', async () => {
    const world = makeWorld()
    const sizeBytes = 512 * 1024 * 1024
    const chunk = new Uint8Array(1024 * 1024).fill(7)
    let sent = 0
    const primary = altered(world.primary.backend, {
      async *list() {
        yield { path: dblock(1), sizeBytes }
      },
      async *get() {
        for (; sent < sizeBytes; sent += chunk.byteLength) yield chunk
      }
    })
    let arrived = 0
    let mostAhead = 0
    const replica = altered(first(world).backend, {
      async put(path, source) {
        for await (const part of source.open()) {
          arrived += part.byteLength
          mostAhead = Math.max(mostAhead, sent - arrived)
        }
        return { path, sizeBytes: arrived }
      }
    })
    const plan = await planSync({
      primary,
      replicas: { a: replica },
      primaryIsLocked: true,
      quotaDisable: true
    })
    expect((await executeSync(plan, { spoolMaxBytes: 1024 * 1024 })).outcome).toBe('success')
    expect(arrived).toBe(sizeBytes)
    // What is held is what was read and has not arrived.
    expect(mostAhead).toBeLessThanOrEqual(4 * chunk.byteLength)
  })

  test('O3 O5: a stalled replica stops the fetching at the budget', async () => {
    const world = makeWorld()
    for (let i = 0; i < 40; i++) await fill(world.primary.store, { [dblock(i)]: 'x'.repeat(1000) })
    const controller = new AbortController()
    first(world).faults.fail('put', { when: 'hang', times: ALWAYS })
    const running = sync(world, {
      execute: { spoolMaxBytes: 10_000, signal: controller.signal, concurrency: { download: 3 } }
    })
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    while (calls(world.primary, 'get') < 10) await turn()
    for (let turns = 0; turns < 200; turns++) await turn()
    expect(calls(world.primary, 'get')).toBe(10)
    const reason = new Error('seen enough')
    controller.abort(reason)
    await expect(running).rejects.toBe(reason)
  })

  test('O3: what does not fit into memory waits in files, which are gone in the end', async () => {
    const world = makeWorld(2)
    for (let i = 0; i < 6; i++) await fill(world.primary.store, { [dblock(i)]: 'x'.repeat(400_000) })
    let seen = 0
    const watching = altered(first(world).backend, {
      async put(path, source, options) {
        for (const name of readdirSync(folder)) seen = Math.max(seen, readdirSync(join(folder, name)).length)
        return await first(world).backend.put(path, source, options)
      }
    })
    const result = await sync(world, { replicas: { ...named(world), a: watching }, temporaryFolder: folder })
    expect(result.outcome).toBe('success')
    expect(seen).toBeGreaterThan(0)
    expect(readdirSync(folder)).toEqual([])
    expect(contentOf(first(world).store)).toEqual(contentOf(world.primary.store))
  })

  for (const spoolMaxBytes of [10, 1_000_000]) {
    test(`O4: a flipped bit on the way is never shown, with a spool of ${spoolMaxBytes} bytes`, async () => {
      const world = makeWorld(2)
      await fill(world.primary.store, backupOf(5))
      const hashOf = (content: string) => createHash('sha256').update(content).digest()
      const expected = new Map(
        Object.entries(backupOf(5)).map(([path, content]) => [
          path,
          { sizeBytes: text(content).byteLength, hash: hashOf(content), hashAlgorithm: 'SHA256' as const }
        ])
      )
      world.primary.faults.damage({ nth: 2 }).damage({ nth: 6, how: 'truncate' }).damage({ nth: 9 })
      const result = await sync(world, { expected, execute: { spoolMaxBytes } })
      for (const { store } of world.replicas) {
        const shown = contentOf(store)
        for (const [path, content] of Object.entries(shown))
          expect([path, content]).toEqual([path, backupOf(5)[path]])
      }
      if (spoolMaxBytes > 100) expect(result.outcome).toBe('success')
    })
  }

  for (const spoolMaxBytes of [1_000_000, 10]) {
    test(`O4: without a record the digest of the store tells, with a spool of ${spoolMaxBytes} bytes`, async () => {
      const world = makeWorld(1)
      await fill(world.primary.store, backupOf(2))
      world.primary.faults.damage({ nth: 1 })
      const options = { execute: { spoolMaxBytes, concurrency: { total: 1 } } }
      expect((await sync(world, options)).outcome).toBe('success')
      expect(contentOf(first(world).store)).toEqual(contentOf(world.primary.store))
      const always = makeWorld(1)
      await fill(always.primary.store, backupOf(1))
      always.primary.faults.damage({ nth: 1, times: 1000 })
      const result = await sync(always, options)
      expect(result.replicas['a']?.issues.map(({ code }) => code)).toContain('SYNC_PRIMARY_CORRUPT')
      expect(contentOf(first(always).store)).toEqual({})
    })
  }

  test('O4: the length is checked where no hash is known', async () => {
    const world = makeWorld()
    await fill(world.primary.store, { [dblock(1)]: 'x'.repeat(50_000), [dlist(1)]: 'list' })
    world.primary.faults.damage({ nth: 1, how: 'truncate', times: ALWAYS })
    const result = await sync(world, { backendRetries: 2, retry: 1 })
    expect(result.replicas['a']?.code).toBe('SYNC_COPY_FAILED')
    expect(contentOf(first(world).store)).toEqual({})
  })
})
