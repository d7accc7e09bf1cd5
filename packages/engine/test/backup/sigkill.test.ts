import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRandom, runUntilCrash } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { createBackupWorld } from '../support/backup-world.ts'

const child = fileURLToPath(new URL('../support/crash-child.ts', import.meta.url))

describe('a process that is killed in the middle of a backup', () => {
  it.each([4, 9, 14, 19, 24])(
    'after %d steps leaves nothing that the next one cannot go on from',
    async (steps) => {
      await using world = await createBackupWorld({ passphrase: 'p' })
      const random = createRandom(steps)
      for (let index = 0; index < 20; index++) world.write(`f${index}`, random.bytes(400 * index))
      const first = await world.tree()
      await world.backUp()
      for (let index = 0; index < 20; index += 2) world.write(`f${index}`, random.bytes(3000))
      world.catalog.close()
      const folder = dirname(world.source)
      const args = [world.catalogPath, world.destination, world.source, folder]
      const run = await runUntilCrash(child, args, steps)
      expect([run.outcome, run.stderr]).toEqual(['killed', expect.not.stringContaining('Error')])
      const next = await world.reopen()
      try {
        const result = await next.backUp()
        expect(result.issues.filter(({ code }) => !TOLD.includes(code))).toEqual([])
        expect(await next.differences(0, await next.tree())).toEqual([])
        const oldest = next.catalog.filesets.versions().length - 1
        expect(await next.differencesFromDestination(oldest, first)).toEqual([])
        await next.checkFormat()
        // What the killed process left in the folder for temporary files was removed by this one.
        expect(readdirSync(folder).filter((name) => name.startsWith('tercet-spool-'))).toEqual([])
      } finally {
        next.catalog.close()
      }
    }
  )
})

/** The child's clock is that of the system, which is ahead of the test's. */
const TOLD = ['BACKUP_RECOVERED', 'BACKUP_CLOCK_BEHIND']
