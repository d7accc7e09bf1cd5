import { rmSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { requireStoredSettings } from '../../src/common/stored-settings.ts'
import { findLiveBlocks } from '../../src/compact/live-blocks.ts'
import { remove } from '../delete/world.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'
import { noise, runCompact } from './world.ts'

/** One step of a history: contents come back again and again, so that blocks are deleted and used again. */
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('write' as const), file: fc.nat(4), content: fc.nat(5) })
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), file: fc.nat(4) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('backup' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), version: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('compact' as const), threshold: fc.constantFrom(0, 25) })
  }
)

/** Every block that any version refers to, found in the slowest way there is: entry by entry, hash by hash. */
function neededHashes({ catalog }: BackupWorld): Set<string> {
  const { blocksize } = requireStoredSettings(catalog)
  const needed = new Set<string>()
  const add = (hash: Uint8Array) => void needed.add(Buffer.from(hash).toString('hex'))
  for (const { seq } of catalog.filesets.all()) {
    for (const row of catalog.entries.of({ seq })) {
      const streams = [
        { hash: row.hash, size: row.size, refs: row.content },
        { hash: row.metaHash, size: row.metaSize, refs: row.metaContent }
      ]
      for (const { hash, size = 0, refs } of streams) {
        if (hash === undefined || size === 0) continue
        if (refs === undefined) {
          expect(size).toBeLessThanOrEqual(blocksize)
          add(hash)
          continue
        }
        if (refs.block !== undefined) add(refs.block)
        for (const list of refs.blocklists) {
          add(list)
          const blocks = catalog.blocksets.blocklist(list)!
          for (let at = 0; at < blocks.length; at += 32) add(blocks.subarray(at, at + 32))
        }
      }
    }
  }
  return needed
}

/** The rule against the model: exactly what is needed is live, each block once. */
function checkLiveness(world: BackupWorld): void {
  const { catalog } = world
  const needed = neededHashes(world)
  const live = findLiveBlocks(catalog, requireStoredSettings(catalog))
  const found: string[] = []
  for (const { first, count, hashes } of catalog.blocks.all())
    for (let i = 0; i < count; i++)
      if (live.has(first + i)) found.push(Buffer.from(hashes.subarray(i * 32, i * 32 + 32)).toString('hex'))
  expect(found.toSorted()).toEqual([...needed].toSorted())
}

it('in random histories exactly what versions need is live, and every version restores after each compaction', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 24 }), async (steps) => {
      await using world = await createBackupWorld()
      world.write('always', noise(77, 3000))
      await world.backUp()
      let trees = [await world.tree()]
      for (const action of steps) {
        if (action.kind === 'write') world.write(`file-${action.file}`, noise(action.content, 2500))
        else if (action.kind === 'remove') rmSync(world.path(`file-${action.file}`), { force: true })
        else if (action.kind === 'backup') {
          const tree = await world.tree()
          const { version } = await world.backUp()
          if (version !== undefined) trees.unshift(tree)
        } else if (action.kind === 'delete') {
          if (action.version >= trees.length || trees.length === 1) continue
          await remove(world, { versions: [action.version] })
          trees = trees.filter((_tree, number) => number !== action.version)
        } else {
          await runCompact(world, { threshold: action.threshold, maxSmallVolumes: 3 })
          for (const [number, tree] of trees.entries())
            expect(await world.differences(number, tree)).toEqual([])
        }
        checkLiveness(world)
      }
      expect(world.catalog.findProblems()).toEqual([])
      expect(await world.differencesFromDestination(0, trees[0]!)).toEqual([])
    }),
    { numRuns: 12, seed: 20260728 }
  )
})
