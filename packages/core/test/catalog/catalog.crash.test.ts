import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runUntilCrash } from '@tercet/testkit-faults'
import { expect, it } from 'vitest'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { openCatalog } from '../../src/catalog/open-catalog.ts'
import { contentOf, temporaryFolder } from './helpers.ts'
import { TIMES, writeVersions } from './write-versions.ts'

const program = fileURLToPath(new URL('./crashing-writer.ts', import.meta.url))

/** Every stored version is exactly as it was written, and the first ones are all there. */
function checkVersions(catalog: Catalog): number {
  expect(catalog.findProblems()).toEqual([])
  const stored = catalog.filesets.all().filter(({ state }) => state === 'stored')
  expect(stored.map(({ time }) => time)).toEqual(TIMES.slice(0, stored.length))
  for (const { seq, time, volumeId } of stored) {
    expect(Array.from(catalog.entries.of({ seq }), (row) => [row.path, contentOf(row)])).toEqual([
      ['/changing', time],
      [`/new-${time}`, time]
    ])
    expect(catalog.volumes.byId(volumeId as number)?.state).toBe('uploaded')
  }
  return stored.length
}

it('goes on after its process was killed at any of its commits', async () => {
  const stored: number[] = []
  for (let after = 1; ; after++) {
    const path = join(temporaryFolder(), 'catalog.sqlite')
    const run = await runUntilCrash(program, [path], after)
    expect(run).toMatchObject({ stderr: '' })
    if (run.outcome === 'finished') break
    expect(run.outcome).toBe('killed')
    const left = await openCatalog({ path })
    stored.push(checkVersions(left))
    left.close()

    await writeVersions(path)
    const whole = await openCatalog({ path })
    expect(checkVersions(whole)).toBe(TIMES.length)
    whole.close()
  }
  // It was killed often enough to be seen with each number of versions.
  expect(new Set(stored)).toEqual(new Set([0, 1, 2]))
  expect(stored.length).toBeGreaterThan(10)
})
