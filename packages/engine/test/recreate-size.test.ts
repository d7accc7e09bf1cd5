import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { describe, expect, it } from 'vitest'
import { writeSyntheticDestination } from './support/synthetic-destination.ts'

const program = fileURLToPath(new URL('./support/recreate-once.ts', import.meta.url))

const BLOCKS = 1_000_000
const ENTRIES = 20_000

describe('the recreation of a catalog of a million blocks', () => {
  it('keeps to its limits of memory, disk and statements', async () => {
    await using folder = await createTemporaryFolder()
    const destination = join(folder.path, 'destination')
    const catalog = join(folder.path, 'catalog.sqlite')
    await writeSyntheticDestination(destination, { blocks: BLOCKS, entries: ENTRIES })
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=@tercet/source', program, catalog, destination, folder.path],
      { encoding: 'utf8' }
    )
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('Error')])
    const result = JSON.parse(stdout) as Record<string, number>
    expect(result).toMatchObject({ outcome: 'success', versions: 1, blocks: BLOCKS })
    expect(result['residentMib']).toBeLessThan(256)
    expect(result['indexBytes']! / BLOCKS).toBeLessThan(24)
    expect(statSync(catalog).size).toBeLessThan(38 * BLOCKS + 160 * ENTRIES)
    // A statement for each row would be a million of them.
    expect(result['statements']).toBeLessThan(3000)
    // Each waits for the disk: one for a volume, one for some hundred entries.
    expect(result['commits']).toBeLessThan(100)
  })
})
