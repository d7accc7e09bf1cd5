import { rmSync } from 'node:fs'
import type { TreeEntry } from '@tercet/testkit-data'
import { crashEverywhere, createRandom, observed } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'

const SMALLEST_VOLUMES = { volumeSizeBytes: 1024 * 1024, blockSizeBytes: 64 * 1024, uploadConcurrency: 1 }
const noise = createRandom(5).bytes(1_100_000)

/** Two volumes of content, a file of several blocklists and the usual small things. */
function fill(world: BackupWorld): void {
  world.write('big', noise)
  world.write('some/file', noise.subarray(0, 50_000))
  world.write('some/other', 'small')
}

function change(world: BackupWorld): void {
  world.write('big', noise.toReversed())
  world.write('some/other', 'changed')
  world.write('added', noise.subarray(7, 3000))
  rmSync(world.path('some/file'))
}

/** A backup that is stopped after each storage, file and catalog step in turn. */
async function crashInBackup(prepare: (world: BackupWorld) => Promise<TreeEntry[][]>): Promise<number> {
  let world = await createBackupWorld()
  try {
    const earlier = await prepare(world)
    await world.keep()
    return await crashEverywhere({
      async run(crash) {
        const { observer } = crash
        world = await world.rewind({ observer, layer: (inner) => observed(inner, observer) })
        await world.backUp(SMALLEST_VOLUMES)
      },
      async check(crash) {
        world = await world.reopen({ observer: undefined, layer: undefined })
        for (const [version, tree] of earlier.entries())
          expect(
            await world.differencesFromDestination(await publishedAfter(world, version, earlier), tree)
          ).toEqual([])
        const result = await world.backUp(SMALLEST_VOLUMES)
        expect(result.issues.filter(({ code }) => code !== 'BACKUP_RECOVERED')).toEqual([])
        const versions = world.catalog.filesets.versions()
        expect(versions[0]).toMatchObject({ isFull: true })
        expect(versions.length).toBeLessThanOrEqual(earlier.length + 2)
        expect(await world.differences(0, await world.tree())).toEqual([])
        // The rest looks at what hardly depends on the step, so it need not follow each.
        if (crash.crashed && crash.count % 8 !== 0) return
        for (const [age, tree] of earlier.entries())
          expect(await world.differences(versions.length - earlier.length + age, tree)).toEqual([])
        await world.checkFormat()
        const volumes = await world.volumes()
        expect((await world.backUp(SMALLEST_VOLUMES)).hasChanges).toBe(false)
        expect(await world.volumes()).toEqual(volumes)
      }
    })
  } finally {
    await world[Symbol.asyncDispose]()
  }
}

/** The list of the interrupted run may have arrived, which moves the numbers of the versions before by one. */
async function publishedAfter(world: BackupWorld, version: number, earlier: TreeEntry[][]): Promise<number> {
  const lists = (await world.volumes()).filter((name) => name.includes('.dlist.'))
  return lists.length - earlier.length + version
}

describe('a backup that is stopped after each of its steps', () => {
  it('goes on when it was the first', async () => {
    const steps = await crashInBackup(async (world) => {
      fill(world)
      return []
    })
    expect(steps).toBeGreaterThan(20)
  })

  it('15.45 goes on, and leaves the version before as it was', async () => {
    const steps = await crashInBackup(async (world) => {
      fill(world)
      const tree = await world.tree()
      await world.backUp(SMALLEST_VOLUMES)
      change(world)
      return [tree]
    })
    expect(steps).toBeGreaterThan(20)
  })
})
