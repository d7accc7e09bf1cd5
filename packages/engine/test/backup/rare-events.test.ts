import { join } from 'node:path'
import { openCatalog } from '@tercet/core'
import { createRandom } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { backup, runBackup } from '../../src/backup/backup.ts'
import { HitLedger } from '../../src/backup/hit-ledger.ts'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'
import { createBackupWorld } from '../support/backup-world.ts'
import { flipByte } from '../support/damage.ts'

describe('a block index that takes one block for another', () => {
  it.each([1, 4, 8, 64])('loses nothing with %d bits of each hash', async (fingerprintBits) => {
    await using world = await createBackupWorld({ passphrase: 'p' })
    const random = createRandom(fingerprintBits)
    for (let index = 0; index < 60; index++) world.write(`f${index}`, random.bytes(100 + 90 * index))
    const run = async () => {
      await world.clock.advance(1000)
      return runBackup(world.context, { sources: [world.source], blockSizeBytes: 1024 }, { fingerprintBits })
    }
    const result = await run()
    expect(result).toMatchObject({ outcome: 'success', addedFiles: 60 })
    const first = await world.tree()
    for (let index = 0; index < 60; index += 3) world.write(`f${index}`, random.bytes(2000 + index))
    await run()
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    expect(await world.differences(1, first)).toEqual([])
    await world.checkFormat()
  })
})

describe('a list at the destination that cannot be read', () => {
  it('keeps its name, also against a version of the same second', async () => {
    await using world = await createBackupWorld()
    world.write('f', 'first')
    await world.backUp()
    const [list] = (await world.volumes()).filter((name) => name.includes('.dlist.'))
    world.write('f', 'second, of another length')
    await world.backUp()
    const damaged = (await world.volumes()).find(
      (name) => name.includes('.dlist.') && name !== list
    ) as string
    flipByte(join(world.destination, damaged))
    using catalog = await openCatalog({ path: undefined })
    const context = { ...world.context, catalog }
    await recreateCatalog(context)
    world.write('f', 'third')
    const result = await backup(context, { sources: [world.source], verifyListing: false })
    expect(result.version?.time).toBe('2025-03-01T12:00:03Z')
    expect((await world.volumes()).filter((name) => name.includes('.dlist.'))).toHaveLength(3)
    expect(await world.differences(0, await world.tree(), catalog)).toEqual([])
  })
})

describe('HitLedger', () => {
  const hits = (...ordinals: number[]) => ({
    ordinals: Uint32Array.from(ordinals),
    hashes: Uint8Array.from(ordinals.flatMap((ordinal) => [ordinal, ordinal])),
    sizes: new Uint32Array(ordinals.length).fill(9)
  })

  it('asks again for what is not known yet, and only for that', () => {
    const asked: number[][] = []
    let known = new Set([1, 2])
    const ledger = new HitLedger(
      (ordinals) => {
        asked.push([...ordinals])
        return {
          mismatched: [],
          unknown: [...ordinals.keys()].filter((position) => !known.has(ordinals[position]!))
        }
      },
      2,
      3
    )
    ledger.add(hits(1, 2))
    expect(asked).toEqual([])
    ledger.add(hits(7))
    expect([asked, ledger.openCount]).toEqual([[[1, 2, 7]], 1])
    known = new Set([7])
    expect(ledger.finish()).toBe(0)
    expect(asked.at(-1)).toEqual([7])
  })

  it('keeps hash and size with the ordinal that they belong to', () => {
    const asked: unknown[] = []
    const ledger = new HitLedger(
      (ordinals, hashes, sizes) => {
        asked.push([...ordinals, '|', ...hashes, '|', ...sizes])
        return { mismatched: [], unknown: [...ordinals.keys()].filter((position) => position % 2 === 1) }
      },
      2,
      4
    )
    const of = (...ordinals: number[]) => ({ ...hits(...ordinals), sizes: Uint32Array.from(ordinals) })
    ledger.add(of(1, 2))
    ledger.add(of(3, 4, 5))
    expect(asked).toEqual([[1, 2, 3, 4, 5, '|', 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, '|', 1, 2, 3, 4, 5]])
    ledger.add(of(6))
    expect(ledger.finish()).toBe(1)
    expect(asked.at(-1)).toEqual([2, 4, 6, '|', 2, 2, 4, 4, 6, 6, '|', 2, 4, 6])
  })

  it('keeps a hit once, and of another block with the same hash each', () => {
    const asked: number[][] = []
    const ledger = new HitLedger(
      (ordinals) => {
        asked.push([...ordinals])
        return { mismatched: [], unknown: [...ordinals.keys()] }
      },
      4,
      5
    )
    const same = (...ordinals: number[]) => ({
      ordinals: Uint32Array.from(ordinals),
      hashes: Uint8Array.from(ordinals.flatMap(() => [1, 2, 3, 4])),
      sizes: new Uint32Array(ordinals.length).fill(9)
    })
    ledger.add(same(5, 5, 8, 5, 8))
    expect(ledger.openCount).toBe(3)
    expect(ledger.finish()).toBe(3)
    expect(asked).toEqual([
      [5, 5, 8, 5, 8],
      [5, 8, 8]
    ])
  })

  it('counts what was no hit', () => {
    const ledger = new HitLedger(() => ({ mismatched: [0], unknown: [2] }), 2, 100)
    ledger.add(hits(1, 2, 3))
    expect(ledger.finish()).toBe(2)
  })
})
