import { readdirSync } from 'node:fs'
import { openCatalog } from '@tercet/core'
import { describe, expect, it } from 'vitest'
import { recreateCatalog } from '../src/recreate/recreate-catalog.ts'
import { verify } from '../src/verify/verify.ts'
import { createBackupWorld } from './support/backup-world.ts'
import { flipByte } from './support/damage.ts'

describe('what verify found', () => {
  it('is in the ledger, and counts in a catalog that is made anew', async () => {
    await using world = await createBackupWorld()
    world.write('file', Buffer.alloc(3000, 'x'))
    await world.backUp()
    const [dlist, dblock, dindex] = await volumesByType(world.destination)
    flipByte(`${world.destination}/${dindex}`)
    await verify(world.context, { samples: 'all' })
    const { ledger } = world.catalog
    expect([dlist, dblock, dindex].map((name) => ledger.get(name!)?.outcome)).toEqual([
      'sound',
      'sound',
      'damaged'
    ])
    expect(ledger.get(dlist!)?.verifiedAt).toBe(world.clock.now())

    using fresh = await openCatalog({ path: undefined })
    fresh.copySurvivingTables(world.catalogPath)
    await recreateCatalog({ ...world.context, catalog: fresh })
    const counts = [dlist, dblock, dindex].map((name) => fresh.volumes.byName(name!)?.verifiedCount)
    expect(counts).toEqual([1, 1, 0])
  })
})

async function volumesByType(folder: string): Promise<(string | undefined)[]> {
  const names = readdirSync(folder)
  return ['dlist', 'dblock', 'dindex'].map((type) => names.find((name) => name.includes(`.${type}.`)))
}
