import { openCatalog } from '@tercet/core'
import { compareTrees, describeTree } from '@tercet/testkit-data'
import { expect, it } from 'vitest'
import { planPurge } from '../../src/purge/plan-purge.ts'
import { purge } from '../../src/purge/purge.ts'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'
import { planRestore } from '../../src/restore/plan-restore.ts'
import { restore } from '../../src/restore/restore.ts'
import { verify } from '../../src/verify/verify.ts'
import { checkFormat } from '../support/backup-world.ts'
import { openRecreatedFixture } from '../support/fixture-context.ts'

it.each(['aes-v2-passphrase', 'hashes', 'prefix'])(
  'a path can be purged from the destination %s of Duplicati',
  async (name) => {
    await using opened = await openRecreatedFixture(name)
    const { context, fixture, prefix } = opened
    const expected = fixture.expectedTree(0)
    const victim = expected.find(({ type, path }) => type === 'file' && path.includes('/'))!
    const plan = await planPurge(context, { paths: [`*/${victim.path}`] })
    expect(plan.purged.length).toBeGreaterThan(0)
    expect(await purge(context, plan)).toMatchObject({ outcome: 'success' })
    expect(await verify(context, { samples: 'all', blockShare: 1 })).toMatchObject({ defects: [] })
    const catalog = await openCatalog({ path: undefined })
    try {
      await recreateCatalog({ ...context, catalog }, { prefix })
      const to = fixture.folder.join('restored')
      const restorePlan = await planRestore({ ...context, catalog }, { to, permissions: true })
      await restore({ ...context, catalog }, restorePlan)
      const left = expected.filter(({ path }) => path !== victim.path)
      expect(compareTrees(left, await describeTree(to))).toEqual([])
    } finally {
      catalog.close()
    }
    await checkFormat(fixture.destination, fixture.info.passphrase, prefix)
  }
)
