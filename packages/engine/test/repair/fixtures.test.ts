import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openCatalog } from '@tercet/core'
import { compareTrees, describeTree } from '@tercet/testkit-data'
import { createVirtualClock } from '@tercet/testkit-faults'
import { expect, it } from 'vitest'
import { backup } from '../../src/backup/backup.ts'
import { listBrokenFiles } from '../../src/browse/list-broken-files.ts'
import { planPurgeBroken } from '../../src/purge-broken/plan-purge-broken.ts'
import { purgeBroken } from '../../src/purge-broken/purge-broken.ts'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'
import { planDestinationRepair } from '../../src/repair/plan-repair.ts'
import { repairDestination } from '../../src/repair/repair.ts'
import { planRestore } from '../../src/restore/plan-restore.ts'
import { restore } from '../../src/restore/restore.ts'
import { verify } from '../../src/verify/verify.ts'
import { checkFormat } from '../support/backup-world.ts'
import { volumesBySize } from '../support/damage.ts'
import { type FixtureContext, openRecreatedFixture } from '../support/fixture-context.ts'

const NAMES = ['aes-v2-passphrase', 'mixed-methods', 'prefix', 'parity']

/** Restores a version with a catalog that is read from the destination alone. */
async function differences(opened: FixtureContext, version: number, except: ReadonlySet<string>, older = 0) {
  const { context, fixture, prefix } = opened
  const catalog = await openCatalog({ path: undefined })
  try {
    await recreateCatalog({ ...context, catalog }, { prefix })
    const to = fixture.folder.join(`restored-${version}-${older}`)
    const plan = await planRestore(
      { ...context, catalog },
      { to, version: version + older, permissions: true }
    )
    await restore({ ...context, catalog }, plan)
    const isKept = ({ path }: { path: string }) => !except.has(path)
    return compareTrees(fixture.expectedTree(version).filter(isKept), (await describeTree(to)).filter(isKept))
  } finally {
    catalog.close()
  }
}

/** The next backup goes on from there, and all older versions stay. */
async function expectContinues(opened: FixtureContext, except: ReadonlySet<string>): Promise<void> {
  const { context, fixture, prefix } = opened
  const source = fixture.folder.join('next.txt')
  writeFileSync(source, 'what comes next')
  const clock = createVirtualClock({ startAt: new Date() })
  expect(await backup({ ...context, clock }, { sources: [source] })).toMatchObject({ outcome: 'success' })
  expect(await verify(context, { samples: 'all', blockShare: 1 })).toMatchObject({ defects: [] })
  await checkFormat(fixture.destination, context.passphrase as string | undefined, prefix)
  expect(await differences(opened, 0, except, 1)).toEqual([])
}

it.each(NAMES)('lists and indexes of the destination %s of Duplicati can be made anew', async (name) => {
  await using opened = await openRecreatedFixture(name)
  const { context, fixture, prefix } = opened
  const [list] = volumesBySize(fixture.destination, 'dlist')
  const [index] = volumesBySize(fixture.destination, 'dindex')
  rmSync(join(fixture.destination, list!))
  const path = join(fixture.destination, index!)
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(path, bytes)
  await verify(context, { samples: 'all' })
  const how = { localBlocks: false }
  const result = await repairDestination(context, await planDestinationRepair(context, how), how)
  expect(result.issues.filter(({ code }) => code !== 'REPAIR_EXTRAS_LOST')).toEqual([])
  expect(result.mended.map(({ volume }) => volume).sort()).toEqual([list, index].sort())
  expect((await planDestinationRepair(context, how)).actions).toEqual([])
  await checkFormat(fixture.destination, context.passphrase as string | undefined, prefix)
  for (let version = 0; version < fixture.info.versions; version++)
    expect(await differences(opened, version, new Set())).toEqual([])
  await expectContinues(opened, new Set())
})

it.each(NAMES)('what is broken can be taken out of the destination %s of Duplicati', async (name) => {
  await using opened = await openRecreatedFixture(name)
  const { context, fixture, prefix } = opened
  rmSync(join(fixture.destination, volumesBySize(fixture.destination, 'dblock').at(-1)!))
  const { files } = await listBrokenFiles(context)
  expect(files.length).toBeGreaterThan(0)
  const broken = new Set(
    fixture
      .expectedTree(0)
      .map(({ path }) => path)
      .filter((path) => path === '' || files.some((file) => file.path.replace(/\/$/, '').endsWith(path)))
  )
  await purgeBroken(context, await planPurgeBroken(context))
  expect((await listBrokenFiles(context)).files).toEqual([])
  await checkFormat(fixture.destination, context.passphrase as string | undefined, prefix)
  expect(await differences(opened, 0, broken)).toEqual([])
  await expectContinues(opened, broken)
})
