import { readdirSync, readFileSync } from 'node:fs'
import { createMemoryBackend } from '@tercet/backend-memory'
import { bytesSource, type StorageBackend } from '@tercet/interface'
import { createFaults } from '@tercet/testkit-faults'
import { decodeVerificationFile } from '@tercet/volume-format'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { VolumeState } from '../../src/catalog/volume-table.ts'
import { registerDlist, registerReplacement, registerVolume } from '../../src/volumes/pending-upload.ts'
import type { ListingMode } from '../../src/volumes/reconcile-listing.ts'
import {
  createWorld,
  failureOf,
  names,
  openRun,
  overriding,
  type Run,
  stored,
  TIME,
  type World
} from './world.ts'

const HOUR_MS = 3_600_000

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world[Symbol.dispose]())

/** Stores one volume with its dindex and a dlist; their names. */
async function storeVersion(run: Run): Promise<[dblock: string, dindex: string, dlist: string]> {
  const uploads = [
    registerVolume(run.catalog, run.pack(1, 2, 3)),
    registerDlist(run.catalog, await run.dlist(TIME), TIME)
  ]
  for (const upload of uploads) await run.store.upload(upload)
  return uploads.flatMap(({ items }) => items.map(({ file }) => file.name)) as [string, string, string]
}

async function replace(name: string, change: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  await world.backend.put(name, bytesSource(change(await stored(world.backend, name))))
}

const cut = (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 5)

function setState(run: Run, name: string, state: VolumeState): number {
  const { id } = run.catalog.volumes.byName(name)!
  run.catalog.volumes.setState([id], state)
  return id
}

/** Every call that changes the destination. */
function writes(calls: readonly { method: string }[]): string[] {
  return calls
    .map(({ method }) => method)
    .filter((method) => !['list', 'stat', 'get', 'localFile'].includes(method))
}

describe('a list that was to take the place of another one, and does not count yet', () => {
  async function replaced(run: Run, upload: boolean): Promise<string> {
    await storeVersion(run)
    const pending = registerReplacement(run.catalog, await run.dlist(TIME + 1), TIME + 1)
    if (upload) await run.store.upload(pending)
    return pending.items[0]!.file.name
  }

  it.each<ListingMode>(['strict', 'clean'])('is taken away again (%s)', async (mode) => {
    using run = await openRun(world)
    const name = await replaced(run, true)
    // Callers that protect what is unfinished mean other things.
    const protect = new Set([run.catalog.volumes.byName(name)!.id])
    expect((await run.store.verifyListing({ mode: 'verify-only', protect })).defects).toEqual([])
    expect(await names(world.backend)).toContain(name)
    const { defects, deleted } = await run.store.verifyListing({ mode, protect })
    expect({ defects, deleted }).toEqual({ defects: [], deleted: [name] })
    expect(await names(world.backend)).toHaveLength(3)
    expect((await run.store.verifyListing({ mode })).defects).toEqual([])
  })

  it.each<ListingMode>(['strict', 'clean'])('is forgotten where it was never stored (%s)', async (mode) => {
    using run = await openRun(world)
    await replaced(run, false)
    const { defects, deleted } = await run.store.verifyListing({ mode })
    expect({ defects, deleted }).toEqual({ defects: [], deleted: [] })
    expect(run.rows()).toEqual(['dblock verified', 'dindex verified', 'dlist verified', 'dlist deleting'])
  })

  it('is left alone where the name is that of a version of another program', async () => {
    using run = await openRun(world)
    const name = await replaced(run, false)
    using elsewhere = createWorld(world.backend)
    using other = await openRun(elsewhere)
    const foreign = await other.dlist(TIME + 1)
    await world.backend.put(name, bytesSource(readFileSync(foreign.path)))
    const { defects } = await run.store.verifyListing({ mode: 'clean' })
    expect(defects.map(({ code, volume }) => [code, volume])).toEqual([
      ['DESTINATION_CHANGED_ELSEWHERE', name]
    ])
    expect(await names(world.backend)).toContain(name)
  })

  it('counts, and stays, when a version names it', async () => {
    using run = await openRun(world)
    const name = await replaced(run, true)
    const { id } = run.catalog.volumes.byName(name)!
    const seq = run.catalog.filesets.begin({ time: TIME })
    run.catalog.filesets.complete(seq, { volumeId: 1, isFull: true })
    run.catalog.filesets.rewrite(seq, { time: TIME + 1, volumeId: id }, { remove: [] })
    expect(await run.store.verifyListing({ mode: 'clean' })).toMatchObject({ defects: [], deleted: [] })
    expect(run.catalog.filesets.bySeq(seq)).toMatchObject({ time: TIME + 1, volumeId: id, state: 'stored' })
  })
})

describe('verifyListing', () => {
  it.each<ListingMode>(['verify-only', 'strict', 'clean'])(
    'finds nothing wrong with what is right (%s)',
    async (mode) => {
      const faults = createFaults()
      using run = await openRun(world, { layer: faults.layer })
      await storeVersion(run)
      const before = faults.calls.length
      const report = await run.store.verifyListing({ mode })
      expect(report).toMatchObject({ defects: [], abandoned: [], deleted: [], notDeleted: [] })
      expect(report.plan).toMatchObject({ volumes: 3, foreign: 0, companions: 0 })
      expect(faults.calls.slice(before).map(({ method }) => method)).toEqual(['list'])
      expect(run.rows()).toEqual(['dblock verified', 'dindex verified', 'dlist verified'])
    }
  )

  it('names each volume that is missing', async () => {
    using run = await openRun(world)
    const all = await storeVersion(run)
    for (const name of all) await world.backend.delete(name)
    const { defects } = await run.store.verifyListing({ mode: 'strict' })
    expect(defects.map(({ code, volume }) => [code, volume])).toEqual(
      all
        .map((name) => ['DESTINATION_VOLUME_MISSING', name])
        .toSorted((a, b) => Number(a[1]!.includes('dindex')) - Number(b[1]!.includes('dindex')))
    )
  })

  it('reads a volume whose size is wrong, and reports it as damaged (W12)', async () => {
    using run = await openRun(world)
    const all = await storeVersion(run)
    for (const mode of ['verify-only', 'strict', 'clean'] as const) {
      for (const name of all) {
        const bytes = await stored(world.backend, name)
        await replace(name, cut)
        const { defects, deleted } = await run.store.verifyListing({ mode })
        expect(defects).toEqual([
          expect.objectContaining({ code: 'DESTINATION_VOLUME_DAMAGED', volume: name })
        ])
        expect(deleted).toEqual([])
        await replace(name, () => bytes)
        expect((await run.store.verifyListing({ mode })).defects).toEqual([])
      }
    }
  })

  it('believes the content more than the listing', async () => {
    const lying = overriding(world.backend, {
      list: async function* () {
        for await (const entry of world.backend.list()) yield { ...entry, sizeBytes: 7 }
      }
    })
    using run = await openRun(world, { backend: lying })
    await storeVersion(run)
    expect((await run.store.verifyListing({ mode: 'strict' })).defects).toEqual([])
    expect(run.rows()).toEqual(['dblock verified', 'dindex verified', 'dlist verified'])
  })

  it('accepts other bytes with the right content, and enters their size and hash', async () => {
    using run = await openRun(world)
    const all = await storeVersion(run)
    for (const [i, name] of all.entries()) {
      const { id } = run.catalog.volumes.byName(name)!
      const right = run.catalog.volumes.byId(id)!
      run.catalog.volumes.update(id, { size: 12 + i, hash: new Uint8Array(32) })
      expect((await run.store.verifyListing({ mode: 'strict' })).defects).toEqual([])
      expect(run.catalog.volumes.byId(id)).toMatchObject({ size: right.size, hash: right.hash })
    }
  })

  it('does not accept a volume that lacks a block', async () => {
    using run = await openRun(world)
    const [name] = await storeVersion(run)
    const { id } = run.catalog.volumes.byName(name)!
    run.catalog.blocks.add({
      volumeId: id,
      first: 1000,
      count: 1,
      hashes: new Uint8Array(32).fill(1),
      sizes: Uint32Array.of(5)
    })
    run.catalog.volumes.update(id, { size: 12, hash: new Uint8Array(32) })
    const { defects } = await run.store.verifyListing({ mode: 'strict' })
    expect(defects).toEqual([expect.objectContaining({ code: 'DESTINATION_VOLUME_DAMAGED', volume: name })])
    expect(defects[0]!.message).toContain('lacks blocks')
  })

  it('changes nothing in a dry run', async () => {
    const faults = createFaults()
    using run = await openRun(world, { layer: faults.layer })
    const [dblock, dindex, dlist] = await storeVersion(run)
    setState(run, dblock, 'uploading')
    setState(run, dindex, 'deleting')
    await world.backend.delete(dblock)
    await replace(dlist, cut)
    const before = { rows: run.rows(), calls: faults.calls.length, commits: run.catalog.commitCount }
    const report = await run.store.verifyListing({ mode: 'clean', dryRun: true })
    expect(report.abandoned.map(({ name }) => name)).toEqual([dblock])
    expect(report.plan.deletions.map(({ name }) => name)).toEqual([dindex])
    expect(report.defects).toEqual([
      expect.objectContaining({ code: 'DESTINATION_VOLUME_DAMAGED', volume: dlist })
    ])
    expect(faults.calls.slice(before.calls).map(({ method }) => method)).toEqual(['list'])
    expect({ rows: run.rows(), commits: run.catalog.commitCount }).toEqual({
      rows: before.rows,
      commits: before.commits
    })
  })

  it.each<ListingMode>(['verify-only', 'strict'])(
    'writes nothing to the destination of itself (%s)',
    async (mode) => {
      const faults = createFaults()
      using run = await openRun(world, { layer: faults.layer })
      const [dblock, dindex] = await storeVersion(run)
      await replace(dblock, cut)
      await world.backend.delete(dindex)
      await world.backend.put('duplicati-bff.dblock.zip', bytesSource(new Uint8Array(3)))
      const before = faults.calls.length
      const { defects } = await run.store.verifyListing({ mode })
      expect(defects).toHaveLength(3)
      expect(writes(faults.calls.slice(before))).toEqual([])
    }
  )

  it('asks a store that lags about what it does not list', async () => {
    const backend = createMemoryBackend({ capabilities: { listing: 'eventual' } })
    const faults = createFaults().staleListing({ behind: 2 })
    using run = await openRun(world, { backend: faults.layer(backend) })
    await storeVersion(run)
    expect((await run.store.verifyListing({ mode: 'strict' })).defects).toEqual([])
    faults.assertAllUsed()
    expect(faults.calls.filter(({ method }) => method === 'stat')).toHaveLength(2)
  })

  it('notes what went to cold storage', async () => {
    using run = await openRun(world)
    const [dblock] = await storeVersion(run)
    world.backend.archive(dblock)
    expect((await run.store.verifyListing({ mode: 'strict' })).defects).toEqual([])
    expect(run.catalog.volumes.byName(dblock)?.archived).toBe(true)
    await world.backend.restoreArchived(dblock)
    await run.store.verifyListing({ mode: 'strict' })
    expect(run.catalog.volumes.byName(dblock)?.archived).toBe(false)
  })

  it('ends at once when it is aborted', async () => {
    const faults = createFaults().fail('list', { when: 'hang' })
    using run = await openRun(world, { layer: faults.layer })
    const controller = new AbortController()
    const reason = new Error('enough')
    const failure = failureOf(run.store.verifyListing({ mode: 'clean', signal: controller.signal }))
    controller.abort(reason)
    expect(await failure).toBe(reason)
  })

  it('passes on that the destination cannot be listed', async () => {
    const faults = createFaults().fail('list', { when: 'torn' })
    using run = await openRun(world, { layer: faults.layer })
    await storeVersion(run)
    expect(await failureOf(run.store.verifyListing({ mode: 'clean' }))).toMatchObject({
      code: 'STORAGE_UNAVAILABLE'
    })
    expect(run.rows()).toEqual(['dblock uploaded', 'dindex uploaded', 'dlist uploaded'])
  })
})

describe('verifyListing after an interruption', () => {
  it('keeps a complete upload, with its blocks', async () => {
    using run = await openRun(world)
    const [dblock] = await storeVersion(run)
    setState(run, dblock, 'uploading')
    const report = await run.store.verifyListing({ mode: 'clean' })
    expect(report).toMatchObject({ defects: [], abandoned: [], deleted: [] })
    expect(run.catalog.volumes.byName(dblock)?.state).toBe('uploaded')
    expect(run.catalog.blocks.count()).toBe(4)
  })

  it('deletes half an upload and its dindex, and forgets the blocks', async () => {
    using run = await openRun(world)
    const [dblock, dindex, dlist] = await storeVersion(run)
    setState(run, dblock, 'uploading')
    setState(run, dindex, 'uploading')
    await replace(dblock, cut)
    const report = await run.store.verifyListing({ mode: 'clean' })
    expect(report.abandoned.map(({ name }) => name)).toEqual([dblock, dindex])
    expect([...report.deleted].sort()).toEqual([dblock, dindex].sort())
    expect(report.defects).toEqual([])
    expect(await names(world.backend)).toEqual([dlist])
    expect(run.catalog.blocks.count()).toBe(0)
    expect(run.rows()).toEqual(['dblock deleted', 'dindex deleted', 'dlist verified'])
  })

  it('does not trust the size where puts are not atomic', async () => {
    const backend = createMemoryBackend({ capabilities: { atomicPut: false } })
    using run = await openRun(world, { backend })
    const volumes = [run.pack(1), run.pack(2)]
    for (const volume of volumes) await run.store.upload(registerVolume(run.catalog, volume))
    const [good, bad] = volumes.map(({ dblock }) => dblock.name) as [string, string]
    for (const name of [good, bad]) setState(run, name, 'uploading')
    const bytes = await stored(backend, bad)
    await backend.put(bad, bytesSource(bytes.fill(0, bytes.length / 2)))
    const report = await run.store.verifyListing({ mode: 'clean' })
    expect(report.abandoned.map(({ name }) => name)).toEqual([bad])
    expect(report.deleted).toEqual([bad])
    expect(run.catalog.volumes.byName(good)?.state).toBe('uploaded')
    expect(run.catalog.volumes.byName(bad)?.state).toBe('deleted')
  })

  it('keeps the list of another program under the name of one that was being stored', async () => {
    const name = 'duplicati-20250101T000000Z.dlist.zip.aes'
    using run = await openRun(world)
    registerDlist(run.catalog, await run.dlist(TIME), TIME)
    const theirs = await run.dlist(TIME + 1)
    await world.backend.put(name, bytesSource(readFileSync(theirs.path)))
    expect((await run.store.verifyListing({ mode: 'strict' })).defects).toHaveLength(1)
    const report = await run.store.verifyListing({ mode: 'clean' })
    expect(report).toMatchObject({ abandoned: [], deleted: [] })
    expect(report.defects).toEqual([
      expect.objectContaining({ code: 'DESTINATION_CHANGED_ELSEWHERE', volume: name })
    ])
    expect(await names(world.backend)).toEqual([name])
    const again = await run.store.verifyListing({ mode: 'clean' })
    expect(again.defects.map(({ code }) => code)).toEqual(['DESTINATION_CHANGED_ELSEWHERE'])
  })

  it('deletes a list that broke off, and keeps one that is complete', async () => {
    using run = await openRun(world)
    const [first, second] = [TIME, TIME + 1].map(async (time) =>
      registerDlist(run.catalog, await run.dlist(time), time)
    )
    const [good, bad] = await Promise.all([first!, second!])
    for (const { items } of [good, bad]) {
      const { name, path } = items[0]!.file
      await world.backend.put(name, bytesSource(readFileSync(path)))
    }
    await replace(bad.items[0]!.file.name, cut)
    const report = await run.store.verifyListing({ mode: 'clean' })
    expect(report.defects).toEqual([])
    expect(report.deleted).toEqual([bad.items[0]!.file.name])
    expect(run.rows()).toEqual(['dlist uploaded', 'dlist deleted'])
  })

  it('keeps what could not be deleted for the next run, and says so', async () => {
    const backend = createMemoryBackend({ capabilities: { deleteBatchSize: 1 } })
    const faults = createFaults().fail('delete', { error: 'STORAGE_LOCKED' })
    using run = await openRun(world, { backend: faults.layer(backend) })
    await run.store.upload(registerVolume(run.catalog, run.pack(1)))
    const name = [...run.catalog.volumes.all()][0]!.name
    run.catalog.volumes.forgetContent(setState(run, name, 'deleting'))
    const first = await run.store.verifyListing({ mode: 'clean' })
    expect(first.notDeleted).toEqual([
      expect.objectContaining({ code: 'STORAGE_LOCKED', severity: 'warning', volume: name })
    ])
    expect(run.catalog.volumes.byName(name)?.state).toBe('deleting')
    expect((await run.store.verifyListing({ mode: 'clean' })).deleted).toEqual([name])
  })

  it('forgets a deleted volume after its time, and deletes again what arrived late', async () => {
    const faults = createFaults().fail('put', { when: 'after' })
    using run = await openRun(world, { layer: faults.layer })
    await run.store.upload(registerVolume(run.catalog, run.pack(1)))
    const abandoned = [...run.catalog.volumes.all({ states: ['deleting'] })][0]!.name
    await run.store.verifyListing({ mode: 'clean' })
    expect(run.catalog.volumes.byName(abandoned)?.state).toBe('deleted')
    await world.backend.put(abandoned, bytesSource(new Uint8Array(9)))
    expect((await run.store.verifyListing({ mode: 'clean' })).deleted).toEqual([])
    await run.clock.sleep(3 * HOUR_MS)
    expect((await run.store.verifyListing({ mode: 'clean' })).deleted).toEqual([abandoned])
    await run.clock.sleep(3 * HOUR_MS)
    await run.store.verifyListing({ mode: 'clean' })
    expect(run.catalog.volumes.byName(abandoned)).toBeUndefined()
    expect(await names(world.backend)).toHaveLength(2)
  })
})

describe('delete', () => {
  it('refuses everything without proof, before it deletes anything (W31)', async () => {
    const faults = createFaults()
    using run = await openRun(world, { layer: faults.layer })
    const [dblock, dindex, dlist] = await storeVersion(run)
    const row = (name: string) => run.catalog.volumes.byName(name)!
    const unwanted = { ...row(dindex), state: 'deleting' as const }
    run.catalog.volumes.setState([unwanted.id], 'deleting')
    run.catalog.volumes.forgetContent(unwanted.id)
    for (const state of ['uploading', 'uploaded', 'verified'] as const) {
      setState(run, dlist, state)
      const refused = await failureOf(run.store.delete([unwanted, row(dlist)]))
      expect(refused).toMatchObject({ code: 'DESTINATION_DELETE_REFUSED', context: { volume: dlist, state } })
    }
    // Marked, but its blocks are still counted on.
    setState(run, dblock, 'deleting')
    expect(await failureOf(run.store.delete([row(dblock)]))).toMatchObject({
      code: 'DESTINATION_DELETE_REFUSED'
    })
    // Marked, but the list of a stored version.
    const seq = run.catalog.filesets.begin({ time: TIME })
    run.catalog.filesets.complete(seq, { volumeId: row(dlist).id, isFull: true })
    setState(run, dlist, 'deleting')
    expect(await failureOf(run.store.delete([row(dlist)]))).toMatchObject({
      code: 'DESTINATION_DELETE_REFUSED'
    })
    // The general calls leave these alone, too, and say so.
    for (const report of [
      await run.store.verifyListing({ mode: 'clean' }),
      await run.store.deleteAbandoned()
    ]) {
      expect(report.notDeleted.map(({ code }) => code)).toContain('DESTINATION_DELETE_REFUSED')
      expect(report.deleted).not.toContain(dblock)
      expect(report.deleted).not.toContain(dlist)
    }
    // Nothing that the catalog has never heard of.
    const foreign = { ...unwanted, id: 999, name: 'duplicati-bff.dblock.zip' }
    expect(await failureOf(run.store.delete([foreign]))).toMatchObject({ code: 'DESTINATION_DELETE_REFUSED' })
    expect(writes(faults.calls)).toEqual(['put', 'put', 'put', 'delete'])
    expect(await names(world.backend)).toEqual([dblock, dlist].sort())
  })

  it('uses batches where the store has them', async () => {
    const faults = createFaults().fail('put', { times: 5, when: 'after' })
    using run = await openRun(world, { layer: faults.layer })
    await run.store.upload(registerVolume(run.catalog, run.pack(1)))
    const before = faults.calls.length
    expect((await run.store.deleteAbandoned()).deleted).toHaveLength(5)
    expect(faults.calls.slice(before).map(({ method }) => method)).toEqual(['deleteMany'])
    expect(await names(world.backend)).toHaveLength(2)
  })
})

describe('fetch and the verification file', () => {
  it('rejects a volume that is shorter or longer, and leaves nothing behind', async () => {
    using run = await openRun(world)
    const [dblock] = await storeVersion(run)
    const row = run.catalog.volumes.byName(dblock)!
    {
      using fetched = await run.store.fetch(row)
      expect(fetched).toMatchObject({ sizeBytes: row.size, fetchedBytes: row.size })
    }
    for (const change of [cut, (bytes: Uint8Array) => Buffer.concat([bytes, bytes])]) {
      const bytes = await stored(world.backend, dblock)
      await replace(dblock, change)
      expect(await failureOf(run.store.fetch(row))).toMatchObject({
        code: 'DESTINATION_VOLUME_DAMAGED',
        context: { volume: dblock }
      })
      await replace(dblock, () => bytes)
    }
    expect(readdirSync(run.spool.folder)).toEqual([])
  })

  it('lists all volumes but those that were never sent', async () => {
    using run = await openRun(world)
    const all = await storeVersion(run)
    run.catalog.volumes.add({ name: 'duplicati-bff.dblock.zip.aes', type: 'dblock', state: 'temporary' })
    await run.store.writeVerificationFile()
    const bytes = await stored(world.backend, 'duplicati-verification.json')
    const records = decodeVerificationFile(bytes)
    expect(records.map(({ name, type, state }) => [name, type, state])).toEqual([
      [all[0], 'dblock', 'uploaded'],
      [all[1], 'dindex', 'uploaded'],
      [all[2], 'dlist', 'uploaded']
    ])
    expect((await run.store.verifyListing({ mode: 'strict' })).defects).toEqual([])
    await run.store.writeVerificationFile()
    expect(await names(world.backend as StorageBackend)).toHaveLength(4)
  })
})
