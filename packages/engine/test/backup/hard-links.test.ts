import { linkSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { planRestore } from '../../src/restore/plan-restore.ts'
import { restore } from '../../src/restore/restore.ts'
import { createBackupWorld } from '../support/backup-world.ts'

describe.each(['all', 'first'] as const)('files with several names and the policy %s', (hardlinkPolicy) => {
  it('keep all of them, also when their content changes', async () => {
    await using world = await createBackupWorld()
    world.write('a/one', 'content'.repeat(700))
    linkSync(world.path('a/one'), world.path('b'))
    linkSync(world.path('a/one'), world.path('c'))
    world.write('single', 'x')
    expect(await world.backUp({ hardlinkPolicy })).toMatchObject({ outcome: 'success', addedFiles: 4 })
    const first = await world.tree()
    world.write('c', 'other content'.repeat(700))
    expect(await world.backUp({ hardlinkPolicy })).toMatchObject({ modifiedFiles: 3 })
    expect(await world.differences(0, await world.tree())).toEqual([])
    expect(await world.differencesFromDestination(1, first)).toEqual([])

    const to = `${world.source}-restored`
    await restore(world.context, await planRestore(world.context, { to, permissions: true }))
    const inode = (name: string): number => statSync(`${to}/${name}`).ino
    expect([inode('b'), inode('c')]).toEqual([inode('a/one'), inode('a/one')])
    expect(inode('single')).not.toBe(inode('b'))
  })
})
