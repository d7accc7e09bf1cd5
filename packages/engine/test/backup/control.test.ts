import { createFaults, createRandom, observed } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { RunController } from '../../src/common/run-controller.ts'
import { createBackupWorld } from '../support/backup-world.ts'

const noise = createRandom(3).bytes(700_000)

describe('stop', () => {
  it('before anything was reached makes no version', async () => {
    await using world = await createBackupWorld()
    world.write('file', 'old')
    const first = await world.tree()
    await world.backUp()
    world.write('file', 'new')
    const stopped = await world.backUp({ stop: AbortSignal.abort() })
    expect(stopped).toMatchObject({ outcome: 'stopped', version: undefined, hasChanges: false })
    expect((await world.backUp()).modifiedFiles).toBe(1)
    expect(await world.differences(0, await world.tree())).toEqual([])
    expect(await world.differences(1, first)).toEqual([])
  })

  it('in the middle keeps what was reached and what was there before', async () => {
    await using world = await createBackupWorld()
    world.write('a', 'old a')
    world.write('z', 'old z')
    await world.backUp()
    // More entries than fit into one batch, so that the stop comes between two of them.
    for (let index = 0; index < 1500; index++) world.write(`many/${index}`, `${index}`)
    world.write('z', 'new z')
    const stop = new AbortController()
    const result = await world.backUp({
      stop: stop.signal,
      onEvent: ({ type }) => {
        if (type === 'scan-progress') stop.abort()
      }
    })
    expect(result).toMatchObject({ outcome: 'stopped', version: { isPartial: true } })
    const partial = world.catalog.filesets.versions()[0]!
    expect(world.catalog.entries.find(world.path('a'), partial.seq)).toBeDefined()
    const reached = [...world.catalog.entries.of({ seq: partial.seq })].length
    expect(reached).toBeGreaterThan(900)
    expect(reached).toBeLessThan(1500)
    const next = await world.backUp()
    expect(next.version).toMatchObject({ isPartial: false })
    expect(next.addedFiles).toBeLessThan(1000)
    expect(await world.differences(0, await world.tree())).toEqual([])
    await world.checkFormat()
  })
})

describe('abort and pause', () => {
  it('rejects with the reason itself, and the next run goes on', async () => {
    const reason = new Error('enough')
    const abort = new AbortController()
    await using world = await createBackupWorld({
      layer: (inner) =>
        observed(inner, ({ name }, moment) => {
          if (name === 'put' && moment === 'before') abort.abort(reason)
        })
    })
    world.write('file', noise)
    await expect(world.backUp({ signal: abort.signal })).rejects.toBe(reason)
    await expect(world.backUp({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect((await world.backUp()).outcome).not.toBe('error')
    expect(await world.differences(0, await world.tree())).toEqual([])
  })

  it('waits while it is paused', async () => {
    await using world = await createBackupWorld()
    world.write('file', 'x')
    const controller = new RunController()
    controller.pause()
    let scanned = false
    const running = world.backUp({
      controller,
      onEvent: ({ type }) => {
        if (type === 'phase-start') setImmediate(() => controller.resume())
        if (type === 'batch-end') scanned = !controller.paused
      }
    })
    await running
    expect(scanned).toBe(true)
  })

  it('ends when the caller says so about an issue', async () => {
    await using world = await createBackupWorld()
    world.write('file', 'x')
    const sources = [world.path('file'), world.path('missing')]
    await expect(world.backUp({ sources, onIssue: () => 'abort' })).rejects.toMatchObject({
      code: 'ENGINE_ISSUE_ABORT'
    })
  })

  it('is not disturbed by a listener that throws', async () => {
    await using world = await createBackupWorld()
    world.write('file', 'x')
    const onEvent = () => {
      throw new Error('display')
    }
    expect((await world.backUp({ onEvent })).outcome).toBe('success')
  })
})

describe('a dry run', () => {
  it('changes nothing anywhere and says what would be stored', async () => {
    const writes: string[] = []
    await using world = await createBackupWorld({
      layer: (inner) =>
        observed(inner, ({ name }, moment) => {
          if (moment === 'before' && !['list', 'get', 'stat'].includes(name)) writes.push(name)
        })
    })
    world.write('a', 'a')
    world.write('b', 'b')
    const before = world.catalog.commitCount
    const first = await world.backUp({ dryRun: true })
    expect(first).toMatchObject({ isDryRun: true, addedFiles: 2, addedFolders: 1, version: undefined })
    expect([writes, world.catalog.commitCount - before]).toEqual([[], 0])
    await world.backUp()
    writes.length = 0
    world.write('a', 'changed')
    world.write('c', 'new')
    const committed = world.catalog.commitCount
    const second = await world.backUp({ dryRun: true })
    expect(second).toMatchObject({ addedFiles: 1, modifiedFiles: 1, hasChanges: true })
    expect([writes, world.catalog.commitCount - committed]).toEqual([[], 0])
  })
})

describe('uploads', () => {
  it('go on under a new name after a failure, and the old one is cleared away', async () => {
    const faults = createFaults()
    faults.fail('put', { when: 'after', match: /dblock/ })
    await using world = await createBackupWorld({ layer: faults.layer })
    world.write('file', noise)
    const result = await world.backUp()
    expect(result.outcome).toBe('success')
    faults.assertAllUsed()
    expect((await world.volumes()).map((name) => name.split('.')[1])).toEqual(['dlist', 'dblock', 'dindex'])
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    await world.checkFormat()
  })

  it('stop before the quota would be exceeded, and the version holds what is stored', async () => {
    await using world = await createBackupWorld()
    for (let index = 0; index < 6; index++)
      world.write(
        `f${index}`,
        noise.map((byte) => byte ^ index)
      )
    const result = await world.backUp({ volumeSizeBytes: 1024 * 1024, quotaBytes: 2_500_000 })
    expect(result.outcome).toBe('error')
    expect(result.issues.map(({ code }) => code)).toContain('BACKUP_QUOTA_EXCEEDED')
    expect(result.version).toMatchObject({ isPartial: true })
    expect(result.storedBytes).toBeLessThanOrEqual(2_500_000)
    await world.checkFormat()
    const newest = world.catalog.filesets.versions()[0]!
    expect(newest.files).toBeGreaterThan(0)
    expect(newest.files).toBeLessThan(6)
    expect((await world.backUp()).version).toMatchObject({ isPartial: false })
    expect(await world.differences(0, await world.tree())).toEqual([])
  })

  it('tell each volume when it is stored, the list last', async () => {
    await using world = await createBackupWorld()
    world.write('file', noise)
    const told: string[] = []
    await world.backUp({
      onVolumeStored: async ({ type, source, sizeBytes }) => {
        let bytes = 0
        for await (const chunk of source.open()) bytes += chunk.byteLength
        expect(bytes).toBe(sizeBytes)
        told.push(type)
      }
    })
    expect(told).toEqual(['dblock', 'dindex', 'dlist'])
  })
})
