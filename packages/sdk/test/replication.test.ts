import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import { type StorageBackend, systemClock } from '@tercet/interface'
import { metrics } from '@tercet/storage-layers'
import { createFaults } from '@tercet/testkit-faults'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type OpenBackupOptions, openBackup, type Replica, type RunResult } from '../src/index.ts'
import { VolumeCache } from '../src/replication/volume-cache.ts'
import { Workplace } from './support/workplace.ts'

let place: Workplace
let primary: MemoryBackend
beforeEach(() => {
  place = new Workplace()
  primary = createMemoryBackend()
})
afterEach(() => place[Symbol.dispose]())

let now = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000
const clock = {
  now: () => now,
  monotonic: () => performance.now(),
  sleep: systemClock.sleep
}

async function run(
  more: Partial<OpenBackupOptions>,
  options: { dryRun?: boolean; content?: string } = {}
): Promise<RunResult> {
  now += HOUR
  if (options.content !== undefined) place.write(`${options.content}.txt`, options.content)
  await using backup = await openBackup({
    destination: primary,
    keepDestinationOpen: true,
    passphrase: 'hunter2',
    catalogPath: place.catalogPath,
    workers: 0,
    retries: 0,
    clock,
    ...more
  })
  return await backup.run({ sources: [place.source], testSamples: 0, dryRun: options.dryRun })
}

async function contentOf(backend: StorageBackend): Promise<Map<string, string>> {
  const content = new Map<string, string>()
  for await (const { path } of backend.list()) {
    const chunks: Uint8Array[] = []
    for await (const chunk of backend.get(path)) chunks.push(chunk)
    content.set(path, Buffer.concat(chunks).toString('base64'))
  }
  return content
}

const expectEqual = async (...backends: StorageBackend[]) => {
  for (const backend of backends) expect(await contentOf(backend)).toEqual(await contentOf(primary))
}
const statuses = ({ replication }: RunResult) => replication?.replicas.map(({ status }) => status)
const quick = { 'backend-retries': 1, retry: 0 }

describe('a replica after each backup', () => {
  test('inline: equal after each, and it restores with nothing but the passphrase', async () => {
    const nas = createMemoryBackend()
    const replicas: Replica[] = [{ backend: nas, id: 'nas', when: 'inline' }]
    expect(await run({ replicas })).toMatchObject({
      outcome: 'success',
      replication: {
        outcome: 'success',
        replicas: [
          { id: 'nas', status: 'succeeded', reason: 'inline', behindBackups: 0, consecutiveFailures: 0 }
        ]
      }
    })
    await expectEqual(nas)
    await run({ replicas }, { content: 'second' })
    await expectEqual(nas)
    await using restored = await openBackup({
      destination: nas,
      passphrase: 'hunter2',
      temporaryCatalog: true,
      workers: 0
    })
    await restored.restore({ to: place.path('out') })
    expect(readFileSync(join(place.path('out'), 'second.txt'), 'utf8')).toBe('second')
  })

  test('without replicas there is no replication', async () => {
    expect((await run({})).replication).toBeUndefined()
  })

  test('16.1: A inline, B count 2, C count 3: after backups 1 to 4 ABC, A, AB, AC', async () => {
    const [a, b, c] = [createMemoryBackend(), createMemoryBackend(), createMemoryBackend()]
    const replicas: Replica[] = [
      { backend: a, id: 'a' },
      { backend: b, id: 'b', when: { count: 2 } },
      { backend: c, id: 'c', when: { count: 3 } }
    ]
    const rows: boolean[][] = []
    for (let n = 1; n <= 4; n++) {
      const result = await run({ replicas }, { content: `file${n}` })
      rows.push(result.replication!.replicas.map(({ status }) => status === 'succeeded'))
      const equal = [a, b, c].filter((_, index) => rows.at(-1)![index])
      await expectEqual(...equal)
      for (const [index, backend] of equal.entries()) {
        const out = place.path(`out-${n}-${index}`)
        await using restored = await openBackup({
          destination: backend,
          keepDestinationOpen: true,
          passphrase: 'hunter2',
          temporaryCatalog: true,
          workers: 0
        })
        await restored.restore({ to: out })
        expect(readdirSync(out)).toContain(`file${n}.txt`)
      }
    }
    expect(rows).toEqual([
      [true, true, true],
      [true, false, false],
      [true, true, false],
      [true, false, true]
    ])
  })

  test('16.1, T4: inline A and interval B, which was synced just now: only A; B tells how far it is behind', async () => {
    const [a, b] = [createMemoryBackend(), createMemoryBackend()]
    const replicas: Replica[] = [
      { backend: a, id: 'a' },
      { backend: b, id: 'b', when: { every: '1D' } }
    ]
    expect(statuses(await run({ replicas }))).toEqual(['succeeded', 'succeeded'])
    const second = await run({ replicas }, { content: 'x' })
    expect(second.replication?.replicas[1]).toMatchObject({
      status: 'skipped',
      reason: 'interval-not-elapsed',
      behindBackups: 1,
      behindSeconds: 3600
    })
    now += 24 * HOUR
    expect(statuses(await run({ replicas }))).toEqual(['succeeded', 'succeeded'])
    await expectEqual(a, b)
  })

  test('M1, M2, M8: the primary is listed and read once for all that are due, others are not touched', async () => {
    const [a, b, c] = [createMemoryBackend(), createMemoryBackend(), createMemoryBackend()]
    const counts = metrics()
    await run({ replicas: [{ backend: c, id: 'c', when: { count: 9 } }] })
    const watched = counts(c)
    const result = await run({
      replicas: [
        { backend: a, id: 'a' },
        { backend: b, id: 'b' },
        { backend: watched, id: 'c', when: { count: 9 } }
      ]
    })
    const files = (await contentOf(primary)).size
    expect(result.replication).toMatchObject({ reads: { files, refetches: 0 } })
    expect(result.replication!.replicas.map(({ copied }) => copied.files)).toEqual([files, files, 0])
    expect(['list', 'get', 'put'].map((method) => counts.of(method as 'list').calls)).toEqual([0, 0, 0])
  })

  test('M5: one that fails is told, fails no backup, and stops no other', async () => {
    const good = createMemoryBackend()
    const faults = createFaults()
    faults.fail('list', { times: 99 })
    const bad = faults.layer(createMemoryBackend())
    const replicas: Replica[] = [
      { backend: bad, id: 'bad', options: quick },
      { backend: good, id: 'good', options: quick }
    ]
    const result = await run({ replicas })
    expect(result.outcome).toBe('warning')
    expect(result.version).toBeDefined()
    expect(result.replication?.replicas).toMatchObject([
      { id: 'bad', status: 'failed', consecutiveFailures: 1, behindBackups: undefined },
      { id: 'good', status: 'succeeded' }
    ])
    expect(result.replication?.replicas[0]?.code).toMatch(/^S/)
    await expectEqual(good)
    expect((await run({ replicas })).replication?.replicas[0]).toMatchObject({ consecutiveFailures: 2 })
  })

  test('one that cannot be opened is told, and the next URL goes on', async () => {
    const syncConfiguration = {
      destinations: [{ url: 'weird://x/y' }, { url: place.path('nas') }]
    }
    const result = await run({ syncConfiguration })
    expect(result.replication?.replicas).toMatchObject([
      { status: 'failed', code: 'STORAGE_UNKNOWN_SCHEME' },
      { status: 'succeeded' }
    ])
    expect(readdirSync(place.path('nas')).sort()).toEqual([...(await contentOf(primary)).keys()].sort())
  })

  test('16.1: URLs A, empty, B: two syncs, the blank one skipped', async () => {
    const syncConfiguration = JSON.stringify({
      destinations: [{ url: place.path('a') }, {}, { url: place.path('b') }]
    })
    const result = await run({ syncConfiguration })
    expect(statuses(result)).toEqual(['succeeded', 'skipped', 'succeeded'])
    expect(result.outcome).toBe('success')
  })

  test('13, D11: a trial backup is followed by nothing, here and on the disk', async () => {
    const syncConfiguration = { destinations: [{ url: place.path('nas') }] }
    const result = await run({ syncConfiguration }, { dryRun: true })
    expect(result.replication?.replicas).toMatchObject([{ status: 'skipped', reason: 'dry-run' }])
    expect(existsSync(place.path('nas'))).toBe(false)
    expect(existsSync(`${place.catalogPath}-sync`)).toBe(false)
  })

  test('D11, T5: a trial of the replication writes nothing, tells what it would do, and is not remembered', async () => {
    const destinations = [{ url: place.path('nas'), 'dry-run': true, count: 5 }]
    const files = async () => (await contentOf(primary)).size
    const first = await run({ syncConfiguration: { destinations } })
    expect(first.replication?.replicas[0]).toMatchObject({ isDryRun: true, copied: { files: await files() } })
    expect(existsSync(place.path('nas'))).toBe(false)
    const second = await run({ syncConfiguration: { destinations } })
    expect(second.replication?.replicas[0]).toMatchObject({ reason: 'never-synced' })
  })

  test('parse-arguments-only does nothing', async () => {
    const destinations = [{ url: place.path('nas'), 'parse-arguments-only': true }]
    const { replication } = await run({ syncConfiguration: { destinations } })
    expect(replication?.replicas).toMatchObject([{ status: 'skipped', reason: 'parse-arguments-only' }])
  })

  test('D26: what is wrong with the configuration is found before the backup', async () => {
    const wrong = { destinations: [{ url: place.path('nas'), count: '5' }] }
    await expect(run({ syncConfiguration: wrong })).rejects.toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
    expect((await contentOf(primary)).size).toBe(0)
  })

  test('D1: a missing folder of a destination is made, unless auto-create-folders is off', async () => {
    const off = { url: place.path('off'), 'auto-create-folders': false, ...quick }
    const result = await run({ syncConfiguration: { destinations: [off, { url: place.path('on') }] } })
    expect(statuses(result)).toEqual(['failed', 'succeeded'])
    expect(existsSync(place.path('off'))).toBe(false)
  })

  test('G4: nothing is deleted for a primary that lost what was uploaded to it', async () => {
    const nas = createMemoryBackend()
    const replicas: Replica[] = [{ backend: nas, id: 'nas', options: quick }]
    await run({ replicas })
    const before = await contentOf(nas)
    const lost = [...before.keys()].find((name) => name.includes('.dblock.'))!
    await primary.delete(lost)
    await run({ replicas }).catch(() => undefined)
    expect((await contentOf(nas)).get(lost)).toBe(before.get(lost))
  })

  test('log-file: a line for each destination, with its level', async () => {
    const log = place.path('logs/sync.log')
    await run({ syncConfiguration: { destinations: [{ url: place.path('nas'), 'log-file': log }] } })
    expect(readFileSync(log, 'utf8')).toMatch(/Z Information \S*nas: succeeded \(inline\); \d+ copied/)
  })
})

test('a log that cannot be written is a warning, and the replica has everything', async () => {
  const log = join(place.source, 'a.txt', 'sync.log')
  const result = await run({
    syncConfiguration: { destinations: [{ url: place.path('nas'), 'log-file': log }] }
  })
  expect(statuses(result)).toEqual(['succeeded'])
  expect(result.replication?.issues).toMatchObject([{ code: 'SYNC_LOG_NOT_WRITTEN', severity: 'warning' }])
  expect(result.outcome).toBe('warning')
})

test('D3: options of the primary for replication alone open it anew; where that fails, the replica is told', async () => {
  const destination = place.path('first')
  const configured = (option: string) => ({
    destination,
    syncConfiguration: { 'sync-options': [option], destinations: [{ url: place.path('nas'), ...quick }] }
  })
  const opened: unknown[] = []
  const scheme = {
    scheme: 'odd',
    open: (_: string, context?: { options?: Readonly<Record<string, string>> }) => {
      opened.push({ ...context?.options })
      if (context?.options?.['break'] !== undefined) throw new Error('no')
      return keptOpen(primary)
    }
  }
  const odd = (option: string) => run({ ...configured(option), destination: 'odd://x', backends: [scheme] })
  expect(statuses(await odd('user=ada'))).toEqual(['succeeded'])
  expect(opened).toEqual([{}, { user: 'ada' }])
  const broken = await odd('break=1')
  expect(broken.replication?.replicas).toMatchObject([{ status: 'failed' }])
  expect(broken.outcome).toBe('warning')
})

/** The same store, which outlives whoever opened it. */
function keptOpen(backend: MemoryBackend): StorageBackend {
  return new Proxy(backend, {
    get(target, name) {
      if (name === Symbol.asyncDispose) return async () => {}
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    }
  }) as StorageBackend
}

describe('what is remembered', () => {
  const syncConfiguration = () => ({ destinations: [{ url: place.path('nas'), count: 3 }] })

  test('12.2: survives a lost catalog', async () => {
    expect(statuses(await run({ syncConfiguration: syncConfiguration() }))).toEqual(['succeeded'])
    for (const end of ['', '-wal', '-shm', '-lock']) rmSync(`${place.catalogPath}${end}`, { force: true })
    const { replication } = await run({ syncConfiguration: syncConfiguration() })
    expect(replication?.replicas).toMatchObject([{ status: 'skipped', reason: 'count-not-reached' }])
  })

  test('is for nobody else to read', async () => {
    await run({ syncConfiguration: syncConfiguration() })
    const folder = `${place.catalogPath}-sync`
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  })

  test('once it is damaged, everything is due, and it is said', async () => {
    await run({ syncConfiguration: syncConfiguration() })
    const file = join(`${place.catalogPath}-sync`, 'state.json')
    writeFileSync(file, '{"version": 1, "destin')
    const { replication, outcome } = await run({ syncConfiguration: syncConfiguration() })
    expect(replication?.replicas).toMatchObject([{ status: 'succeeded', reason: 'never-synced' }])
    expect(replication?.issues).toMatchObject([{ code: 'SYNC_STATE_CORRUPT', severity: 'warning' }])
    expect(outcome).toBe('warning')
    expect(existsSync(`${file}.damaged`)).toBe(true)
    expect((await run({ syncConfiguration: syncConfiguration() })).outcome).toBe('success')
  })

  test('of a newer version is refused before the backup, and left as it is', async () => {
    const folder = `${place.catalogPath}-sync`
    mkdirSync(folder)
    writeFileSync(join(folder, 'state.json'), '{"version": 9}')
    await expect(run({ syncConfiguration: syncConfiguration() })).rejects.toMatchObject({
      code: 'SYNC_STATE_TOO_NEW'
    })
    expect(readFileSync(join(folder, 'state.json'), 'utf8')).toBe('{"version": 9}')
    expect((await contentOf(primary)).size).toBe(0)
  })
})

describe('volumes that a backup keeps for its replication', () => {
  const cached = () => ({
    spoolFolder: place.folder,
    syncConfiguration: { 'sync-cache-max-size': '1gb', destinations: [{ url: place.path('nas') }] }
  })
  const cacheFolder = () =>
    join(place.folder, readdirSync(place.folder).find((name) => name.includes('sync-cache'))!)

  test('K1: after a backup nothing of what it uploaded is fetched, and K4: all is released', async () => {
    const counts = metrics()
    const result = await run({ ...cached(), destination: counts(primary) })
    expect(statuses(result)).toEqual(['succeeded'])
    const dblocks = [...(await contentOf(primary)).keys()].filter((name) => name.includes('.dblock.'))
    expect(dblocks.length).toBeGreaterThan(0)
    expect(counts.of('get').calls).toBe(0)
    expect(readdirSync(cacheFolder())).toEqual([])
    for (const [name, content] of await contentOf(primary))
      expect(readFileSync(join(place.path('nas'), name), 'base64')).toBe(content)
  })

  test('K3, K5: a file that is not what was uploaded is not used', async () => {
    await run({})
    await run(
      { ...cached(), syncConfiguration: { ...cached().syncConfiguration, destinations: [] } },
      { content: 'new' }
    )
    for (const name of readdirSync(cacheFolder())) {
      const file = join(cacheFolder(), name)
      const size = statSync(file).size
      rmSync(file)
      writeFileSync(file, Buffer.alloc(size, 7))
    }
    expect(readdirSync(cacheFolder()).length).toBeGreaterThan(0)
    expect(statuses(await run(cached()))).toEqual(['succeeded'])
    for (const [name, content] of await contentOf(primary))
      expect(readFileSync(join(place.path('nas'), name), 'base64')).toBe(content)
  })

  const stored = (name: string, text: string) => {
    const path = place.path(`spool-${name}`)
    writeFileSync(path, text)
    return {
      path: name,
      type: 'dblock' as const,
      sizeBytes: text.length,
      hash: new Uint8Array(32),
      hashAlgorithm: 'SHA256' as const,
      source: { size: text.length, open: async function* () {}, localFile: { path, adoptable: true } }
    }
  }

  test('K1: a volume is linked, not written again', () => {
    const cache = new VolumeCache(place.path('cache'), 1000)
    const volume = stored('a.zip', 'content')
    cache.keep(volume)
    expect(statSync(cache.find('a.zip', 7)!).ino).toBe(statSync(volume.source.localFile.path).ino)
    expect(cache.find('a.zip', 8)).toBeUndefined()
    expect(cache.find('b.zip', 7)).toBeUndefined()
  })

  test('K2: it is found by its last name, and a name that is used again is the later volume', () => {
    const cache = new VolumeCache(place.path('cache'), 1000)
    cache.keep(stored('a.zip', 'first'))
    cache.keep(stored('a.zip', 'second!'))
    expect(readFileSync(cache.find('a.zip', 7)!, 'utf8')).toBe('second!')
    expect(cache.bytes).toBe(7)
  })

  test('K4: there is never more than allowed; the oldest go first', () => {
    const cache = new VolumeCache(place.path('cache'), 10)
    for (const name of ['a.zip', 'b.zip', 'c.zip']) cache.keep(stored(name, 'four'))
    cache.keep(stored('large.zip', 'more than ten bytes'))
    expect(['a.zip', 'b.zip', 'c.zip', 'large.zip'].map((name) => cache.find(name, 4) !== undefined)).toEqual(
      [false, true, true, false]
    )
    expect(cache.bytes).toBe(8)
  })

  test('K5: what an earlier process left is taken over, within the limit', () => {
    new VolumeCache(place.path('cache'), 1000).keep(stored('a.zip', 'four'))
    expect(new VolumeCache(place.path('cache'), 1000).find('a.zip', 4)).toBeDefined()
    expect(new VolumeCache(place.path('cache'), 3).find('a.zip', 4)).toBeUndefined()
    expect(readdirSync(place.path('cache'))).toEqual([])
  })

  test('K6: volumes that are no more are dropped', () => {
    const cache = new VolumeCache(place.path('cache'), 1000)
    cache.keep(stored('a.zip', 'four'))
    cache.keep(stored('b.zip', 'four'))
    cache.retain(new Set(['b.zip']))
    expect(cache.find('a.zip', 4)).toBeUndefined()
    expect(readdirSync(place.path('cache'))).toEqual(['b.zip'])
  })

  test('a name that is no plain name is not kept', () => {
    const cache = new VolumeCache(place.path('cache'), 1000)
    for (const name of ['../a', 'a/b', '.hidden', '']) cache.keep({ ...stored('x', 'four'), path: name })
    expect(cache.bytes).toBe(0)
  })
})
