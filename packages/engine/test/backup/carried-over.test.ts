import { EVERYTHING } from '@tercet/core'
import { createRandom, observed } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { entries, find, folderContent, versions } from '../../src/browse/browse.ts'
import { compare } from '../../src/browse/compare.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'

const random = createRandom(31)

const staleIn = (world: BackupWorld, version: number): string[] =>
  [...entries(world.context, { version })].filter(({ isStale }) => isStale).map(({ path }) => path)

/** Stops when the first answer of the walk was taken. */
async function stopSoon(world: BackupWorld) {
  const stop = new AbortController()
  const onEvent = ({ type }: { readonly type: string }) => {
    if (type === 'scan-progress') stop.abort()
  }
  return await world.backUp({ stop: stop.signal, onEvent })
}

describe('a version that was stopped', () => {
  it('tells of each entry whether it was reached, without a row for each that was not', async () => {
    await using world = await createBackupWorld()
    for (const folder of ['a', 'm', 'm/n', 'z'])
      for (let index = 0; index < 600; index++) world.write(`${folder}/${index}`, 'old')
    await world.backUp()
    for (const folder of ['m', 'm/n', 'z'])
      for (let index = 0; index < 600; index++) world.write(`${folder}/${index}`, 'newer')
    const result = await stopSoon(world)
    expect(result.version).toMatchObject({ isPartial: true })
    const all = [...entries(world.context, { version: 0 })]
    const files = all.filter(({ type }) => type === 'file')
    const changed = files.filter(({ path }) => !path.startsWith(world.path('a')))
    // Of what has changed, exactly what is as before was not reached; what has not changed was looked at.
    for (const { path, sizeBytes, isStale } of changed) expect(isStale, path).toBe(sizeBytes === 3)
    expect(files.filter(({ isStale }) => !isStale).length).toBeGreaterThan(1000)
    const stale = all.filter(({ isStale }) => isStale)
    expect(stale.length).toBeGreaterThan(500)
    expect(stale.every(({ path }) => !path.startsWith(world.path('a')))).toBe(true)
    expect(result.version?.carriedOver).toBe(stale.length)
    expect(versions(world.context).map(({ carriedOver, isComplete }) => [carriedOver, isComplete])).toEqual([
      [stale.length, false],
      [0, true]
    ])
    // Rows of the version itself: only what was read.
    const { seq } = world.catalog.filesets.versions()[0]!
    const rows = [...world.catalog.entries.of({ seq, changedOnly: true })]
    expect(rows.length + stale.length).toBeLessThanOrEqual(all.length)

    const one = stale.find(({ type }) => type === 'file')!
    expect(
      find(world.context, { include: [one.path] })[0]!.versions.map(({ entry }) => entry.isStale)
    ).toEqual([true, false])
    const folder = folderContent(world.context, { folder: world.path('z') })
    expect(folder.items.every(({ isStale }) => isStale)).toBe(true)

    await world.backUp()
    expect(staleIn(world, 0)).toEqual([])
    expect(staleIn(world, 1)).toHaveLength(stale.length)
    const differences = [...compare(world.context, { base: { version: 1 }, other: { version: 0 } })]
    expect(differences.filter(({ before }) => before?.isStale === true).length).toBeGreaterThan(500)
    expect(differences.some(({ after }) => after?.isStale === true)).toBe(false)
    expect(versions(world.context)[0]).toMatchObject({ carriedOver: 0, isComplete: true })
    expect(await world.differences(0, await world.tree())).toEqual([])
  })

  it('has nothing carried over when it is the first one', async () => {
    await using world = await createBackupWorld()
    for (let index = 0; index < 1500; index++) world.write(`${index}`, 'x')
    expect((await stopSoon(world)).version).toMatchObject({ isPartial: true, carriedOver: 0 })
    expect(versions(world.context)).toMatchObject([{ isPartial: true, isComplete: false, carriedOver: 0 }])
  })
})

describe('a version of an interrupted run', () => {
  it('tells what it took from the version before', async () => {
    const abort = new AbortController()
    let armed = false
    await using world = await createBackupWorld({
      layer: (inner) =>
        observed(inner, ({ name, path }, moment) => {
          if (armed && name === 'put' && path?.includes('.dlist.') === true && moment === 'before')
            abort.abort()
        })
    })
    world.write('a', 'old a')
    world.write('b', 'old b')
    await world.backUp()
    world.write('b', 'new b')
    // The walk comes to its end, and nobody knows: the list is not written.
    armed = true
    await expect(world.backUp({ signal: abort.signal })).rejects.toThrow()
    const { seq, volumeId } = world.catalog.filesets.building()!
    expect([seq > 0, volumeId]).toEqual([true, expect.any(Number)])
    world.catalog.volumes.forget(volumeId!)
    armed = false
    await world.backUp()
    expect(versions(world.context)).toMatchObject([
      { isComplete: true },
      { isPartial: true, carriedOver: 2 },
      { isComplete: true }
    ])
    expect(staleIn(world, 1)).toEqual([`${world.source}/`, world.path('a')])
  })

  it('is not made of a first run that had not stored a file', async () => {
    const abort = new AbortController()
    let dblocks = 0
    await using world = await createBackupWorld({
      layer: (inner) =>
        observed(inner, ({ name, path }, moment) => {
          if (name !== 'put' || path?.includes('.dblock.') !== true || moment !== 'before') return
          if (++dblocks === 2) abort.abort()
        })
    })
    world.write('file', random.bytes(3_000_000))
    const chosen = { volumeSizeBytes: 1024 * 1024, uploadConcurrency: 1 }
    await expect(world.backUp({ ...chosen, signal: abort.signal })).rejects.toThrow()
    const result = await world.backUp(chosen)
    expect(result).toMatchObject({ recovery: 'discarded', outcome: 'success' })
    // The first volume had arrived.
    expect(result.storedBytes).toBeLessThan(3_000_000)
    expect(versions(world.context)).toHaveLength(1)
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    await world.checkFormat()
  })
})

describe('an incomplete version', () => {
  it('is followed by a complete one, even if nothing has changed', async () => {
    await using world = await createBackupWorld()
    world.write('a', 'a')
    world.write('b', 'b')
    await world.backUp()
    world.write('b', 'changed')
    await world.backUp()
    const { seq, volumeId } = world.catalog.filesets.versions()[0]!
    world.catalog.carried.add(seq, [EVERYTHING])
    world.catalog.filesets.complete(seq, { volumeId: volumeId!, isFull: true })
    expect(versions(world.context)[0]).toMatchObject({ carriedOver: 2, isComplete: false, isPartial: false })
    const result = await world.backUp()
    expect(result).toMatchObject({ hasChanges: false, readFiles: 0, version: { carriedOver: 0 } })
    expect((await world.backUp()).version).toBeUndefined()
  })
})
