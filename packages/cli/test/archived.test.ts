import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import type { BackendScheme } from '@tercet/interface'
import { createFaults, type Faults } from '@tercet/testkit-faults'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Workplace } from './support/program.ts'

const stores = new Map<string, MemoryBackend>()
let faults: Faults

/** In the place of S3: stores in memory that stay when they are closed, and have cold storage. */
vi.mock('@tercet/backend-s3', () => {
  const s3Scheme: BackendScheme = {
    scheme: 's3',
    open: (url) => {
      const name = new URL(url).hostname
      const store = stores.get(name) ?? createMemoryBackend({ name })
      stores.set(name, store)
      return faults.layer(
        new Proxy(store, {
          get: (target, key) => {
            if (key === Symbol.asyncDispose) return async () => {}
            const value: unknown = Reflect.get(target, key)
            return typeof value === 'function' ? value.bind(target) : value
          }
        })
      )
    }
  }
  return { s3Scheme }
})

let place: Workplace
beforeEach(async () => {
  stores.clear()
  faults = createFaults()
  place = new Workplace()
  expect((await place.run('backup', 's3://glacier', place.source)).exitCode).toBe(0)
})
afterEach(() => place[Symbol.dispose]())

const restore = (...more: string[]) =>
  place.run('restore', 's3://glacier', `--restore-path=${place.restored}`, ...more)
const store = (name = 'glacier') => stores.get(name) as MemoryBackend
const namesOf = (type: string) =>
  [...store().snapshot().objects.keys()].filter((name) => name.includes(`.${type}.`))
const asked = () =>
  faults.calls.filter(({ method }) => method === 'restoreArchived').map(({ path }) => path as string)

test('a restore names what lies in cold storage, fetches none of it, and asks for it only when told to', async () => {
  const [dblock] = namesOf('dblock') as [string]
  store().archive(dblock)
  const refused = await restore()
  expect(refused.out).toContain('Archived  1 volume in cold storage; --ask-for-archived asks the store')
  expect(refused.out).toContain(dblock)
  expect(refused.exitCode).toBe(3)
  expect(asked()).toEqual([])
  const told = await restore('--ask-for-archived')
  expect(told.out).toContain('Asked for 1 volume in cold storage:')
  expect(told.out).toContain('Nothing was restored. Run the same command again when they can be read')
  expect(told.exitCode).toBe(2)
  expect(asked()).toEqual([dblock])
  const again = await restore('--ask-for-archived', '--json')
  expect(again.exitCode).toBe(0)
  expect(JSON.parse(again.out.trim().split('\n').at(-1)!)).toMatchObject({ archivedVolumes: [] })
  expect(asked()).toEqual([dblock])
})

test('without a catalog the lists and indexes are asked for first, then the data', async () => {
  for (const name of [...namesOf('dblock'), ...namesOf('dindex'), ...namesOf('dlist')]) store().archive(name)
  const refused = await restore('--no-local-db')
  expect(refused.error).toContain('--ask-for-archived')
  expect(refused.exitCode).toBe(100)
  expect(asked()).toEqual([])
  const first = await restore('--no-local-db', '--ask-for-archived')
  expect(first.exitCode).toBe(2)
  expect(asked().sort()).toEqual([...namesOf('dindex'), ...namesOf('dlist')].sort())
  const second = await restore('--no-local-db', '--ask-for-archived')
  expect(second.exitCode).toBe(2)
  expect(second.out).toContain(namesOf('dblock')[0])
  expect((await restore('--no-local-db')).exitCode).toBe(0)
})

test('a replica that can be read at once is read; what is archived everywhere is asked for at one place', async () => {
  expect((await place.run('sync', 's3://glacier', 's3://warm')).exitCode).toBe(0)
  const [dblock] = namesOf('dblock') as [string]
  store().archive(dblock)
  expect((await restore('--replica=s3://warm')).exitCode).toBe(0)
  store('warm').archive(dblock)
  expect((await restore('--replica=s3://warm', '--ask-for-archived')).exitCode).toBe(2)
  expect(asked()).toEqual([dblock])
})

test('heal names the archived copy that it asks for, and mends when it can be read', async () => {
  expect((await place.run('sync', 's3://glacier', 's3://cold')).exitCode).toBe(0)
  const [dblock] = namesOf('dblock') as [string]
  await store().delete(dblock)
  store('cold').archive(dblock)
  const heal = (...more: string[]) => place.run('heal', 's3://glacier', '--replica=s3://cold', ...more)
  const trial = await heal('--dry-run')
  expect(trial.out).toContain(`${dblock} can be mended only from cold storage`)
  expect(asked()).toEqual([])
  const first = await heal()
  expect(first.out).toContain('Asked for 1 archived copy; run again when they can be read:')
  expect(first.out).toContain(`  ${dblock} at `)
  expect(asked()).toEqual([dblock])
  const second = await heal()
  expect(second.out).toContain('Healed    1 copy')
  expect(second.exitCode).toBe(0)
})

test('a test of archived volumes says what it leaves out, and sync --verify-contents does', async () => {
  expect((await place.run('sync', 's3://glacier', 's3://cold')).exitCode).toBe(0)
  const [dblock] = namesOf('dblock') as [string]
  store('cold').archive(dblock)
  const before = faults.calls.length
  const { out, exitCode } = await place.run('sync', 's3://glacier', 's3://cold', '--verify-contents')
  expect(out).toContain(dblock)
  expect(out).toMatch(/cold storage|archived/)
  expect(exitCode).toBeLessThanOrEqual(2)
  const since = faults.calls.slice(before)
  expect(since.some(({ method, path }) => method === 'restoreArchived' && path === dblock)).toBe(false)
})
