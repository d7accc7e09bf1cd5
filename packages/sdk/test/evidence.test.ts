import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import { bytesSource, type StorageBackend } from '@tercet/interface'
import { createFaults } from '@tercet/testkit-faults'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type Backup,
  collectEvidence,
  type OpenBackupOptions,
  openBackup,
  type PolicyEvidence,
  type Replica
} from '../src/index.ts'
import { evaluatePolicy, threeTwoOne } from '../src/policy.ts'
import { Workplace } from './support/workplace.ts'

let place: Workplace
let primary: MemoryBackend
let nas: MemoryBackend
beforeEach(() => {
  place = new Workplace()
  primary = createMemoryBackend()
  nas = createMemoryBackend()
})
afterEach(() => place[Symbol.dispose]())

const open = (more: Partial<OpenBackupOptions> = {}) =>
  openBackup({
    destination: primary,
    keepDestinationOpen: true,
    passphrase: 'hunter2',
    catalogPath: place.catalogPath,
    workers: 0,
    retries: 0,
    ...more
  })

const run = async (backup: Backup) => await backup.run({ sources: [place.source], testSamples: 0 })

async function namesIn(backend: StorageBackend): Promise<string[]> {
  const names: string[] = []
  for await (const { path } of backend.list()) names.push(path)
  return names.sort()
}

async function mirror(from: StorageBackend, to: StorageBackend): Promise<void> {
  for (const name of await namesIn(from)) {
    const chunks: Uint8Array[] = []
    for await (const chunk of from.get(name)) chunks.push(chunk)
    await to.put(name, bytesSource(Buffer.concat(chunks)))
  }
}

const replica = (backend: StorageBackend, more: Partial<Replica> = {}): Replica => ({
  backend,
  id: 'nas',
  ...more
})
const copyOf = ({ copies }: PolicyEvidence, id: string) => copies.find((copy) => copy.id === id)!

test('a replica with everything is sound, current and reachable, each seen by a listing', async () => {
  await using backup = await open()
  await run(backup)
  await mirror(primary, nas)
  const evidence = await collectEvidence(backup, [replica(nas, { medium: 'nas', site: 'office' })])
  expect(evidence.copies.map(({ id, role }) => [id, role])).toEqual([
    ['source', 'source'],
    ['primary', 'primary'],
    ['nas', 'replica']
  ])
  const listed = { basis: 'observed', by: 'listing', at: evidence.now }
  expect(copyOf(evidence, 'nas')).toMatchObject({
    reachable: { value: true, ...listed },
    condition: { value: 'sound', ...listed },
    versions: { value: 1, ...listed },
    versionsBehind: { value: 0, ...listed },
    medium: { value: 'nas', basis: 'declared' },
    site: { value: 'office', basis: 'declared' }
  })
  expect(copyOf(evidence, 'nas').immutable).toMatchObject({ basis: 'observed', value: { holds: false } })
  expect(copyOf(evidence, 'source').reachable).toMatchObject({ value: true, by: 'backup' })
})

test('a replica that lacks a volume, or has it with another size, is incomplete; a replica of nothing has no version', async () => {
  await using backup = await open()
  await run(backup)
  const of = async () => copyOf(await collectEvidence(backup, [replica(nas)]), 'nas')
  expect(await of()).toMatchObject({
    versions: { value: 0 },
    versionsBehind: { value: 1 },
    condition: undefined
  })
  await mirror(primary, nas)
  const dblock = (await namesIn(nas)).find((name) => name.includes('.dblock.'))!
  await nas.put(dblock, bytesSource(new Uint8Array(3)))
  expect((await of()).condition).toMatchObject({ value: 'incomplete' })
  await nas.delete(dblock)
  expect((await of()).condition).toMatchObject({ value: 'incomplete' })
  await mirror(primary, nas)
  expect((await of()).condition).toMatchObject({ value: 'sound' })
})

test('a replica that is behind is sound as long as it has what its own newest version needs', async () => {
  await using backup = await open()
  await run(backup)
  await mirror(primary, nas)
  const before = await namesIn(nas)
  place.write('new.txt', 'later')
  await run(backup)
  const evidence = await collectEvidence(backup, [replica(nas)])
  expect(copyOf(evidence, 'nas')).toMatchObject({
    versionsBehind: { value: 1 },
    condition: { value: 'sound' }
  })
  expect(evaluatePolicy(threeTwoOne({ maxBehind: 0 }), evidence).copies[2]?.problems).toMatchObject([
    { code: 'too-far-behind' }
  ])
  await nas.delete(before.find((name) => name.includes('.dblock.'))!)
  expect(copyOf(await collectEvidence(backup, [replica(nas)]), 'nas').condition).toMatchObject({
    value: 'incomplete'
  })
})

test('one that cannot be reached is told so, and stops nobody', async () => {
  await using backup = await open()
  await run(backup)
  await mirror(primary, nas)
  const faults = createFaults()
  faults.fail('list', { times: 9 })
  const gone = faults.layer(createMemoryBackend())
  const evidence = await collectEvidence(backup, [replica(gone, { id: 'gone' }), replica(nas)])
  expect(copyOf(evidence, 'gone')).toMatchObject({ reachable: { value: false, basis: 'observed' } })
  expect(copyOf(evidence, 'gone').condition).toBeUndefined()
  expect(copyOf(evidence, 'nas')).toMatchObject({ reachable: { value: true } })
})

test('a copy that is kept offline is told as its last sync left it, and only because that is said of it', async () => {
  const faults = createFaults()
  const shelf = faults.layer(nas)
  const options = { 'backend-retries': 1, retry: 0 }
  const offline = replica(shelf, { id: 'shelf', offline: true, options })
  await using backup = await open({ replicas: [offline] })
  await run(backup)
  place.write('later.txt', 'later')
  faults.fail('list', { times: 99 })
  faults.fail('put', { times: 99 })
  await run(backup)
  const evidence = await collectEvidence(backup)
  const seen = { basis: 'observed', by: 'last sync', at: expect.any(Number) }
  expect(copyOf(evidence, 'shelf')).toMatchObject({
    reachable: { value: false },
    offline: { value: true, basis: 'declared' },
    versions: { value: 1, ...seen },
    versionsBehind: { value: 1, ...seen },
    condition: { value: 'sound', ...seen }
  })
  const counts = ({ replicas }: { replicas: readonly Replica[] }, maxBehind: number) =>
    collectEvidence(backup, replicas).then(
      (found) =>
        evaluatePolicy(threeTwoOne({ maxBehind }), found).copies.find(
          ({ evidence: { id } }) => id === 'shelf'
        )!.counts
    )
  expect(await counts({ replicas: [offline] }, 1)).toBe(true)
  expect(await counts({ replicas: [offline] }, 0)).toBe(false)
  expect(await counts({ replicas: [replica(shelf, { id: 'shelf' })] }, 1), 'not said to be offline').toBe(
    false
  )
})

test('what a sync has verified at a replica is a verification of it, if it is all of it', async () => {
  const depths = async (backup: Backup) =>
    (copyOf(await collectEvidence(backup), 'nas').verifications ?? []).map(({ value }) => value.depth)
  {
    await using sending = await open({ replicas: [replica(nas)] })
    await run(sending)
    expect(await depths(sending), 'what was only sent proves nothing').toEqual(['listing'])
  }
  await using backup = await open({
    replicas: [replica(nas, { options: { 'verify-contents': 'download', 'verify-get-after-put': true } })]
  })
  place.write('later.txt', 'later')
  await run(backup)
  expect(await depths(backup)).toEqual(['download', 'listing'])
  expect(
    evaluatePolicy(
      threeTwoOne({ maxUnverifiedAge: 60_000, verifyDepth: 'download' }),
      await collectEvidence(backup)
    ).rules.find(({ rule }) => rule === 'verified')?.found
  ).toBeGreaterThan(0)
  await nas.put(`duplicati-b${'f'.repeat(32)}.dblock.zip`, bytesSource(new Uint8Array(9)))
  expect(await depths(backup), 'one volume that nobody looked at').toEqual(['listing'])
})

test('every volume verified is a verification of the destination, and one that was not is none', async () => {
  await using backup = await open()
  await run(backup)
  const depths = async () =>
    (copyOf(await collectEvidence(backup, []), 'primary').verifications ?? []).map(({ value }) => value.depth)
  expect(await depths()).toEqual(['listing'])
  await backup.verify({ samples: 'all' })
  expect(await depths()).toEqual(['download', 'listing'])
  place.write('new.txt', 'later')
  await run(backup)
  expect(await depths()).toEqual(['listing'])
})

test('damage that a verification has found is known of the destination', async () => {
  await using backup = await open()
  await run(backup)
  const dblock = (await namesIn(primary)).find((name) => name.includes('.dblock.'))!
  const { sizeBytes } = await primary.stat(dblock)
  await primary.put(dblock, bytesSource(new Uint8Array(sizeBytes!)))
  expect(copyOf(await collectEvidence(backup, []), 'primary').condition?.value).toBe('sound')
  await backup.verify({ samples: 'all' })
  expect(copyOf(await collectEvidence(backup, []), 'primary').condition).toMatchObject({
    value: 'damaged',
    by: 'verification'
  })
})

test('locks are observed: all of them, until the first ends', async () => {
  await using backup = await open()
  await run(backup)
  await mirror(primary, nas)
  const immutable = async () =>
    copyOf(await collectEvidence(backup, [replica(nas, { immutable: true })]), 'nas').immutable
  expect(await immutable(), 'what is seen wins over what is said').toMatchObject({
    basis: 'observed',
    value: { holds: false }
  })
  const names = await namesIn(nas)
  const until = new Date(Date.now() + 10 ** 8)
  for (const name of names)
    await nas.setLock(name, name === names[1] ? until : new Date(until.getTime() + 10 ** 6))
  expect(await immutable()).toEqual({
    basis: 'observed',
    by: 'lock',
    at: expect.any(Number),
    value: { holds: true, until: until.getTime() }
  })
})

test('who keeps a copy is seen by the host that answers, and only said where that shows nothing', async () => {
  await using backup = await open()
  await run(backup)
  await mirror(primary, nas)
  const at = (host: string, provider?: string) =>
    new Proxy(nas, {
      get: (target, key) => {
        if (key === 'endpoint') return { host, provider }
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      }
    })
  const providerOf = async (backend: StorageBackend, declared?: string) =>
    copyOf(await collectEvidence(backup, [replica(backend, { provider: declared })]), 'nas').provider
  const amazon = at('s3.amazonaws.com', 'Amazon S3')
  const seen = { basis: 'observed', at: expect.any(Number) }
  const said = { basis: 'declared', by: 'configuration' }
  expect(await providerOf(amazon, 'cellar')).toEqual({
    value: 'Amazon S3',
    by: 'endpoint s3.amazonaws.com',
    ...seen
  })
  expect(await providerOf(at('minio.lan'))).toEqual({ value: 'minio.lan', by: 'endpoint minio.lan', ...seen })
  expect(await providerOf(at('minio.lan'), 'cellar')).toEqual({ value: 'cellar', ...said })
  expect(await providerOf(nas, 'cellar')).toEqual({ value: 'cellar', ...said })
  expect(await providerOf(nas)).toBeUndefined()
  const faults = createFaults()
  faults.fail('list', { times: 9 })
  expect(await providerOf(faults.layer(amazon), 'cellar'), 'nobody answered').toEqual({
    value: 'cellar',
    ...said
  })
})

test('a configuration says what nobody can see, and the rule holds with all of it', async () => {
  await using backup = await open({
    syncConfiguration: {
      destinations: [{ url: place.path('nas'), medium: 'nas', site: 'office' }, {}],
      primary: { medium: 'disk', site: 'home' },
      source: { medium: 'disk', site: 'home' }
    }
  })
  await run(backup)
  const evidence = await collectEvidence(backup)
  expect(evidence.copies.map(({ role }) => role)).toEqual(['source', 'primary', 'replica'])
  expect(evaluatePolicy(threeTwoOne(), evidence)).toMatchObject({ holds: true, outcome: 'success' })
})

test('what cannot be meant is refused before anything is opened', async () => {
  await expect(open({ replicas: [], syncConfiguration: {} })).rejects.toMatchObject({
    code: 'CONFIG_CONFLICT'
  })
  await expect(open({ syncConfiguration: '/does/not/exist' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID_VALUE'
  })
  await expect(open({ syncConfiguration: '{"destinations": {}}' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID_VALUE'
  })
  await expect(open({ replicas: [{ backend: nas, when: 'never' as 'inline' }] })).rejects.toMatchObject({
    code: 'CONFIG_INVALID_VALUE'
  })
  await expect(
    open({ replicas: [{ backend: nas, wen: 'inline' } as unknown as Replica] })
  ).rejects.toMatchObject({ code: 'CONFIG_UNKNOWN_KEY' })
  await expect(
    open({ destination: place.path('x'), replicas: [{ backend: place.path('x') }] })
  ).rejects.toMatchObject({ code: 'CONFIG_CONFLICT' })
  expect(await namesIn(primary)).toEqual([])
})
