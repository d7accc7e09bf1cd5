import { chmodSync, chownSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, versions } from '../../src/browse/browse.ts'
import { planRestore } from '../../src/restore/plan-restore.ts'
import { restore } from '../../src/restore/restore.ts'
import { createBackupWorld } from '../support/backup-world.ts'

const NOBODY = 65_534

/** For root no folder is closed, so the work is done as somebody else. */
async function asOrdinaryUser(folder: string, work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work()
  chownSync(folder, NOBODY, NOBODY)
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    chownSync(join(folder, name), NOBODY, NOBODY)
  process.setegid!(NOBODY)
  process.seteuid!(NOBODY)
  try {
    await work()
  } finally {
    process.seteuid!(0)
    process.setegid!(0)
  }
}

describe('a folder that may not be read', () => {
  it('keeps what the version before has below it, which is marked until it can be read again', async () => {
    await using world = await createBackupWorld()
    world.write('open', '1')
    world.write('closed/deep/kept', 'kept content')
    await asOrdinaryUser(dirname(world.source), async () => {
      await world.backUp()
      chmodSync(world.path('closed'), 0)
      world.write('open', '2')
      const result = await world.backUp()
      expect(result).toMatchObject({ outcome: 'warning', modifiedFiles: 1, deletedFiles: 0 })
      expect(result.issues).toMatchObject([
        { code: 'SOURCE_ACCESS_DENIED', path: expect.stringContaining('/closed') }
      ])
      expect(versions(world.context)[0]).toMatchObject({ isPartial: false, isComplete: false })
      const stale = [...entries(world.context)].filter(({ isStale }) => isStale)
      expect(stale.map(({ path }) => path.slice(world.source.length))).toEqual(
        expect.arrayContaining(['/closed/deep/', '/closed/deep/kept'])
      )
      chmodSync(world.path('closed'), 0o755)
      const to = `${world.source}-restored`
      await restore(world.context, await planRestore(world.context, { to, include: ['*/kept'] }))
      expect(readFileSync(join(to, 'kept'), 'utf8')).toBe('kept content')
      expect(await world.backUp()).toMatchObject({ outcome: 'success', version: { isPartial: false } })
      expect(versions(world.context)[0]).toMatchObject({ isComplete: true })
      expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    })
  })
})
