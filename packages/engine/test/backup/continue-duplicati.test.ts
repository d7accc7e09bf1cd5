import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Catalog } from '@tercet/core'
import { compareTrees, describeTree } from '@tercet/testkit-data'
import { createVirtualClock } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { backup } from '../../src/backup/backup.ts'
import { planRestore } from '../../src/restore/plan-restore.ts'
import { restore } from '../../src/restore/restore.ts'
import { checkFormat } from '../support/backup-world.ts'
import { FIXTURES, openRecreatedFixture } from '../support/fixture-context.ts'

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex')

/** The hash of each stored block, in the order in which they came. */
function blockHashes(catalog: Catalog): string[] {
  const hashes: string[] = []
  for (const run of catalog.blocks.all()) {
    const width = run.hashes.length / run.count
    for (let at = 0; at < run.hashes.length; at += width)
      hashes.push(hex(run.hashes.subarray(at, at + width)))
  }
  return hashes
}

describe.each(FIXTURES)('a backup that continues the destination %s of Duplicati', (name) => {
  it('15.44 stores no data block again', async () => {
    await using opened = await openRecreatedFixture(name)
    const { context, fixture, prefix } = opened
    const source = fixture.folder.join('tree')
    mkdirSync(dirname(source), { recursive: true })
    const plan = await planRestore(context, { version: 0, to: source, permissions: true })
    await restore(context, plan)
    const tree = await describeTree(source)
    const before = blockHashes(context.catalog).length
    const clock = createVirtualClock({ startAt: new Date() })
    const result = await backup({ ...context, clock }, { sources: [source] })
    expect(result.issues).toEqual([])
    expect(result.version).toMatchObject({ isPartial: false })
    // The tree lies elsewhere, so every entry is new; what is stored of it is metadata alone.
    const newest = context.catalog.filesets.versions()[0]!
    const metadata = new Set<string>()
    for (const row of context.catalog.entries.of({ seq: newest.seq })) {
      if (row.metaContent === undefined) metadata.add(hex(row.metaHash!))
      else {
        for (const list of row.metaContent.blocklists) metadata.add(hex(list))
        for (const piece of context.catalog.blocksets.blocks(row.metaContent))
          for (let at = 0; at < piece!.length; at += row.metaHash!.length)
            metadata.add(hex(piece!.subarray(at, at + row.metaHash!.length)))
      }
    }
    const stored = blockHashes(context.catalog).slice(before)
    expect(stored.filter((hash) => !metadata.has(hash))).toEqual([])
    expect(new Set(stored).size).toBe(stored.length)
    await checkFormat(fixture.destination, context.passphrase as string | undefined, prefix)
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
