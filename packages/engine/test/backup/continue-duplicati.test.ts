import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { compareTrees, describeTree } from '@tercet/testkit-data'
import { createVirtualClock } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { backup } from '../../src/backup/backup.ts'
import { planRestore } from '../../src/restore/plan-restore.ts'
import { restore } from '../../src/restore/restore.ts'
import { FIXTURES, openRecreatedFixture } from '../support/fixture-context.ts'

/** Hashes of the data blocks of the files of a version, as far as they are single blocks or in known blocklists. */
describe.each(FIXTURES)('a backup that continues the destination %s of Duplicati', (name) => {
  it('stores no data block again', async () => {
    await using opened = await openRecreatedFixture(name)
    const { context, fixture } = opened
    const source = fixture.folder.join('tree')
    mkdirSync(dirname(source), { recursive: true })
    const plan = await planRestore(context, { version: 0, to: source, permissions: true })
    await restore(context, plan)
    const tree = await describeTree(source)
    const before = context.catalog.blocks.count()
    const clock = createVirtualClock({ startAt: new Date() })
    const result = await backup({ ...context, clock }, { sources: [source] })
    expect(result.issues).toEqual([])
    expect(result.version).toMatchObject({ isPartial: false })
    // Other paths, so every entry is new; what is stored is metadata alone, and small.
    const files = tree.filter(({ type }) => type === 'file').length
    const others = tree.length - files
    expect(context.catalog.blocks.count() - before).toBeLessThanOrEqual(files + others)
    const to = fixture.folder.join('again')
    await restore(context, await planRestore(context, { version: 0, to, permissions: true }))
    expect(compareTrees(tree, await describeTree(to))).toEqual([])
    for (let version = 0; version < fixture.info.versions; version++) {
      const older = fixture.folder.join(`older-${version}`)
      await restore(
        context,
        await planRestore(context, { version: version + 1, to: older, permissions: true })
      )
      if (name !== 'skip-metadata')
        expect(compareTrees(fixture.expectedTree(version), await describeTree(older))).toEqual([])
    }
  })
})
