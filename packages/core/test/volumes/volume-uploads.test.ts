import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createFileBackend } from '@tercet/backend-file'
import { createMemoryBackend } from '@tercet/backend-memory'
import { createAesCryptKeyring, hashBytes } from '@tercet/crypto'
import { bytesSource, capabilities, type StorageBackend, type StoredVolume } from '@tercet/interface'
import { createFaults, type FaultMoment } from '@tercet/testkit-faults'
import { parseVolumeName } from '@tercet/volume-format'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registerDlist, registerVolume } from '../../src/volumes/pending-upload.ts'
import type { VolumeStoreEvent } from '../../src/volumes/store-options.ts'
import { openStoredVolume } from '../../src/volumes/stored-volume.ts'
import {
  createWorld,
  failureOf,
  names,
  openRun,
  overriding,
  PASSPHRASE,
  type Run,
  stored,
  TIME,
  type World
} from './world.ts'

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world[Symbol.dispose]())

/** Puts, in their order, by the type of the volume. */
function puts(calls: readonly { method: string; path: string }[]): string[] {
  return calls.filter(({ method }) => method === 'put').map(({ path }) => parseVolumeName(path)?.type ?? path)
}

/** All that must be true of volumes which the catalog calls stored. */
async function expectConsistent(run: Run, backend: StorageBackend = world.backend): Promise<void> {
  for (const volume of run.catalog.volumes.all({ states: ['uploaded', 'verified'] })) {
    const bytes = await stored(backend, volume.name)
    expect(bytes.length).toBe(volume.size)
    expect([...hashBytes('SHA256', bytes)]).toEqual([...volume.hash!])
  }
}

describe('an upload', () => {
  it('is entered with size, hash and blocks before anything is sent', async () => {
    const seen: unknown[] = []
    const spy = (inner: StorageBackend): StorageBackend =>
      overriding(inner, {
        put: (name, source, options) => {
          const row = run.catalog.volumes.byName(name)!
          expect(row.hash).toHaveLength(32)
          expect(row.size).toBeGreaterThan(0)
          seen.push([row.type, row.state, run.catalog.blocks.count()])
          return inner.put(name, source, options)
        }
      })
    using run = await openRun(world, { backend: spy(world.backend) })
    const pending = registerVolume(run.catalog, run.pack(1, 2))
    expect(run.rows()).toEqual(['dblock uploading', 'dindex uploading'])
    await run.store.upload(pending)
    expect(seen).toEqual([
      ['dblock', 'uploading', 3],
      ['dindex', 'uploading', 3]
    ])
    expect(run.rows()).toEqual(['dblock uploaded', 'dindex uploaded'])
    expect(readdirSync(run.spool.folder)).toEqual([])
    await expectConsistent(run)
  })

  it('enters nothing when the transaction around it fails', async () => {
    using run = await openRun(world)
    const volume = run.pack(1)
    expect(() =>
      run.catalog.transaction(() => {
        registerVolume(run.catalog, volume)
        throw new Error('no')
      })
    ).toThrow('no')
    expect(run.rows()).toEqual([])
    expect(run.catalog.blocks.count()).toBe(0)
  })

  it('puts each volume once, and nothing else is called', async () => {
    const faults = createFaults()
    using run = await openRun(world, { layer: faults.layer })
    await run.store.upload(registerVolume(run.catalog, run.pack(1)))
    await run.store.upload(registerDlist(run.catalog, await run.dlist(TIME), TIME))
    expect(faults.calls.map(({ method }) => method)).toEqual(['put', 'put', 'put'])
    expect(puts(faults.calls)).toEqual(['dblock', 'dindex', 'dlist'])
  })

  it('tells what it does, in totals', async () => {
    const events: VolumeStoreEvent[] = []
    using run = await openRun(world, {
      onEvent: (event) => {
        events.push(event)
        throw new Error('a display that fails')
      }
    })
    const volume = run.pack(1)
    await run.store.upload(registerVolume(run.catalog, volume))
    const total = volume.dblock.sizeBytes + volume.dindex!.sizeBytes
    expect(events.filter(({ type }) => type === 'volume-end')).toEqual([
      { type: 'volume-end', name: volume.dblock.name, sizeBytes: volume.dblock.sizeBytes },
      { type: 'volume-end', name: volume.dindex!.name, sizeBytes: volume.dindex!.sizeBytes }
    ])
    expect(events.filter(({ type }) => type === 'upload-progress').at(-1)).toEqual({
      type: 'upload-progress',
      uploadedBytes: total,
      totalBytes: total
    })
  })
})

describe.each<FaultMoment>(['before', 'torn', 'after'])('a put that fails (%s)', (when) => {
  const promised = when === 'torn' ? { atomicPut: false } : {}

  it('15.20 of a dblock: goes on under a new name, which the dindex has', async () => {
    const faults = createFaults({ capabilities: promised }).fail('put', { when })
    using run = await openRun(world, { layer: faults.layer })
    const volume = run.pack(1, 2)
    await run.store.upload(registerVolume(run.catalog, volume))
    faults.assertAllUsed()
    expect(run.rows()).toEqual(['dblock uploaded', 'dindex uploaded', 'dblock deleting'])
    const [dblock, dindex, abandoned] = [...run.catalog.volumes.all()]
    expect(abandoned!.name).toBe(volume.dblock.name)
    expect(dblock!.name).not.toBe(volume.dblock.name)
    expect(dindex!.name).not.toBe(volume.dindex!.name)
    expect(run.catalog.blocks.ofVolume(dblock!.id)).toHaveLength(1)
    expect(run.catalog.volumes.indexesOf(dblock!.id)).toEqual([dindex!.id])
    await expectConsistent(run)
    using fetched = await run.store.fetch(dindex!)
    using reader = await openStoredVolume({
      path: fetched.path,
      name: dindex!.name,
      keyring: createAesCryptKeyring(PASSPHRASE)
    })
    if (reader.type !== 'dindex') expect.unreachable()
    expect([...reader.volumes()].map(({ name }) => name)).toEqual([dblock!.name])
    expect([...reader.lists()]).toHaveLength(1)
    expect(readdirSync(run.spool.folder).filter((name) => !name.startsWith('fetched'))).toEqual([])

    expect((await run.store.deleteAbandoned()).deleted).toEqual([volume.dblock.name])
    expect(await names(world.backend)).toEqual([dblock!.name, dindex!.name].sort())
    expect((await run.store.verifyListing({ mode: 'strict' })).defects).toEqual([])
  })

  it('of a dindex: the dblock is not sent again', async () => {
    const faults = createFaults({ capabilities: promised }).fail('put', { when, nth: 2 })
    using run = await openRun(world, { layer: faults.layer })
    const volume = run.pack(1)
    await run.store.upload(registerVolume(run.catalog, volume))
    expect(puts(faults.calls)).toEqual(['dblock', 'dindex', 'dindex'])
    expect(run.rows()).toEqual(['dblock uploaded', 'dindex uploaded', 'dindex deleting'])
    expect(run.catalog.volumes.byName(volume.dblock.name)?.state).toBe('uploaded')
    await expectConsistent(run)
  })

  it('15.4 of a dlist: the version gets the next second, in the same transaction', async () => {
    const faults = createFaults({ capabilities: promised }).fail('put', { when })
    using run = await openRun(world, { layer: faults.layer })
    const seq = run.catalog.filesets.begin({ time: TIME })
    const pending = registerDlist(run.catalog, await run.dlist(TIME), TIME, (time) =>
      run.catalog.filesets.relabel(seq, { time })
    )
    await run.store.upload(pending)
    expect(run.rows()).toEqual(['dlist uploaded', 'dlist deleting'])
    expect(run.catalog.filesets.bySeq(seq)?.time).toBe(TIME + 1)
    expect(run.catalog.volumes.byId(pending.items[0]!.volumeId)).toMatchObject({
      name: 'duplicati-20250101T000001Z.dlist.zip.aes',
      time: TIME + 1
    })
    await expectConsistent(run)
  })

  it('waits before each further attempt', async () => {
    const faults = createFaults({ capabilities: promised }).fail('put', { when, times: 3 })
    using run = await openRun(world, { layer: faults.layer })
    await run.store.upload(registerVolume(run.catalog, run.pack(1)))
    expect(run.clock.elapsedMs).toBe(30_000)
    expect(puts(faults.calls)).toEqual(['dblock', 'dblock', 'dblock', 'dblock', 'dindex'])
    expect(new Set(faults.calls.map(({ path }) => path)).size).toBe(5)
    expect(run.rows()).toEqual([
      'dblock uploaded',
      'dindex uploaded',
      ...new Array(3).fill('dblock deleting')
    ])
    await expectConsistent(run)
  })
})

describe('attempts', () => {
  it('wait twice as long each time, if asked to', async () => {
    const faults = createFaults().fail('put', { times: 4 })
    using run = await openRun(world, { layer: faults.layer, retryDelayMs: 100, exponentialBackoff: true })
    await run.store.upload(registerVolume(run.catalog, run.pack(1)))
    expect(run.clock.elapsedMs).toBe(100 + 200 + 400 + 800)
  })

  it('come to an end', async () => {
    const faults = createFaults().fail('put', { times: Number.POSITIVE_INFINITY })
    using run = await openRun(world, { layer: faults.layer, retries: 2 })
    const error = await failureOf(run.store.upload(registerVolume(run.catalog, run.pack(1))))
    expect(error).toMatchObject({
      code: 'DESTINATION_UPLOAD_FAILED',
      retry: 'exhausted',
      context: { attempts: 3, reason: 'STORAGE_UNAVAILABLE' },
      cause: { code: 'STORAGE_UNAVAILABLE' }
    })
    expect(run.rows()).toEqual(['dblock uploading', 'dindex uploading', 'dblock deleting', 'dblock deleting'])
  })

  it.each(['STORAGE_FULL', 'STORAGE_ACCESS_DENIED', 'STORAGE_READ_ONLY'] as const)(
    'are not repeated where that cannot help: %s',
    async (error) => {
      const faults = createFaults().fail('put', { error })
      using run = await openRun(world, { layer: faults.layer })
      expect(await failureOf(run.store.upload(registerVolume(run.catalog, run.pack(1))))).toMatchObject({
        code: error,
        retry: 'never'
      })
      expect(faults.calls).toHaveLength(1)
    }
  )

  it('are repeated after failures that nobody understands', async () => {
    const faults = createFaults().fail('put', { error: new Error('odd') })
    using run = await openRun(world, { layer: faults.layer })
    await run.store.upload(registerVolume(run.catalog, run.pack(1)))
    await expectConsistent(run)
  })

  it('are repeated when the volume arrived with another size', async () => {
    let lies = 1
    const lying = overriding(world.backend, {
      put: async (...args) => {
        const entry = await world.backend.put(...args)
        return lies-- > 0 ? { ...entry, sizeBytes: 3 } : entry
      }
    })
    using run = await openRun(world, { backend: lying })
    await run.store.upload(registerVolume(run.catalog, run.pack(1)))
    expect(run.rows()).toEqual(['dblock uploaded', 'dindex uploaded', 'dblock deleted'])
  })

  it.each([true, false])(
    'are read back, where their content is to be verified (the store knows checksums: %s)',
    async (knows) => {
      const backend = createMemoryBackend(knows ? {} : { capabilities: { checksums: [] } })
      let damaged = 1
      const damaging = overriding(backend, {
        put: async (path, source, options) => {
          const entry = await backend.put(path, source, options)
          if (damaged-- > 0) {
            const bytes = new Uint8Array(source.size).fill(7)
            await backend.put(path, bytesSource(bytes), {})
          }
          return entry
        }
      })
      using run = await openRun(world, { backend: damaging, verifyUploads: 'content' })
      await run.store.upload(registerVolume(run.catalog, run.pack(1)))
      expect(run.rows()).toEqual(['dblock uploaded', 'dindex uploaded', 'dblock deleted'])
      // Without the check nobody would have noticed.
      damaged = 1
      using other = createWorld()
      using hasty = await openRun(other, { backend: damaging, verifyUploads: 'size' })
      await hasty.store.upload(registerVolume(hasty.catalog, hasty.pack(2)))
      expect(hasty.rows()).toEqual(['dblock uploaded', 'dindex uploaded'])
    }
  )

  it('are looked at once more with verifyUploads', async () => {
    const faults = createFaults().fail('stat', { error: 'STORAGE_UNEXPECTED' })
    using run = await openRun(world, { layer: faults.layer, verifyUploads: 'size' })
    await run.store.upload(registerVolume(run.catalog, run.pack(1)))
    expect(faults.calls.map(({ method }) => method)).toEqual(['put', 'stat', 'put', 'stat', 'put', 'stat'])
    await expectConsistent(run)
  })
})

describe('the name of a dlist that is taken', () => {
  const theirs = new TextEncoder().encode('the version of another machine')
  const name = 'duplicati-20250101T000000Z.dlist.zip.aes'

  it.each([true, false])(
    'is never overwritten nor deleted (the store decides: %s)',
    async (conditionalPut) => {
      const backend = createMemoryBackend({ capabilities: { conditionalPut } })
      using run = await openRun(world, { backend })
      await backend.put(name, {
        size: theirs.length,
        open: async function* () {
          yield theirs
        }
      })
      const pending = registerDlist(run.catalog, await run.dlist(TIME), TIME)
      await run.store.upload(pending)
      expect(pending.items[0]!.file.name).toBe('duplicati-20250101T000001Z.dlist.zip.aes')
      expect(run.rows()).toEqual(['dlist uploaded'])
      expect(run.clock.elapsedMs).toBe(0)
      await run.store.deleteAbandoned()
      expect([...(await stored(backend, name))]).toEqual([...theirs])
    }
  )

  it('is recognised when it holds these very bytes: only the answer was lost', async () => {
    // A retrying layer below repeats the put, and so meets its own object.
    const repeating = overriding(world.backend, {
      put: async (...args) => {
        await world.backend.put(...args)
        return world.backend.put(...args)
      }
    })
    using run = await openRun(world, { backend: repeating })
    await run.store.upload(registerDlist(run.catalog, await run.dlist(TIME), TIME))
    expect(run.rows()).toEqual(['dlist uploaded'])
    expect(await names(world.backend)).toEqual([name])
  })

  it('never is one that a volume had before', async () => {
    const faults = createFaults().fail('put')
    using run = await openRun(world, { layer: faults.layer })
    run.catalog.volumes.add({
      name: 'duplicati-20250101T000001Z.dlist.zip.aes',
      type: 'dlist',
      state: 'deleted'
    })
    run.catalog.filesets.begin({ time: TIME + 2 })
    const pending = registerDlist(run.catalog, await run.dlist(TIME), TIME)
    await run.store.upload(pending)
    expect(pending.items[0]!.time).toBe(TIME + 3)
  })
})

describe('a destination that takes the file over', () => {
  function fileBackend(): StorageBackend {
    mkdirSync(join(world.folder, 'destination'))
    return createFileBackend({ path: join(world.folder, 'destination') })
  }

  it('leaves the hook bytes to read: those of the destination', async () => {
    const told: [StoredVolume, Uint8Array][] = []
    const backend = fileBackend()
    using run = await openRun(world, {
      backend,
      onVolumeStored: async (volume) => {
        told.push([volume, Buffer.concat(await Array.fromAsync(volume.source.open()))])
      }
    })
    const volume = run.pack(1)
    await run.store.upload(registerVolume(run.catalog, volume))
    expect(told.map(([{ type }]) => type)).toEqual(['dblock', 'dindex'])
    for (const [{ hash, sizeBytes, source, path }, bytes] of told) {
      expect([...hashBytes('SHA256', bytes)]).toEqual([...hash])
      expect(bytes.length).toBe(sizeBytes)
      expect(source.localFile).toEqual({ path: join(world.folder, 'destination', path), adoptable: false })
    }
    expect(existsSync(volume.dblock.path)).toBe(false)
  })

  it('has stored it, even when the answer is lost: it is not sent again', async () => {
    const faults = createFaults().fail('put', { when: 'after', times: 2 })
    const backend = fileBackend()
    using run = await openRun(world, { backend: faults.layer(backend) })
    const volume = run.pack(1)
    await run.store.upload(registerVolume(run.catalog, volume))
    expect(puts(faults.calls)).toEqual(['dblock', 'dindex'])
    expect(run.rows()).toEqual(['dblock uploaded', 'dindex uploaded'])
    await expectConsistent(run, backend)
    faults.assertAllUsed()
  })
})

describe('the hook', () => {
  it('is told each volume once, one after the other, and is waited for', async () => {
    const order: string[] = []
    const gate = Promise.withResolvers<void>()
    using run = await openRun(world, {
      onVolumeStored: async ({ type, path, source, hash, hashAlgorithm }) => {
        order.push(`begin ${type}`)
        expect(run.catalog.volumes.byName(path)?.state).toBe('uploaded')
        await gate.promise
        expect([
          ...hashBytes(hashAlgorithm as 'SHA256', Buffer.concat(await Array.fromAsync(source.open())))
        ]).toEqual([...hash])
        order.push(`end ${type}`)
      }
    })
    let settled = 0
    const uploads = [run.pack(1), run.pack(2)].map((volume) =>
      run.store.upload(registerVolume(run.catalog, volume)).then(() => settled++)
    )
    while (order.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(settled).toBe(0)
    gate.resolve()
    await Promise.all(uploads)
    expect(order).toHaveLength(8)
    for (let i = 0; i < 8; i += 2) expect(order[i + 1]).toBe(order[i]!.replace('begin', 'end'))
    expect(readdirSync(run.spool.folder)).toEqual([])
  })

  it('that fails does not undo what is stored', async () => {
    const error = new Error('the replica is down')
    let calls = 0
    using run = await openRun(world, {
      onVolumeStored: () => {
        if (calls++ === 0) throw error
      }
    })
    expect(await failureOf(run.store.upload(registerVolume(run.catalog, run.pack(1))))).toBe(error)
    expect(run.rows()).toEqual(['dblock uploaded', 'dindex uploaded'])
    expect(readdirSync(run.spool.folder)).toEqual([])
    await run.store.upload(registerVolume(run.catalog, run.pack(2)))
    expect(calls).toBe(3)
  })
})

describe('several uploads', () => {
  it('run at once, but no more than allowed', async () => {
    let running = 0
    let most = 0
    const counting = overriding(world.backend, {
      put: async (...args) => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        const entry = await world.backend.put(...args)
        running--
        return entry
      }
    })
    for (const uploads of [1, 4]) {
      most = 0
      const own = createWorld()
      try {
        using run = await openRun(own, { backend: counting, uploads })
        const volumes = Array.from({ length: 10 }, (_, i) => run.pack(i))
        await Promise.all(volumes.map((volume) => run.store.upload(registerVolume(run.catalog, volume))))
        expect(most).toBe(uploads)
        expect(run.rows()).toHaveLength(20)
      } finally {
        own[Symbol.dispose]()
      }
    }
  })

  it('stop at once when they are aborted, and those that wait are never begun', async () => {
    const faults = createFaults().fail('put', { when: 'hang', times: 2 })
    using run = await openRun(world, { layer: faults.layer, uploads: 2 })
    const controller = new AbortController()
    const reason = new Error('enough')
    const failures = [1, 2, 3, 4].map((number) =>
      failureOf(
        run.store.upload(registerVolume(run.catalog, run.pack(number)), { signal: controller.signal })
      )
    )
    while (faults.calls.length < 2) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(reason)
    for (const failure of await Promise.all(failures)) expect(failure).toBe(reason)
    expect(faults.calls).toHaveLength(2)
    expect(run.rows()).toEqual(new Array(4).fill(['dblock uploading', 'dindex uploading']).flat())
  })

  it('stop at once even if the destination does not react to the signal', async () => {
    const deaf = overriding(world.backend, {
      capabilities: capabilities({}),
      put: () => new Promise(() => {})
    })
    using run = await openRun(world, { backend: deaf })
    const reason = new Error('enough')
    const controller = new AbortController()
    const upload = failureOf(
      run.store.upload(registerVolume(run.catalog, run.pack(1)), { signal: controller.signal })
    )
    controller.abort(reason)
    expect(await upload).toBe(reason)
  })

  it('stop in the pause before another attempt', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const faults = createFaults().fail('put', { times: Number.POSITIVE_INFINITY })
    using run = await openRun(world, {
      layer: faults.layer,
      onEvent: ({ type }) => {
        if (type === 'volume-retry') queueMicrotask(() => controller.abort(reason))
      }
    })
    expect(
      await failureOf(
        run.store.upload(registerVolume(run.catalog, run.pack(1)), { signal: controller.signal })
      )
    ).toBe(reason)
    expect(faults.calls).toHaveLength(1)
  })
})

describe('VolumeStore', () => {
  it('refuses options that it does not know or that make no sense', async () => {
    await expect(openRun(world, { uploads: 0 })).rejects.toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
    const again = createWorld()
    await expect(openRun(again, { retires: 3 } as never)).rejects.toMatchObject({
      code: 'CONFIG_UNKNOWN_KEY',
      context: { nearest: 'retries' }
    })
    again[Symbol.dispose]()
  })
})
