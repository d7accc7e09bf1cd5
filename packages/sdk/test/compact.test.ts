import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import { bytesSource } from '@tercet/interface'
import { createRandom } from '@tercet/testkit-faults'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatPlan, openBackup } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

let place: Workplace
let store: MemoryBackend
beforeEach(() => {
  place = new Workplace()
  store = createMemoryBackend()
})
afterEach(() => place[Symbol.dispose]())

const open = (catalogPath = place.catalogPath) =>
  openBackup({
    destination: store,
    keepDestinationOpen: true,
    passphrase: 'hunter2',
    catalogPath,
    workers: 0,
    retryDelayMs: 0
  })
const noise = (seed: number) => createRandom(seed).bytes(100_000)
const usedBytes = async () =>
  (await Array.fromAsync(store.list())).reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0)

/** Three versions of one file, which has nothing in common between them. */
async function makeVersions() {
  const backup = await open()
  for (const seed of [1, 2, 3]) {
    place.write('a.txt', noise(seed))
    await backup.run({ sources: [place.source], testSamples: 0 })
  }
  return backup
}

describe('a compaction', () => {
  test('makes volumes as large as the backup was told to, as later runs do', async () => {
    await using backup = await open()
    place.write('a.txt', createRandom(1).bytes(3_000_000))
    const sources = [place.source]
    await backup.run({ sources, testSamples: 0, blockSizeBytes: 102_400, volumeSizeBytes: 1_048_576 })
    expect((await backup.planCompact()).rules).toMatchObject({
      volumeSizeBytes: 1_048_576,
      smallVolumeBytes: 209_715
    })
    place.write('b.txt', createRandom(2).bytes(3_000_000))
    await backup.run({ sources, testSamples: 0 })
    for await (const { sizeBytes } of store.list()) expect(sizeBytes).toBeLessThan(1_200_000)
    const plan = await backup.planCompact({ volumeSizeBytes: 2_097_152 })
    expect(plan.rules.volumeSizeBytes).toBe(2_097_152)
  })

  test('is planned, told in words, and carried out', async () => {
    await using backup = await makeVersions()
    expect(await backup.delete({ keepVersions: 1, autoCompact: false })).toMatchObject({
      remaining: 1,
      compaction: undefined
    })
    const plan = await backup.planCompact({ threshold: 10 })
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
    const text = formatPlan(plan)
    expect(text).toMatch(/^Waste {5}\d+ KiB of \d+ KiB \(6\d %\), in 3 volumes\n/)
    expect(text).toMatch(/\n {2}duplicati-b\S+ {2}(unused|wasteful), \d+ % unused\n/)
    const before = await usedBytes()
    expect(await backup.compact(plan, { dryRun: true })).toMatchObject({ isDryRun: true, freedBytes: 0 })
    expect(await usedBytes()).toBe(before)
    const result = await backup.compact(plan)
    expect(result.outcome).toBe('success')
    expect(before - (await usedBytes())).toBe(result.freedBytes)
    expect(result.freedBytes).toBeGreaterThan(150_000)
    await expect(backup.compact(plan)).rejects.toMatchObject({ code: 'COMPACT_PLAN_OUTDATED' })
    expect(await backup.verify({ samples: 'all' })).toMatchObject({ outcome: 'success' })
    const chunks = await Array.fromAsync(backup.read({ path: `${place.source}/a.txt` }))
    expect(Buffer.concat(chunks).equals(Buffer.from(noise(3)))).toBe(true)
  })

  test('is planned and carried out in one call', async () => {
    await using backup = await makeVersions()
    await backup.delete({ versions: [2], autoCompact: false })
    expect(await backup.compact({ maxDownloadBytes: 2 ** 30 })).toMatchObject({ outcome: 'success' })
  })

  test('follows a delete', async () => {
    await using backup = await makeVersions()
    const before = await usedBytes()
    const { compaction, outcome } = await backup.delete({ keepVersions: 1, threshold: 10 })
    expect(outcome).toBe('success')
    expect(compaction!.freedBytes).toBeGreaterThan(before / 2)
    expect(await backup.delete({ keepVersions: 1 })).toMatchObject({ deleted: [], compaction: undefined })
  })

  test('follows a run whose rules of retention let versions go, unless it must not', async () => {
    await using backup = await makeVersions()
    const run = { sources: [place.source], testSamples: 0 }
    const kept = await backup.run({ ...run, keepVersions: 2, autoCompact: false })
    expect(kept.deletion).toMatchObject({ remaining: 2, compaction: undefined })
    const before = await usedBytes()
    const compacted = await backup.run({ ...run, keepVersions: 1, maxDownloadBytes: 2 ** 30 })
    expect(compacted.deletion?.compaction).toMatchObject({ outcome: 'success' })
    expect(await usedBytes()).toBeLessThan(before / 2)
  })

  test('follows a run without rules of retention, when small volumes have gathered', async () => {
    await using backup = await open()
    const small = { sources: [place.source], testSamples: 0, maxSmallVolumes: 3 }
    const results = []
    for (const seed of [1, 2, 3, 4]) {
      place.write(`${seed}.txt`, noise(seed))
      results.push(await backup.run(small))
    }
    expect(results.map(({ compaction }) => compaction?.rewrittenVolumes)).toEqual([
      undefined,
      undefined,
      undefined,
      4
    ])
    expect(results[3]).toMatchObject({ outcome: 'success', deletion: undefined })
    const dblocks = (await Array.fromAsync(store.list())).filter(({ path }) => path.includes('.dblock.'))
    expect(dblocks).toHaveLength(1)
    for (const seed of [5, 6, 7, 8]) {
      place.write(`${seed}.txt`, noise(seed))
      expect(await backup.run({ ...small, autoCompact: false })).toMatchObject({ compaction: undefined })
    }
    // Also where there are rules, and they let nothing go.
    const kept = await backup.run({ ...small, keepVersions: 100 })
    expect(kept.compaction).toMatchObject({ rewrittenVolumes: 5 })
    expect(kept.deletion).toMatchObject({ deleted: [], compaction: undefined })
    expect(await backup.verify({ samples: 'all' })).toMatchObject({ defects: [] })
  })

  test('is left out with a warning where a version is unreadable, whose blocks nobody knows', async () => {
    await using first = await makeVersions()
    await first.run({ sources: [place.source], testSamples: 0, uploadUnchanged: true })
    const lists = (await Array.fromAsync(store.list()))
      .map(({ path }) => path)
      .filter((path) => /dlist/.test(path))
    const victim = lists.sort()[1]!
    const bytes = Buffer.concat(await Array.fromAsync(store.get(victim)))
    bytes[bytes.length >> 1]! ^= 1
    await store.put(victim, bytesSource(bytes))
    await using other = await open(place.path('other.sqlite'))
    const before = await usedBytes()
    const result = await other.delete({ keepVersions: 1 })
    expect(result).toMatchObject({
      outcome: 'warning',
      remaining: 1,
      issues: [{ code: 'COMPACT_LIVENESS_UNKNOWN' }],
      compaction: undefined
    })
    expect(await usedBytes()).toBeGreaterThan(before - 20_000)
    await expect(other.compact()).rejects.toMatchObject({ code: 'COMPACT_LIVENESS_UNKNOWN' })
  })

  test('is refused with wrong options, before any I/O', async () => {
    await using backup = await open()
    const coded = (code: string) => expect.objectContaining({ code })
    await expect(backup.compact({ threshold: -1 })).rejects.toThrow(coded('CONFIG_INVALID_VALUE'))
    await expect(backup.compact({ treshold: 1 } as never)).rejects.toThrow(coded('CONFIG_UNKNOWN_KEY'))
    await expect(backup.delete({ keepVersions: 1, autoCompact: 1 as never })).rejects.toThrow()
    await expect(backup.run({ sources: [place.source], autoCompact: 'no' as never })).rejects.toThrow(
      coded('CONFIG_INVALID_VALUE')
    )
    await expect(backup.delete({ keepVersions: 1, threshold: 101 })).rejects.toThrow(
      coded('CONFIG_INVALID_VALUE')
    )
    await expect(backup.planCompact()).rejects.toThrow(coded('BACKUP_NOT_FOUND'))
  })
})
