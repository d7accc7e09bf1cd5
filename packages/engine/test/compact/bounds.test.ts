import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StorageBackend } from '@tercet/interface'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { compact } from '../../src/compact/compact.ts'
import { planCompact } from '../../src/compact/plan-compact.ts'
import { remove } from '../delete/world.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'
import { flipByte } from '../support/damage.ts'
import { dblocks, makeHistory, noise, runCompact, VOLUME_BYTES } from './world.ts'

const program = fileURLToPath(new URL('../support/compact-once.ts', import.meta.url))

let world: BackupWorld
beforeEach(async () => {
  world = await createBackupWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

/** A destination that is not on this machine, of which each call is told. */
function remote(inner: StorageBackend, told: (method: string) => void): StorageBackend {
  return new Proxy(inner, {
    get(target, key) {
      if (key === 'localFile') return async () => undefined
      const value = Reflect.get(target, key) as unknown
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        told(String(key))
        return (value as (...given: unknown[]) => unknown).apply(target, args)
      }
    }
  })
}

/** Bytes of all files on their way. */
function spoolBytes(): number {
  const folder = dirname(world.catalogPath)
  const spools = readdirSync(folder).filter((name) => name.startsWith('tercet-') || name.includes('spool'))
  const files = spools.flatMap((spool) =>
    readdirSync(join(folder, spool), { recursive: true, encoding: 'utf8' }).map((name) =>
      join(folder, spool, name)
    )
  )
  return files.reduce((sum, file) => {
    const stat = statSync(file, { throwIfNoEntry: false })
    return sum + (stat?.isFile() === true ? stat.size : 0)
  }, 0)
}

it('needs room for a few volumes, however many are made anew', async () => {
  await makeHistory(world, 8, 2)
  await remove(world, { versions: [1, 2, 3, 4, 5, 6] })
  let most = 0
  world = await world.reopen({
    layer: (inner) =>
      remote(inner, () => {
        most = Math.max(most, spoolBytes())
      })
  })
  const { plan, result } = await runCompact(world, { threshold: 5 })
  expect(plan.volumesToRewrite.length).toBeGreaterThan(4)
  const largest = Math.max(...plan.volumesToRewrite.map(({ sizeBytes }) => sizeBytes))
  expect(most).toBeGreaterThan(0)
  // One lane: a volume at hand and one ahead, and two new ones with their indexes.
  expect(most).toBeLessThanOrEqual(3 * largest + 3 * VOLUME_BYTES)
  expect(result.outcome).toBe('success')
  expect(spoolBytes()).toBe(0)
})

it('needs no memory that grows with what it copies', async () => {
  // 36 MB in 9 volumes, of which all but the newest are half of waste.
  for (let version = 0; version < 3; version++) {
    for (let file = 0; file < 40; file++) {
      world.write(`${file}-going`, noise(version * 100 + file, 150_000))
      world.write(`${file}-kept-${version}`, noise(1000 + version * 100 + file, 150_000))
    }
    await world.backUp({ blockSizeBytes: 102_400, volumeSizeBytes: 4_000_000 })
  }
  await remove(world, { versions: [1, 2] })
  world.catalog.close()
  const folder = dirname(world.catalogPath)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--conditions=@tercet/source',
      '--max-semi-space-size=2',
      program,
      world.catalogPath,
      world.destination,
      folder
    ],
    { encoding: 'utf8' }
  )
  expect([status, stderr]).toEqual([0, expect.not.stringContaining('Error')])
  const result = JSON.parse(stdout) as Record<string, number>
  expect(result).toMatchObject({ outcome: 'success', rewrittenVolumes: expect.any(Number) })
  expect(result['rewrittenVolumes']).toBeGreaterThan(4)
  expect(result['fetchedBytes']).toBeGreaterThan(16_000_000)
  // Neither what it fetches nor what it stores is ever in memory as a whole, nor even one volume.
  expect(result['grownMib']).toBeLessThan(64)
})

it('stores again what arrived damaged, before an old volume goes', async () => {
  const trees = await makeHistory(world, 3)
  await remove(world, { versions: [1, 2] })
  const calls: string[] = []
  let damaged: string | undefined
  const damaging = (inner: StorageBackend): StorageBackend =>
    new Proxy(inner, {
      get(target, key) {
        if (key === 'localFile') return async () => undefined
        if (key === 'delete')
          return async (...args: Parameters<StorageBackend['delete']>) => {
            calls.push(`delete ${args[0]}`)
            await target.delete(...args)
          }
        if (key !== 'put') {
          const value = Reflect.get(target, key) as unknown
          return typeof value === 'function' ? value.bind(target) : value
        }
        return async (...[path, source, options]: Parameters<StorageBackend['put']>) => {
          const { localFile: _, ...bytes } = source
          const stored = await target.put(path, bytes, options)
          damaged ??= path
          if (damaged === path) flipByte(join(world.destination, path))
          calls.push(`put ${path}`)
          return stored
        }
      }
    })
  world = await world.reopen({ layer: damaging })
  const { plan, result } = await runCompact(world)
  expect(result.outcome).toBe('success')
  expect(plan.volumesToRewrite).not.toEqual([])
  const first = calls.indexOf(`put ${damaged}`)
  const again = calls.findIndex((call, at) => at > first && call.startsWith('put'))
  const sources = plan.volumesToRewrite.map(({ name }) => calls.indexOf(`delete ${name}`))
  expect(first).toBeGreaterThanOrEqual(0)
  expect(again).toBeGreaterThan(first)
  for (const at of sources) expect(at).toBeGreaterThan(again)
  world = await world.reopen({ layer: undefined })
  expect(await world.differencesFromDestination(0, trees[0]!)).toEqual([])
  expect(readdirSync(world.destination)).not.toContain(damaged)
  await world.checkFormat()
})

it.each(['get', 'put', 'delete'])('can be aborted while it is at a %s: all versions stay', async (method) => {
  const trees = await makeHistory(world, 4, 2)
  await remove(world, { versions: [1, 2] })
  const controller = new AbortController()
  const reason = new Error('enough')
  let isArmed = false
  world = await world.reopen({
    layer: (inner) =>
      remote(inner, (called) => {
        if (isArmed && called.startsWith(method)) controller.abort(reason)
      })
  })
  const plan = await planCompact(world.context, { volumeSizeBytes: VOLUME_BYTES, threshold: 5 })
  expect(plan.volumesToRewrite.length).toBeGreaterThan(1)
  isArmed = true
  await expect(compact(world.context, plan, { signal: controller.signal })).rejects.toBe(reason)
  expect(spoolBytes()).toBe(0)
  const kept = [trees[0]!, trees[3]!]
  world = await world.reopen({ layer: undefined })
  for (const [number, tree] of kept.entries())
    expect(await world.differencesFromDestination(number, tree)).toEqual([])
  const { result } = await runCompact(world, { threshold: 5 })
  expect(result.outcome).toBe('success')
  for (const [number, tree] of kept.entries())
    expect(await world.differencesFromDestination(number, tree)).toEqual([])
  expect(world.catalog.findProblems()).toEqual([])
  expect(await dblocks(world)).not.toEqual([])
})
