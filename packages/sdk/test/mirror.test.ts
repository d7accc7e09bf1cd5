import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import {
  bytesSource,
  NO_CAPABILITIES,
  type StorageBackend,
  StorageError,
  systemClock
} from '@tercet/interface'
import { metrics } from '@tercet/storage-layers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type JsonValue, openBackup, type Replica } from '../src/index.ts'
import { isEmptyPlan, type MirrorOptions, openMirror, type SyncResult } from '../src/sync.ts'
import { Workplace } from './support/workplace.ts'

let place: Workplace
let primary: MemoryBackend
let now: number
beforeEach(() => {
  place = new Workplace()
  primary = createMemoryBackend()
  now = Date.UTC(2026, 0, 1)
})
afterEach(() => place[Symbol.dispose]())

const clock = { now: () => now, monotonic: () => performance.now(), sleep: systemClock.sleep }

async function fill(backend: StorageBackend, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) await backend.put(path, bytesSource(Buffer.from(text)))
}

async function contentOf(backend: StorageBackend): Promise<Record<string, string>> {
  const content: Record<string, string> = {}
  for await (const { path } of backend.list({ recursive: true })) {
    const chunks = await Array.fromAsync(backend.get(path))
    content[path] = Buffer.concat(chunks).toString()
  }
  return content
}

/** The backend, and how often each of its methods was called. */
function counted(backend: StorageBackend) {
  const layer = metrics()
  const counts = () => Object.fromEntries([...layer.totals()].map(([name, { calls }]) => [name, calls]))
  return { backend: layer(backend), counts }
}

async function mirror(
  replicas: readonly (Replica | StorageBackend)[],
  options: Readonly<Record<string, JsonValue>> = {},
  more: Partial<MirrorOptions> = {}
): Promise<SyncResult> {
  await using opened = await openMirror({
    primary,
    keepOpen: true,
    replicas: replicas.map((replica, index) =>
      'backend' in replica
        ? replica
        : { backend: replica, id: `replica-${index}`, options: { 'mirror-all': true, ...options } }
    ),
    catalogPath: place.catalogPath,
    clock,
    ...more
  })
  return await opened.run(await opened.plan())
}
const statuses = ({ replicas }: SyncResult) => Object.values(replicas).map(({ status }) => status)

const FILES = { a: 'alpha', b: 'beta', 'folder/c': 'gamma' }

test('D23: three replicas, one listing of each place, one read of each file', async () => {
  await fill(primary, FILES)
  const source = counted(primary)
  const replicas = [1, 2, 3].map(() => counted(createMemoryBackend()))
  const result = await mirror(
    replicas.map(({ backend }) => backend),
    {},
    { primary: source.backend }
  )
  expect(statuses(result)).toEqual(['succeeded', 'succeeded', 'succeeded'])
  // No list of versions is among them, so the primary is not looked at again.
  expect(source.counts()).toMatchObject({ list: 1, get: 3 })
  for (const { backend, counts } of replicas) {
    expect(counts()).toMatchObject({ list: 1, put: 3 })
    expect(await contentOf(backend)).toEqual(FILES)
  }
})

test('a second run with nothing new takes one listing of each place and nothing else', async () => {
  await fill(primary, FILES)
  const replica = createMemoryBackend()
  await mirror([replica])
  const [source, target] = [counted(primary), counted(replica)]
  await using opened = await openMirror({
    primary: source.backend,
    replicas: [{ backend: target.backend, options: { 'mirror-all': true } }],
    keepOpen: true,
    catalogPath: place.catalogPath
  })
  const plan = await opened.plan()
  expect(isEmptyPlan(plan)).toBe(true)
  expect(statuses(await opened.run(plan))).toEqual(['succeeded'])
  expect(source.counts()).toEqual({ list: 1 })
  expect(target.counts()).toEqual({ list: 1 })
})

test('D24: files that are not of the backup are left alone at both ends', async () => {
  const volume = `duplicati-b${'1'.repeat(32)}.dblock.zip`
  await fill(primary, { [volume]: 'data', 'notes.txt': 'of the primary' })
  const replica = createMemoryBackend()
  await fill(replica, { 'holiday.jpg': 'foreign' })
  await mirror([replica], { 'mirror-all': false })
  expect(await contentOf(replica)).toEqual({ [volume]: 'data', 'holiday.jpg': 'foreign' })
})

describe('D1: each option has the effect that its name says', () => {
  const replicaWith = async (files: Readonly<Record<string, string>>) => {
    await fill(primary, FILES)
    const replica = createMemoryBackend()
    await fill(replica, files)
    return replica
  }

  test('retention keeps what goes and what is replaced', async () => {
    const replica = await replicaWith({ a: 'old', gone: 'gone' })
    await mirror([replica], { retention: true })
    expect(await contentOf(replica)).toEqual({
      ...FILES,
      '20260101000000.old.a': 'old',
      '20260101000000.old.gone': 'gone'
    })
    now += 86_400_000 * 8
    await mirror([replica], { retention: true, 'retention-keep-time': '7D' })
    expect(await contentOf(replica)).toEqual(FILES)
  })

  test('force sends everything again', async () => {
    const replica = await replicaWith(FILES)
    expect((await mirror([replica])).replicas).toMatchObject({
      [replica.displayName]: { copied: { files: 0 } }
    })
    expect((await mirror([replica], { force: true })).replicas).toMatchObject({
      [replica.displayName]: { copied: { files: 3 } }
    })
  })

  test('verify-contents finds what listings do not show, verify-max-age and verify-budget limit it', async () => {
    const replica = await replicaWith({ ...FILES, a: 'ALPHA' })
    const level = { 'verify-contents': 'download' }
    expect(statuses(await mirror([replica]))).toEqual(['succeeded'])
    expect((await contentOf(replica))['a']).toBe('ALPHA')
    const half = await mirror([replica], { ...level, 'verify-budget': '50%', 'dry-run': false })
    expect(Object.values(half.replicas)[0]?.verified.bytes).toBeLessThanOrEqual(7)
    await mirror([replica], level)
    expect(await contentOf(replica)).toEqual(FILES)
    now += 1000
    const again = await mirror([replica], { ...level, 'verify-max-age': '1h' })
    expect(Object.values(again.replicas)[0]?.verified.files).toBeLessThan(3)
  })

  test('max-delete-percent, allow-mass-delete', async () => {
    const replica = await replicaWith({ x: '', y: '', z: '' })
    const refused = await mirror([replica])
    expect(Object.values(refused.replicas)[0]).toMatchObject({
      status: 'failed',
      code: 'SYNC_GUARD_MASS_DELETE'
    })
    expect(statuses(await mirror([replica], { 'allow-mass-delete': true }))).toEqual(['succeeded'])
    expect(await contentOf(replica)).toEqual(FILES)
  })

  test('T3: marker, and adopt-destination where it names another backup (G5)', async () => {
    const replica = await replicaWith({})
    expect(statuses(await mirror([replica], { marker: true }))).toEqual(['succeeded'])
    const marker = JSON.parse((await contentOf(replica))['tercet-replica.json']!)
    expect(marker).toMatchObject({ version: 1, files: 3, bytes: 14, writtenAt: '2026-01-01T00:00:00.000Z' })
    const other = createMemoryBackend()
    await fill(other, FILES)
    const options = { 'mirror-all': true, marker: true }
    const more = { primary: other, prefix: 'other' }
    const refused = await mirror([{ backend: replica, options }], {}, more)
    expect(Object.values(refused.replicas)[0]).toMatchObject({ code: 'SYNC_GUARD_OTHER_BACKUP' })
    const adopting = { backend: replica, options: { ...options, 'adopt-destination': true } }
    expect(statuses(await mirror([adopting], {}, more))).toEqual(['succeeded'])
  })

  test('dry-run writes nothing, and its plan cannot be carried out', async () => {
    const replica = await replicaWith({ gone: '' })
    await expect(mirror([replica], { 'dry-run': true })).rejects.toThrow('A dry run writes nothing')
    expect(await contentOf(replica)).toEqual({ gone: '' })
  })

  test('auto-create-folders: a folder is made, unless it is not to be', async () => {
    await fill(primary, FILES)
    const replica = (options: Readonly<Record<string, JsonValue>>): Replica => ({
      backend: place.path('new/folder'),
      options: { 'mirror-all': true, ...options }
    })
    const refused = await mirror([replica({ 'auto-create-folders': false })])
    expect(Object.values(refused.replicas)[0]).toMatchObject({
      code: 'SYNC_LISTING_FAILED',
      causeCode: 'STORAGE_NOT_FOUND'
    })
    expect(existsSync(place.path('new'))).toBe(false)
    expect(statuses(await mirror([replica({})]))).toEqual(['succeeded'])
    expect(readFileSync(place.path('new/folder/folder/c'), 'utf8')).toBe('gamma')
  })
})

test('what is known of the content of a replica is remembered, also after an abort', async () => {
  await fill(primary, FILES)
  const replica = createMemoryBackend()
  await mirror([{ backend: replica, id: 'nas', options: { 'mirror-all': true } }])
  const ledger = JSON.parse(readFileSync(`${place.catalogPath}-sync/nas.ledger.json`, 'utf8'))
  expect(ledger.files.map(([path]: [string]) => path).sort()).toEqual(Object.keys(FILES))
})

test('an abort ends it with its reason, and what is shown at the replica is whole', async () => {
  await fill(primary, FILES)
  const controller = new AbortController()
  const replica = createMemoryBackend()
  await using opened = await openMirror({
    primary,
    replicas: [{ backend: replica, options: { 'mirror-all': true } }],
    catalogPath: place.catalogPath,
    keepOpen: true
  })
  const plan = await opened.plan()
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(opened.run(plan, { signal: controller.signal })).rejects.toBe(reason)
  expect(await contentOf(replica)).toEqual({})
})

describe('a replica that cannot be opened', () => {
  const failing = (error: Error) => ({
    scheme: 'failing',
    open: async () => {
      throw error
    }
  })
  const replicas = (other: StorageBackend): Replica[] => [
    { backend: 'failing://x/y', options: { 'mirror-all': true, 'backend-retries': 1 } },
    { backend: other, options: { 'mirror-all': true } }
  ]

  test.each(['STORAGE_ACCESS_DENIED', 'STORAGE_UNAVAILABLE'] as const)(
    '%s is told of it by name, and the others go on',
    async (code) => {
      await fill(primary, FILES)
      const good = createMemoryBackend()
      const result = await mirror(
        replicas(good),
        {},
        { backends: [failing(new StorageError(code, 'no entry'))] }
      )
      expect(result.replicas['failing://x/y']).toMatchObject({
        status: 'failed',
        code: 'SYNC_LISTING_FAILED',
        causeCode: code,
        message: expect.stringMatching(/^The replica "failing:\/\/x\/y": .*no entry/)
      })
      expect(await contentOf(good)).toEqual(FILES)
    }
  )

  test('a wrong URL is refused before anything is done', async () => {
    await fill(primary, FILES)
    const good = createMemoryBackend()
    const backends = [failing(new StorageError('STORAGE_INVALID_URL', 'no such URL'))]
    await expect(mirror(replicas(good), {}, { backends })).rejects.toThrow('no such URL')
    await expect(mirror(replicas(good))).rejects.toMatchObject({ code: 'STORAGE_UNKNOWN_SCHEME' })
    expect(await contentOf(good)).toEqual({})
  })
})

test('two replicas that are one folder under two names are refused, and so is the primary under another', async () => {
  const [disk, link] = [place.path('disk'), place.path('link')]
  mkdirSync(join(disk, 'a'), { recursive: true })
  symlinkSync(disk, link)
  const mirrorOf = (folder: string, ...urls: string[]) =>
    openMirror({ primary: folder, replicas: urls.map((backend) => ({ backend })) })
  for (const [folder, urls] of [
    [place.path('p'), [join(disk, 'a'), join(link, 'a')]],
    [place.path('p'), [join(disk, 'new'), `file://${link}/new/deeper`]],
    [join(disk, 'a'), [join(link, 'a')]]
  ] as const)
    await expect(mirrorOf(folder, ...urls)).rejects.toMatchObject({ code: 'CONFIG_CONFLICT' })
  await using apart = await mirrorOf(join(disk, 'a'), join(link, 'b'))
  expect(apart.isDryRun).toBe(false)
})

test('bad input is refused', async () => {
  const replica = { backend: createMemoryBackend() }
  await expect(openMirror({ primary, replicas: [] })).rejects.toMatchObject({ code: 'CONFIG_MISSING' })
  await expect(openMirror({ primary } as MirrorOptions)).rejects.toMatchObject({ code: 'CONFIG_MISSING' })
  await expect(openMirror({ primary, replicas: [replica], dry: 1 } as MirrorOptions)).rejects.toMatchObject({
    code: 'CONFIG_UNKNOWN_KEY'
  })
  const mixed: Replica[] = [
    { ...replica, id: 'a', options: { 'dry-run': true } },
    { backend: createMemoryBackend(), id: 'b' }
  ]
  await expect(openMirror({ primary, replicas: mixed })).rejects.toMatchObject({ code: 'CONFIG_CONFLICT' })
})

test('D27: a sync is no operation of the backup: its catalog stays as it is, byte for byte', async () => {
  await using backup = await openBackup({
    destination: primary,
    keepDestinationOpen: true,
    passphrase: 'hunter2',
    catalogPath: place.catalogPath,
    workers: 0
  })
  await backup.run({ sources: [place.source], testSamples: 0 })
  await backup[Symbol.asyncDispose]()
  const before = readFileSync(place.catalogPath)
  const replica = createMemoryBackend()
  expect(statuses(await mirror([replica], { 'mirror-all': false }))).toEqual(['succeeded'])
  expect(readFileSync(place.catalogPath).equals(before)).toBe(true)
})

test('D9: a backend that only puts, gets, lists and deletes takes part, at both ends', async () => {
  const plain = (inner: StorageBackend) =>
    new Proxy(inner, {
      get(target, key) {
        if (key === 'capabilities') return NO_CAPABILITIES
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      }
    })
  await fill(primary, { a: 'alpha', b: 'beta' })
  const replica = createMemoryBackend()
  const result = await mirror([plain(replica)], {}, { primary: plain(primary) })
  expect(statuses(result)).toEqual(['succeeded'])
  expect(await contentOf(replica)).toEqual({ a: 'alpha', b: 'beta' })
})
