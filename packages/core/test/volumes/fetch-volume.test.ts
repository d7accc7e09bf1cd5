import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { createFileBackend } from '@tercet/backend-file'
import { hashBytes } from '@tercet/crypto'
import { bytesSource } from '@tercet/interface'
import { createFaults } from '@tercet/testkit-faults'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchVolume } from '../../src/volumes/fetch-volume.ts'
import { createSpool, type Spool } from '../../src/volumes/spool.ts'
import { createWorld, failureOf, overriding, type World } from './world.ts'

const NAME = 'duplicati-b00.dblock.zip'
const CONTENT = Uint8Array.from({ length: 300_000 }, (_, i) => i % 253)
const HASH = hashBytes('SHA256', CONTENT)

let world: World
let spool: Spool
beforeEach(async () => {
  world = createWorld()
  spool = createSpool({ folder: world.folder })
  await world.backend.put(NAME, bytesSource(CONTENT))
})
afterEach(() => {
  spool[Symbol.dispose]()
  world[Symbol.dispose]()
})

describe('fetchVolume', () => {
  it('brings a volume into the spool, checked on the way, and removes it afterwards', async () => {
    const progress: number[] = []
    const fetched = await fetchVolume(world.backend, spool, NAME, {
      expected: { sizeBytes: CONTENT.length, hash: HASH },
      hashAlgorithm: 'SHA256',
      onProgress: (bytes) => progress.push(bytes)
    })
    expect(fetched).toMatchObject({ sizeBytes: CONTENT.length, fetchedBytes: CONTENT.length })
    expect([...fetched.hash!]).toEqual([...HASH])
    expect(Buffer.compare(readFileSync(fetched.path), CONTENT)).toBe(0)
    expect(statSync(fetched.path).mode & 0o777).toBe(0o600)
    expect(progress.at(-1)).toBe(CONTENT.length)
    fetched[Symbol.dispose]()
    expect(readdirSync(spool.folder)).toEqual([])
  })

  it("does not read the destination's own file where no hash is wanted", async () => {
    const folder = join(world.folder, 'destination')
    mkdirSync(folder)
    writeFileSync(join(folder, NAME), CONTENT)
    // Reading so much would take hours.
    truncateSync(join(folder, NAME), 2 ** 40)
    using fetched = await fetchVolume(createFileBackend({ path: folder }), spool, NAME)
    expect(fetched).toMatchObject({ sizeBytes: 2 ** 40, fetchedBytes: 0, hash: undefined })
  })

  it("uses the destination's own file where there is one, and leaves it", async () => {
    const folder = join(world.folder, 'destination')
    mkdirSync(folder)
    writeFileSync(join(folder, NAME), CONTENT)
    const backend = createFileBackend({ path: folder })
    const fetched = await fetchVolume(backend, spool, NAME, {
      expected: { hash: HASH },
      hashAlgorithm: 'SHA256'
    })
    expect(fetched).toMatchObject({ path: join(folder, NAME), sizeBytes: CONTENT.length, fetchedBytes: 0 })
    fetched[Symbol.dispose]()
    expect(existsSync(join(folder, NAME))).toBe(true)
    const expected = { hash: HASH.map((byte) => byte ^ 1) }
    const failure = await failureOf(fetchVolume(backend, spool, NAME, { expected, hashAlgorithm: 'SHA256' }))
    expect(failure).toMatchObject({ code: 'DESTINATION_VOLUME_DAMAGED' })
    expect(existsSync(join(folder, NAME))).toBe(true)
  })

  it.each(['flip', 'truncate'] as const)('rejects bytes that are not right (%s)', async (how) => {
    const faults = createFaults().damage({ how })
    const failure = await failureOf(
      fetchVolume(faults.layer(world.backend), spool, NAME, {
        expected: { sizeBytes: CONTENT.length, hash: HASH },
        hashAlgorithm: 'SHA256'
      })
    )
    expect(failure).toMatchObject({ code: 'DESTINATION_VOLUME_DAMAGED', context: { volume: NAME } })
    expect(readdirSync(spool.folder)).toEqual([])
  })

  it('stores little more than it expects of a volume without end', async () => {
    let yielded = 0
    const endless = overriding(world.backend, {
      get: async function* () {
        for (;;) {
          yielded += 1000
          yield new Uint8Array(1000)
        }
      }
    })
    const failure = await failureOf(fetchVolume(endless, spool, NAME, { expected: { sizeBytes: 5000 } }))
    expect(failure).toMatchObject({ code: 'DESTINATION_VOLUME_DAMAGED' })
    expect(yielded).toBe(6000)
  })

  it('passes failures of the destination on, and leaves nothing', async () => {
    const faults = createFaults().fail('get', { when: 'torn', amount: 70_000 })
    const backend = faults.layer(world.backend)
    expect(await failureOf(fetchVolume(backend, spool, NAME))).toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(await failureOf(fetchVolume(backend, spool, 'other'))).toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    expect(readdirSync(spool.folder)).toEqual([])
  })

  it('ends at once when it is aborted', async () => {
    const faults = createFaults().fail('get', { when: 'hang' })
    const controller = new AbortController()
    const reason = new Error('enough')
    const fetching = failureOf(
      fetchVolume(faults.layer(world.backend), spool, NAME, { signal: controller.signal })
    )
    while (!faults.calls.some(({ method }) => method === 'get'))
      await new Promise((resolve) => setImmediate(resolve))
    controller.abort(reason)
    expect(await fetching).toBe(reason)
    expect(await failureOf(fetchVolume(world.backend, spool, NAME, { signal: controller.signal }))).toBe(
      reason
    )
    expect(readdirSync(spool.folder)).toEqual([])
  })
})
