import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { openCatalog } from '@tercet/core'
import { compareTrees, describeTree } from '@tercet/testkit-data'
import { expect, it } from 'vitest'
import { versions } from '../../src/browse/browse.ts'
import { deleteVersions } from '../../src/delete/delete-versions.ts'
import { planDelete } from '../../src/delete/plan-delete.ts'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'
import { planRestore } from '../../src/restore/plan-restore.ts'
import { restore } from '../../src/restore/restore.ts'
import { openRecreatedFixture } from '../support/fixture-context.ts'

const run = promisify(execFile)

it.each(['aes-v2-passphrase', 'mixed-methods', 'deleted-compacted', 'prefix', 'parity'])(
  'versions of the destination %s of Duplicati can be deleted',
  async (name) => {
    await using opened = await openRecreatedFixture(name)
    const { context, fixture, prefix } = opened
    const count = versions(context).length
    expect(count).toBeGreaterThan(1)
    const plan = await planDelete(context, { keepVersions: 1 })
    expect(await deleteVersions(context, plan)).toMatchObject({ outcome: 'success', remaining: 1 })
    const catalog = await openCatalog({ path: undefined })
    try {
      await recreateCatalog({ ...context, catalog }, { prefix })
      expect(versions({ catalog })).toHaveLength(1)
      const to = fixture.folder.join('restored')
      await restore(
        { ...context, catalog },
        await planRestore({ ...context, catalog }, { to, permissions: true })
      )
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
