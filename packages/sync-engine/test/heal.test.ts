import { createHash } from 'node:crypto'
import type { StorageBackend } from '@tercet/interface'
import { crashEverywhere } from '@tercet/testkit-faults'
import { encodeVerificationFile } from '@tercet/volume-format'
import { describe, expect, test } from 'vitest'
import {
  executeHeal,
  type HealPlan,
  isHealthy,
  type LedgerEntry,
  type PlanHealOptions,
  planHeal,
  type RecordedFile
} from '../src/index.ts'
import {
  altered,
  backupOf,
  calls,
  contentOf,
  dblock,
  dindex,
  dlist,
  fill,
  makeWorld,
  type Place,
  text,
  type World
} from './places.ts'

const FILES = backupOf(3)
const at = (world: World, n: number) => (n === 0 ? world.primary : (world.replicas[n - 1] as Place))
const sha256 = (content: string) => createHash('sha256').update(content).digest()

const RECORDED: ReadonlyMap<string, RecordedFile> = new Map(
  Object.entries(FILES).map(([path, content]) => {
    const hash = new Uint8Array(sha256(content))
    return [path, { sizeBytes: text(content).byteLength, hash, hashAlgorithm: 'SHA256' }]
  })
)
const damagedOf = (path: string) => `!${FILES[path]?.slice(1)}`

/** Three places with one backup, of which some copies are damaged. */
async function placesWith(damage: Readonly<Record<number, readonly string[]>>): Promise<World> {
  const world = makeWorld(2)
  for (const n of [0, 1, 2]) {
    await fill(at(world, n).store, FILES)
    for (const path of damage[n] ?? []) await fill(at(world, n).store, { [path]: damagedOf(path) })
  }
  return world
}

function optionsFor(world: World, options: Partial<PlanHealOptions> = {}): PlanHealOptions {
  return {
    places: { primary: at(world, 0).backend, a: at(world, 1).backend, b: at(world, 2).backend },
    clock: world.clock,
    random: () => 0.5,
    ...options
  }
}

const writes = (world: World) =>
  [0, 1, 2].map(
    (n) => calls(at(world, n), 'put') + calls(at(world, n), 'rename') + calls(at(world, n), 'delete')
  )

function copiesIn(plan: HealPlan, path: string) {
  return plan.files.find((file) => file.path === path)?.copies
}

describe('which side is wrong', () => {
  test('V3 V4: a recorded hash decides for every side, and each copy is read once', async () => {
    const world = await placesWith({ 0: [dblock(1)], 1: [dblock(2), dlist(1)], 2: [dblock(2)] })
    const plan = await planHeal(optionsFor(world, { recorded: RECORDED }))
    expect(plan.files.map(({ path, from, to, evidence }) => ({ path, from, to, evidence }))).toEqual([
      { path: dblock(1), from: 'a', to: ['primary'], evidence: 'recorded' },
      { path: dblock(2), from: 'primary', to: ['a', 'b'], evidence: 'recorded' },
      { path: dlist(1), from: 'primary', to: ['a'], evidence: 'recorded' }
    ])
    expect(copiesIn(plan, dblock(1))).toEqual({ primary: 'damaged', a: 'intact', b: 'intact' })
    for (const n of [0, 1, 2]) expect(calls(at(world, n), 'get')).toBeLessThanOrEqual(9 + 1) // verification file
    expect(writes(world)).toEqual([0, 0, 0])

    const result = await executeHeal(plan)
    expect(result.healed).toHaveLength(4)
    expect(result).toMatchObject({ unhealed: [], issues: [] })
    for (const n of [0, 1, 2]) expect(contentOf(at(world, n).store)).toEqual(FILES)
    expect(writes(world)).toEqual([1, 2, 1])
    const again = await planHeal(optionsFor(world, { recorded: RECORDED }))
    expect(isHealthy(again)).toBe(true)
    expect(again.checked.files).toBe(9)
  })

  test('V4: what the caller finds by looking into it decides where nothing was recorded', async () => {
    const world = await placesWith({ 0: [dblock(1)], 2: [dindex(3)] })
    const verify: PlanHealOptions['verify'] = async (_path, content) => {
      for await (const chunk of content.open()) if (chunk[0] === 33) throw new Error('wrong code')
      return true
    }
    const plan = await planHeal(optionsFor(world, { verify }))
    expect(plan.files.map(({ path, to, evidence }) => ({ path, to, evidence }))).toEqual([
      { path: dblock(1), to: ['primary'], evidence: 'verified' },
      { path: dindex(3), to: ['b'], evidence: 'verified' }
    ])
    await executeHeal(plan)
    for (const n of [0, 1, 2]) expect(contentOf(at(world, n).store)).toEqual(FILES)
  })

  test('V4: copies that differ, and nothing that tells which is right: told, and nothing is written', async () => {
    for (const level of ['download', 'checksum'] as const) {
      const world = await placesWith({ 1: [dblock(2)] })
      const plan = await planHeal(optionsFor(world, { level }))
      expect(plan.issues).toMatchObject([{ code: 'SYNC_UNDECIDED', volume: dblock(2) }])
      expect(plan.files).toMatchObject([{ path: dblock(2), evidence: 'none', to: [] }])
      const result = await executeHeal(plan)
      expect(result.issues).toEqual(plan.issues)
      expect(writes(world)).toEqual([0, 0, 0])
    }
  })

  test('V4: what a ledger says was put to a place that has something else now speaks for those who have it', async () => {
    const world = await placesWith({ 1: [dblock(2)] })
    const entry = (content: string): LedgerEntry => ({
      sizeBytes: content.length,
      sha256: sha256(content).toString('hex'),
      verifiedAt: 0,
      depth: 'put'
    })
    const places = (ledger: Map<string, LedgerEntry>): PlanHealOptions['places'] => ({
      primary: at(world, 0).backend,
      a: { backend: at(world, 1).backend, ledger },
      b: at(world, 2).backend
    })
    const ledger = new Map([[dblock(2), entry(FILES[dblock(2)] as string)]])
    const plan = await planHeal(optionsFor(world, { places: places(ledger) }))
    expect(plan.files).toMatchObject([{ path: dblock(2), evidence: 'ledger', from: 'primary', to: ['a'] }])
    await executeHeal(plan)
    expect(contentOf(at(world, 1).store)).toEqual(FILES)
    expect(ledger.get(dblock(2))).toMatchObject({ depth: 'download' })
    // One that vouches for what it still has proves nothing: it may have been put there wrong.
    await fill(at(world, 1).store, { [dblock(2)]: damagedOf(dblock(2)) })
    ledger.set(dblock(2), entry(damagedOf(dblock(2))))
    const doubtful = await planHeal(optionsFor(world, { places: places(ledger) }))
    expect(doubtful.issues).toMatchObject([{ code: 'SYNC_UNDECIDED' }])
  })

  test('V1: by digests of the stores alone, nothing is read', async () => {
    const world = await placesWith({ 1: [dblock(2)] })
    const plan = await planHeal(optionsFor(world, { recorded: RECORDED, level: 'checksum' }))
    expect(plan.files).toMatchObject([{ path: dblock(2), to: ['a'] }])
    for (const n of [0, 1, 2])
      expect(
        world.primary.faults.calls.filter(({ method }) => method === 'get').length + n
      ).toBeLessThanOrEqual(1 + n)
  })
})

describe('what is missing', () => {
  test('it is put where it should be; what the primary let go is left alone', async () => {
    const world = await placesWith({})
    await at(world, 1).store.delete(dblock(1))
    await at(world, 0).store.delete(dblock(2))
    await at(world, 0).store.delete(dlist(1))
    const recorded = new Map(RECORDED)
    recorded.delete(dlist(1))
    const plan = await planHeal(optionsFor(world, { recorded }))
    expect(plan.files.map(({ path, from, to }) => ({ path, from, to }))).toEqual([
      { path: dblock(1), from: 'primary', to: ['a'] },
      { path: dblock(2), from: 'a', to: ['primary'] }
    ])
    await executeHeal(plan)
    expect(Object.keys(contentOf(at(world, 0).store))).not.toContain(dlist(1))
    expect(contentOf(at(world, 1).store)).toEqual(FILES)
  })

  test('the verification file of the primary tells what it should hold', async () => {
    const world = await placesWith({})
    const path = dblock(2)
    const { sizeBytes, hash } = RECORDED.get(path) as RecordedFile
    const record = { id: 1, name: path, type: 'dblock' as const, sizeBytes, hash, state: 'uploaded' as const }
    const file = new TextDecoder('utf-8', { ignoreBOM: true }).decode(encodeVerificationFile([record]))
    await fill(at(world, 0).store, { 'duplicati-verification.json': file })
    await at(world, 0).store.delete(path)
    const plan = await planHeal(optionsFor(world))
    expect(plan.files).toMatchObject([{ path, evidence: 'recorded', from: 'a', to: ['primary'] }])
  })

  test('with listings alone, an unchecked copy fills a gap and replaces nothing', async () => {
    const world = await placesWith({})
    await at(world, 2).store.delete(dblock(1))
    await fill(at(world, 1).store, { [dblock(2)]: 'short' })
    const plan = await planHeal(optionsFor(world, { level: 'listing' }))
    expect(plan.files).toMatchObject([
      { path: dblock(1), from: 'primary', to: ['b'] },
      { path: dblock(2), to: [] }
    ])
    expect(plan.issues).toMatchObject([{ code: 'SYNC_UNDECIDED', volume: dblock(2) }])
  })
})

describe('what cannot be mended', () => {
  test('no intact copy anywhere: told, and nothing is written', async () => {
    const world = await placesWith({ 0: [dblock(1)], 1: [dblock(1)], 2: [dblock(1)] })
    const plan = await planHeal(optionsFor(world, { recorded: RECORDED }))
    expect(plan.issues).toMatchObject([{ code: 'SYNC_HEAL_IMPOSSIBLE', volume: dblock(1) }])
    const result = await executeHeal(plan)
    expect(result.unhealed.map(({ place }) => place)).toEqual(['primary', 'a', 'b'])
    expect(writes(world)).toEqual([0, 0, 0])
  })

  test('a copy in cold storage is not fetched, and asked for where it is the only one', async () => {
    const world = await placesWith({ 0: [dblock(1)], 1: [dblock(1)] })
    const { store } = at(world, 2)
    const cold = altered(at(world, 2).backend, {
      async *list(options) {
        for await (const entry of store.list(options)) yield { ...entry, archived: entry.path === dblock(1) }
      }
    })
    const places = { primary: at(world, 0).backend, a: at(world, 1).backend, b: cold }
    const plan = await planHeal(optionsFor(world, { places, recorded: RECORDED }))
    expect(plan.issues).toMatchObject([{ code: 'SYNC_ARCHIVED', volume: dblock(1) }])
    expect(at(world, 2).faults.calls.some(({ method, path }) => method === 'get' && path === dblock(1))).toBe(
      false
    )
  })

  test('it is asked for by name, once, and mends the others when it can be read', async () => {
    const world = await placesWith({ 0: [dblock(1)], 1: [dblock(1)] })
    const { store, faults } = at(world, 2)
    store.archive(dblock(1))
    store.archive(dblock(2))
    const result = await executeHeal(await planHeal(optionsFor(world, { recorded: RECORDED })))
    expect(result.askedFor).toEqual([{ path: dblock(1), place: 'b' }])
    const asked = faults.calls.filter(({ method }) => method === 'restoreArchived')
    expect(asked.map(({ path }) => path)).toEqual([dblock(1)])
    const again = await executeHeal(await planHeal(optionsFor(world, { recorded: RECORDED })))
    expect(again.healed).toMatchObject([
      { path: dblock(1), place: 'primary' },
      { path: dblock(1), place: 'a' }
    ])
    expect(again.askedFor).toEqual([])
  })

  test('a place that cannot be listed is left alone', async () => {
    const world = await placesWith({ 1: [dblock(1)] })
    at(world, 2).faults.fail('list', { times: 100 })
    const plan = await planHeal(optionsFor(world, { recorded: RECORDED }))
    expect(plan.issues).toMatchObject([{ code: 'SYNC_LISTING_FAILED' }])
    expect(plan.files.find(({ path }) => path === dblock(1))).toMatchObject({ from: 'primary', to: ['a'] })
    const result = await executeHeal(plan)
    expect(result.healed).toEqual([{ path: dblock(1), place: 'a' }])
    expect(writes(world)[2]).toBe(0)
  })

  test('a source that went bad in the meantime is not put anywhere', async () => {
    for (const recorded of [RECORDED, undefined]) {
      const world = await placesWith({})
      await at(world, 1).store.delete(dblock(1))
      const plan = await planHeal(optionsFor(world, { recorded }))
      await fill(at(world, 0).store, { [dblock(1)]: damagedOf(dblock(1)) })
      const result = await executeHeal(plan)
      expect(result.issues).toMatchObject([{ code: 'SYNC_HEAL_IMPOSSIBLE' }])
      expect(Object.keys(contentOf(at(world, 1).store))).not.toContain(dblock(1))
    }
  })

  test('a list is not shown where data could not be put', async () => {
    const world = await placesWith({})
    for (const path of [dblock(1), dlist(1)]) await at(world, 1).store.delete(path)
    const plan = await planHeal(optionsFor(world, { recorded: RECORDED }))
    at(world, 1).faults.fail('put', { times: 3 })
    const result = await executeHeal(plan)
    expect(result.unhealed.map(({ path }) => path)).toEqual([dblock(1), dlist(1)])
    expect(Object.keys(contentOf(at(world, 1).store))).not.toContain(dlist(1))
  })
})

test('I3: stopped after any operation, no file has fewer intact copies than before', async () => {
  const damage = { 0: [dblock(1), dlist(2)], 1: [dblock(2)], 2: [dblock(2), dindex(1)] }
  let world = await placesWith(damage)
  const intact = () =>
    Object.keys(FILES).map((path) =>
      [0, 1, 2].filter((n) => contentOf(at(world, n).store)[path] === FILES[path])
    )
  const before = intact()
  const steps = await crashEverywhere({
    async run(crash) {
      world = await placesWith(damage)
      const wrap = (n: number): StorageBackend => crash.layer(at(world, n).backend)
      const places = { primary: wrap(0), a: wrap(1), b: wrap(2) }
      await executeHeal(await planHeal(optionsFor(world, { places, recorded: RECORDED })))
    },
    async check(crash) {
      for (const [index, copies] of intact().entries())
        for (const n of before[index] ?? []) expect(copies, `after ${crash.count}`).toContain(n)
      await executeHeal(await planHeal(optionsFor(world, { recorded: RECORDED })))
      for (const n of [0, 1, 2]) expect(contentOf(at(world, n).store)).toEqual(FILES)
    }
  })
  expect(steps).toBeGreaterThan(10)
})

test('what is replaced can be kept', async () => {
  const world = await placesWith({ 1: [dblock(1)] })
  await executeHeal(await planHeal(optionsFor(world, { recorded: RECORDED })), { retention: true })
  const kept = Object.entries(contentOf(at(world, 1).store)).filter(([name]) => name.includes('.old.'))
  expect(kept.map(([, content]) => content)).toEqual([damagedOf(dblock(1))])
})

test('a plan is carried out once, and options that are not known are refused', async () => {
  const world = await placesWith({})
  const plan = await planHeal(optionsFor(world))
  await executeHeal(plan)
  await expect(executeHeal(plan)).rejects.toMatchObject({ code: 'SYNC_PLAN_UNKNOWN' })
  await expect(planHeal({ ...optionsFor(world), deep: 1 } as PlanHealOptions)).rejects.toMatchObject({
    code: 'CONFIG_UNKNOWN_KEY'
  })
  const places = { primary: at(world, 0).backend }
  await expect(planHeal(optionsFor(world, { places }))).rejects.toMatchObject({ code: 'CONFIG_MISSING' })
})
