import { compareTrees, describeTree, type Fixture, type TreeEntry } from '@tercet/testkit-data'
import { describe, expect, it } from 'vitest'
import { recreateCatalog } from '../src/recreate/recreate-catalog.ts'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { FIXTURES, openFixtureContext } from './support/fixture-context.ts'

/** Without stored metadata only names, types, contents and link targets can come back. */
function differences(fixture: Fixture, version: number, found: TreeEntry[]): unknown[] {
  const keys = fixture.name === 'skip-metadata' ? ['mode', 'uid', 'gid', 'mtimeNs', 'xattrs'] : []
  const strip = (entry: TreeEntry) =>
    Object.fromEntries(Object.entries(entry).filter(([key]) => !keys.includes(key))) as unknown as TreeEntry
  return compareTrees(fixture.expectedTree(version).map(strip), found.map(strip))
}

describe.each(FIXTURES)('the destination %s of Duplicati', (name) => {
  it('15.47 is read and restored exactly, every version', async () => {
    await using opened = await openFixtureContext(name)
    const { context, fixture, prefix } = opened
    const recreated = await recreateCatalog(context, { prefix })
    expect(recreated.issues).toEqual([])
    expect(recreated.versions).toBe(fixture.info.versions)
    expect(context.catalog.filesets.versions()).toHaveLength(fixture.info.versions)
    for (let version = 0; version < fixture.info.versions; version++) {
      const to = fixture.folder.join(`restored-${version}`)
      const plan = await planRestore(context, { version, to, permissions: true })
      const result = await restore(context, plan)
      expect(result.issues).toEqual([])
      expect(result.fetchedBytes).toBeLessThanOrEqual(plan.bytesToFetch)
      expect(differences(fixture, version, await describeTree(to))).toEqual([])
    }
  })
})
