import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCatalog } from '@tercet/core'
import { createRandom, observed, runUntilCrash } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { recreateCatalog } from '../src/recreate/recreate-catalog.ts'
import { createBackupWorld } from './support/backup-world.ts'

const child = fileURLToPath(new URL('./support/recreate-child.ts', import.meta.url))

describe('a process that is killed in the middle of a recreation', () => {
  it('leaves a catalog that the next one goes on with, fetching only what is missing', async () => {
    let fetched: string[] = []
    await using world = await createBackupWorld({
      layer: (inner) =>
        observed(inner, ({ name, path }, moment) => {
          if (moment === 'before' && (name === 'get' || name === 'localFile')) fetched.push(path ?? '')
        })
    })
    for (let index = 0; index < 12; index++) {
      world.write(`f${index}`, createRandom(index).bytes(5000))
      await world.backUp()
    }
    const tree = await world.tree()
    const wanted = (await world.volumes()).filter((name) => !name.includes('.dblock.'))
    expect(wanted.length).toBe(24)

    const folder = dirname(world.source)
    const seen: number[] = []
    for (let tenth = 1; tenth <= 10; tenth++) {
      const catalogPath = join(folder, `recreated-${tenth}.sqlite`)
      const steps = Math.ceil((tenth * wanted.length) / 10)
      const run = await runUntilCrash(child, [catalogPath, world.destination, folder], steps)
      expect([run.outcome, run.stderr]).toEqual(['killed', expect.not.stringContaining('Error')])
      const catalog = await openCatalog({ path: catalogPath })
      try {
        const missing = wanted.filter((name) => catalog.volumes.byName(name)?.processed !== true)
        seen.push(missing.length)
        fetched = []
        const result = await recreateCatalog({ ...world.context, catalog })
        expect(result).toMatchObject({ outcome: 'success', fetchedVolumes: missing.length })
        expect(fetched.sort()).toEqual(missing.sort())
        expect(catalog.filesets.versions()).toHaveLength(12)
        if (tenth % 5 === 0) expect(await world.differences(0, tree, catalog)).toEqual([])
      } finally {
        catalog.close()
        rmSync(catalogPath)
      }
    }
    // The kills came at different moments, and the later they came the less was left.
    expect(seen).toEqual(seen.toSorted((a, b) => b - a))
    expect(new Set(seen).size).toBeGreaterThan(5)
  })
})
