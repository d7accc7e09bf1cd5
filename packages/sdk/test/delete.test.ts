import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import { bytesSource, systemClock } from '@tercet/interface'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatPlan, type OpenBackupOptions, openBackup } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

let place: Workplace
let store: MemoryBackend
beforeEach(() => {
  place = new Workplace()
  store = createMemoryBackend()
})
afterEach(() => place[Symbol.dispose]())

let seconds = 0
/** A clock that is a day later with each backup that is opened. */
function dailyClock() {
  const start = Date.UTC(2025, 0, 1 + seconds++)
  return { ...systemClock, now: () => start }
}

const open = (more: Partial<OpenBackupOptions> = {}) =>
  openBackup({
    destination: store,
    keepDestinationOpen: true,
    passphrase: 'hunter2',
    catalogPath: place.catalogPath,
    workers: 0,
    retryDelayMs: 0,
    clock: dailyClock(),
    ...more
  })

async function makeVersions(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await using backup = await open()
    place.write('a.txt', `version ${seconds}`)
    await backup.run({ sources: [place.source], testSamples: 0 })
  }
}

const listCount = async () => {
  const names = await Array.fromAsync(store.list())
  return names.filter(({ path }) => path.includes('.dlist.')).length
}

describe('versions', () => {
  test('are deleted by a plan that tells which goes by which rule', async () => {
    await makeVersions(3)
    await using backup = await open()
    const plan = await backup.planDelete({ keepVersions: 2 })
    expect(plan.decisions.map(({ goes }) => goes)).toEqual([false, false, true])
    expect(JSON.parse(JSON.stringify(plan)).decisions).toHaveLength(3)
    const lines = formatPlan(plan).split('\n')
    expect(lines[0]).toMatch(/^ {3}0 {2}2025-\S+ \S+Z {2}stays {2}keep-versions: /)
    expect(lines[2]).toMatch(/^ {3}2 {2}2025-\S+ \S+Z {2}goes {3}keep-versions: /)
    expect(lines.at(-1)).toBe('Delete    1 of 3 versions')
    expect(await backup.delete(plan, { dryRun: true })).toMatchObject({ isDryRun: true, remaining: 2 })
    expect(await listCount()).toBe(3)
    expect(await backup.delete(plan)).toMatchObject({ outcome: 'success', remaining: 2 })
    expect(await Array.fromAsync(backup.versions())).toHaveLength(2)
    await expect(backup.delete(plan)).rejects.toMatchObject({ code: 'DELETE_PLAN_OUTDATED' })
    expect(await listCount()).toBe(2)
  })

  test('are planned and deleted in one call, without a catalog of this machine', async () => {
    await makeVersions(3)
    await using backup = await open({ catalogPath: place.path('other.sqlite') })
    expect(await backup.delete({ versions: [1] })).toMatchObject({ deleted: [{ number: 1 }], remaining: 2 })
  })

  test('stay where the options are wrong', async () => {
    await makeVersions(2)
    await using backup = await open()
    const cases: readonly (readonly [object, string])[] = [
      [{}, 'CONFIG_MISSING'],
      [{ keepVersions: 0 }, 'CONFIG_INVALID_VALUE'],
      [{ keepVersion: 1 }, 'CONFIG_UNKNOWN_KEY'],
      [{ newestIsCurrent: true, keepVersions: 1 }, 'CONFIG_UNKNOWN_KEY'],
      [{ retentionPolicy: '1D:1W' }, 'CONFIG_CONFLICT'],
      [{ versions: [7] }, 'RETENTION_NO_SUCH_VERSION'],
      [{ versions: [0, 1] }, 'RETENTION_REMOVES_EVERYTHING']
    ]
    for (const [options, code] of cases)
      await expect(backup.delete(options), JSON.stringify(options)).rejects.toMatchObject({ code })
    expect(await listCount()).toBe(2)
  })
})

describe('after a run', () => {
  const run = { testSamples: 1, keepVersions: 2 }

  test('the rules of retention are applied, also when nothing has changed', async () => {
    await makeVersions(3)
    await using backup = await open()
    const result = await backup.run({ sources: [place.source], ...run })
    expect(result).toMatchObject({ version: undefined, outcome: 'success', deletion: { remaining: 2 } })
    expect(await listCount()).toBe(2)
  })

  test('the newest version has no age when nothing has changed since', async () => {
    await makeVersions(2)
    seconds += 400
    await using backup = await open()
    const result = await backup.run({ sources: [place.source], testSamples: 0, keepTime: '1M' })
    expect(result.deletion).toMatchObject({ deleted: [{ number: 1 }], remaining: 1 })
  })

  test('they are not in a dry run, nor where damage was found', async () => {
    await makeVersions(3)
    await using backup = await open()
    const dry = await backup.run({ sources: [place.source], ...run, dryRun: true })
    expect(dry.deletion).toBeUndefined()
    const names = (await Array.fromAsync(store.list())).map(({ path }) => path)
    for (const name of names.filter((path) => path.includes('.dblock.'))) {
      const bytes = Buffer.concat(await Array.fromAsync(store.get(name)))
      bytes[bytes.length >> 1]! ^= 1
      await store.put(name, bytesSource(bytes))
    }
    const damaged = await backup.run({ sources: [place.source], ...run })
    expect(damaged.verification?.outcome).toBe('error')
    expect(damaged.deletion).toBeUndefined()
    expect(await listCount()).toBe(3)
  })

  test('wrong rules are refused before anything is done', async () => {
    await using backup = await open()
    await expect(backup.run({ sources: [place.source], keepTime: 'soon' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID_VALUE'
    })
    expect(await Array.fromAsync(store.list())).toEqual([])
  })
})
