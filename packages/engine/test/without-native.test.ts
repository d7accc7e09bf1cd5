import { linkSync, lutimesSync, symlinkSync } from 'node:fs'
import { loadNative } from '@tercet/native'
import { createRandom } from '@tercet/testkit-faults'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type BackupWorld, createBackupWorld } from './support/backup-world.ts'

afterEach(() => vi.unstubAllEnvs())

/** Threads get a copy of the environment when they start. */
function useNative(wanted: boolean): void {
  vi.stubEnv('TERCET_NO_NATIVE', wanted ? '' : '1')
  expect(loadNative() !== undefined).toBe(wanted)
}

function fill(world: BackupWorld): void {
  world.write('empty', '')
  world.write('folder/text', 'words, words, words. '.repeat(300))
  world.write('folder/deep/noise', createRandom(5).bytes(50_000))
  linkSync(world.path('folder/text'), world.path('second-name'))
  symlinkSync('folder/text', world.path('link'))
  // Without native calls times are set as floating point numbers, which a quarter of a second fits into.
  for (const name of ['empty', 'folder/text', 'folder/deep/noise', 'link', 'folder/deep', 'folder', ''])
    lutimesSync(world.path(name), 1_500_000_000.25, 1_500_000_000.25)
}

describe.each([0, 2])('with %d threads', (workers) => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true]
  ])('a backup (native: %s) is restored exactly (native: %s)', async (backsUpWith, restoresWith) => {
    useNative(backsUpWith)
    await using world = await createBackupWorld({ workers })
    fill(world)
    expect(await world.backUp()).toMatchObject({ outcome: 'success', addedFiles: 4 })
    const tree = await world.tree()
    useNative(restoresWith)
    expect(await world.differences(0, tree)).toEqual([])
    expect(await world.differencesFromDestination(0, tree)).toEqual([])
    // What one way of looking at files stored as unchanged, the other one finds unchanged.
    expect(await world.backUp()).toMatchObject({ hasChanges: false, version: undefined })
  })
})
