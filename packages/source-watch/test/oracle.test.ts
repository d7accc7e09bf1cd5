import { mkdirSync } from 'node:fs'
import { RandomOperations } from '@tercet/testkit-data'
import { describe, expect, it } from 'vitest'
import { openChangeJournal } from '../src/index.ts'
import { missedBy } from './coverage.ts'
import { folderFor, METHODS } from './methods.ts'
import { differences, snapshot, temporaryFolder } from './tree.ts'

describe('whatever happens to files', () => {
  const runs = METHODS.flatMap((method) => Array.from({ length: 12 }, (_, seed) => ({ method, seed })))

  it.each(runs)('is heard of ($method, seed $seed)', async ({ method, seed }) => {
    using folder = temporaryFolder(folderFor(method))
    const root = folder.of('root')
    mkdirSync(root)
    mkdirSync(folder.of('outside'))
    const operations = new RandomOperations(seed, root, folder.of('outside'))
    operations.do(100)
    await using journal = await openChangeJournal({ roots: [root], store: folder.of('journal'), method })
    await journal.settle((await journal.changes()).cursor, 'start')
    let before = snapshot(root)
    let changed = 0
    for (let round = 0; round < 12; round++) {
      // Nothing else runs meanwhile, so what was done before the call is what the call must know.
      operations.do(1 + ((seed * 7 + round * 13) % 60))
      const changes = await journal.changes()
      const after = snapshot(root)
      const found = differences(before, after)
      changed += found.length
      expect(missedBy(changes, found), `round ${round}`).toEqual([])
      expect(changes.unknown.map(({ reason }) => reason).filter((reason) => reason !== 'new-folder')).toEqual(
        []
      )
      await journal.settle(changes.cursor, `${round}`)
      before = after
    }
    expect(changed).toBeGreaterThan(50)
  })
})
