/** The programs that users of this package write, as short as they should be. */
import { readFileSync, rmSync } from 'node:fs'
import { createMemoryBackend, createMemoryScheme } from '@tercet/backend-memory'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BackupEvent, formatPlan, openBackup } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

let place: Workplace
let home: string
const destination = createMemoryBackend()
/** What makes a test quick, and its destination last. */
const kept = { keepDestinationOpen: true, workers: 0 }

beforeEach(() => {
  place = new Workplace()
  home = `${place.source}/home/ada`
  place.write('home/ada/letters/1.txt', 'Dear Ada')
  place.write('home/ada/node_modules/x.js', '0')
  place.write('etc/motd', 'welcome')
})
afterEach(async () => {
  place[Symbol.dispose]()
  for await (const { path } of destination.list()) await destination.delete(path)
})

/** Backs up as another program would. */
async function backUp() {
  const shown: BackupEvent[] = []
  await using backup = await openBackup({
    destination,
    passphrase: 'hunter2',
    catalogPath: place.catalogPath,
    ...kept
  })
  const result = await backup.run({
    sources: [home, `${place.source}/etc`],
    exclude: ['*/node_modules/', '[cache]'],
    signal: AbortSignal.timeout(3_600_000),
    onEvent: (event) => shown.push(event)
  })
  const warned: unknown[] = []
  if (result.outcome !== 'success') for (const issue of result.issues) warned.push([issue.code, issue.path])
  return { isNew: backup.isNew, outcome: result.outcome, shown, warned }
}

test('back up, in another program', async () => {
  expect(await backUp()).toMatchObject({ isNew: true, outcome: 'success', warned: [] })
  expect((await backUp()).isNew).toBe(false)
  rmSync(`${place.source}/etc`, { recursive: true })
  expect(await backUp()).toMatchObject({
    outcome: 'warning',
    warned: [['SOURCE_MISSING', expect.stringContaining('/etc')]]
  })
})

test('by a URL that comes from configuration', async () => {
  await using backup = await openBackup({
    destination: 'memory:laptop-7',
    backends: [createMemoryScheme()],
    passphrase: 'hunter2',
    catalogPath: place.catalogPath
  })
  expect(await backup.run({ sources: [home] })).toMatchObject({ outcome: 'success' })
})

test('look and restore, with no catalog', async () => {
  await backUp()
  rmSync(place.catalogPath)
  const onEvent = () => {}
  await using backup = await openBackup({
    destination,
    passphrase: 'hunter2',
    temporaryCatalog: true,
    ...kept
  })

  const versions: unknown[] = []
  for await (const version of backup.versions())
    versions.push([version.number, version.createdAt, version.isPartial])
  expect(versions).toEqual([[0, expect.any(Date), false]])

  const entries: unknown[] = []
  for await (const entry of backup.entries({ version: 0, under: `${home}/letters` }))
    entries.push([entry.path, entry.sizeBytes])
  expect(entries).toContainEqual([`${home}/letters/1.txt`, 8])

  const plan = await backup.planRestore({
    version: 0,
    include: [`${home}/letters/*`],
    to: place.path('out')
  })
  expect([plan.files, plan.bytes, plan.volumesToFetch.length]).toEqual([1, 8, 1])
  expect(formatPlan(plan).split('\n')).toEqual([
    expect.stringMatching(/^Version {3}0, of \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
    expect.stringMatching(/^Restore {3}1 file, \d folders?, 0 links, 8 B$/),
    'Write     8 B',
    expect.stringMatching(/^Fetch {5}1 volume, \d/),
    'Issues    none'
  ])
  await backup.restore(plan, { onEvent })
  expect(readFileSync(place.path('out/letters/1.txt'), 'utf8')).toBe('Dear Ada')

  const text = await Array.fromAsync(backup.read({ version: 0, path: `${home}/letters/1.txt` }))
  expect(Buffer.concat(text).toString()).toBe('Dear Ada')
})

test('check and mend', async () => {
  await backUp()
  rmSync(place.catalogPath)
  {
    await using backup = await openBackup({
      destination,
      passphrase: 'hunter2',
      catalogPath: place.catalogPath,
      ...kept
    })
    const plan = await backup.planRepair()
    expect(formatPlan(plan)).toMatch(
      /^Catalog {3}is missing; .*\nFetch {5}2 volumes, .*\nMend {6}what the catalog tells when it is as it should be$/
    )
    expect(await backup.repair(plan)).toMatchObject({ outcome: 'success', versions: 1 })
    expect(formatPlan(await backup.planRepair())).toMatch(
      /^Catalog {3}is as it should be\nFetch {5}nothing\n/
    )
  }
  const paths = await Array.fromAsync(destination.list(), ({ path }) => path)
  const lost = paths.find((path) => path.includes('dblock')) ?? ''
  await destination.delete(lost)

  await using backup = await openBackup({
    destination,
    passphrase: 'hunter2',
    catalogPath: place.catalogPath,
    ...kept
  })
  const report = await backup.verify({ samples: 'all', depth: 'content' })
  const defects: unknown[] = []
  for (const defect of report.defects)
    defects.push([defect.code, defect.volume, defect.affectedVersions, defect.affectedFiles.length > 0])
  expect(defects).toEqual([['VERIFY_VOLUME_MISSING', lost, [0], true]])

  const plan = await backup.planRepair()
  expect(formatPlan(plan)).toContain(`Mend      1 volume\n  ${lost}  is missing: find `)
  expect(await backup.repair(plan)).toMatchObject({ outcome: 'success', destination: { newVolumes: 1 } })
})

test('a plan that is shown cannot disturb a terminal, and names no more than fit', () => {
  const actions = Array.from({ length: 22 }, (_, number) => ({
    volume: `\u001b[2Jvolume-${number}`,
    type: 'dlist' as const,
    reason: 'missing' as const,
    means: 'rebuild' as const,
    neededBlocks: 0,
    neededBytes: 0
  }))
  const destination = { actions, endsBackup: false, openVolumes: 0 }
  const shown = formatPlan({ catalog: 'current', volumesToFetch: [], bytesToFetch: 0, destination })
  expect(shown).not.toContain('\u001b')
  expect(shown.split('\n').slice(-2)).toEqual([
    '  \\u001b[2Jvolume-19  is missing: make it anew from the catalog',
    '  and 2 more'
  ])
})

test('a plan to repair does nothing when its signal was aborted', async () => {
  await backUp()
  await using backup = await openBackup({
    destination,
    passphrase: 'hunter2',
    catalogPath: place.path('other.sqlite'),
    ...kept
  })
  const reason = new Error('enough')
  const plan = await backup.planRepair()
  await expect(backup.repair(plan, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect((await backup.planRepair()).catalog).toBe('missing')
})
