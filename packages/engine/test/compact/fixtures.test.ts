import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { openCatalog } from '@tercet/core'
import { compareTrees, describeTree } from '@tercet/testkit-data'
import { expect, it } from 'vitest'
import { compact } from '../../src/compact/compact.ts'
import { planCompact } from '../../src/compact/plan-compact.ts'
import { deleteVersions } from '../../src/delete/delete-versions.ts'
import { planDelete } from '../../src/delete/plan-delete.ts'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'
import { planRestore } from '../../src/restore/plan-restore.ts'
import { restore } from '../../src/restore/restore.ts'
import { verify } from '../../src/verify/verify.ts'
import { openRecreatedFixture } from '../support/fixture-context.ts'

const run = promisify(execFile)

it.each(['aes-v2-passphrase', 'mixed-methods', 'deleted-compacted', 'prefix', 'parity'])(
  'the destination %s of Duplicati can be compacted',
  async (name) => {
    await using opened = await openRecreatedFixture(name)
    const { context, fixture, prefix } = opened
    await deleteVersions(context, await planDelete(context, { keepVersions: 1 }))
    const plan = await planCompact(context, { threshold: 0, maxSmallVolumes: 1 })
    expect(plan.wastedBytes).toBeGreaterThan(0)
    const result = await compact(context, plan)
    expect(result).toMatchObject({ outcome: 'success', rewrittenVolumes: plan.volumesToRewrite.length })
    expect(result.deletedVolumes).toBeGreaterThan(0)
    expect(await verify(context, { samples: 'all', blockShare: 1 })).toMatchObject({ defects: [] })
    const catalog = await openCatalog({ path: undefined })
    try {
      await recreateCatalog({ ...context, catalog }, { prefix })
      const to = fixture.folder.join('restored')
      const plan = await planRestore({ ...context, catalog }, { to, permissions: true })
      await restore({ ...context, catalog }, plan)
      expect(compareTrees(fixture.expectedTree(0), await describeTree(to))).toEqual([])
    } finally {
      catalog.close()
    }
    const reader = process.env['TERCET_STRICT_READER']
    if (reader === undefined) return
    const { passphrase } = fixture.info
    const secret = passphrase === undefined ? [] : ['--passphrase', passphrase]
    await run(process.execPath, [reader, 'check', fixture.destination, ...secret])
  }
)
