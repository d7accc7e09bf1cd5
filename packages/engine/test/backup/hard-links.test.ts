import { linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { openCatalog } from '@tercet/core'
import { createRandom } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { backup } from '../../src/backup/backup.ts'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'
import { planRestore } from '../../src/restore/plan-restore.ts'
import { restore } from '../../src/restore/restore.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'

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

describe('the policy first', () => {
  const hardlinkPolicy = 'first'
  const random = createRandom(3)

  function fill(world: BackupWorld): void {
    // Of one block, of several, and of more than one blocklist.
    for (const size of [10, 5000, 70_000]) {
      world.write(`deep/${size}`, random.bytes(size))
      linkSync(world.path(`deep/${size}`), world.path(`again-${size}`))
      linkSync(world.path(`deep/${size}`), world.path(`.hidden-${size}`))
    }
    world.write('single', 'x')
  }
  const contentBytes = 10 + 5000 + 70_000 + 1

  it.each([
    ['on this thread', { workers: 0 }, {}],
    ['on two threads', { workers: 2 }, {}],
    ['with two hash algorithms', {}, { blockHash: 'SHA1', fileHash: 'SHA512' }]
  ] as const)('reads the content of each file once, %s', async (_what, options, chosen) => {
    await using world = await createBackupWorld(options)
    fill(world)
    const tree = await world.tree()
    const result = await world.backUp({ hardlinkPolicy, ...chosen })
    expect(result).toMatchObject({ addedFiles: 10, readFiles: 4, readBytes: contentBytes, issueCount: 0 })
    expect(await world.backUp({ hardlinkPolicy })).toMatchObject({ hasChanges: false, readFiles: 0 })
    expect(await world.differences(0, tree)).toEqual([])
    expect(await world.differencesFromDestination(0, tree)).toEqual([])
    await world.checkFormat()
    expect(await world.backUp({ hardlinkPolicy: 'all', changeDetection: 'read-all' })).toMatchObject({
      hasChanges: false
    })
  })

  it('takes over the content of a file that has not changed for a name that is new', async () => {
    await using world = await createBackupWorld()
    fill(world)
    await world.backUp({ hardlinkPolicy })
    linkSync(world.path('deep/70000'), world.path('later')) // changes the state of the file, so one name is read
    const result = await world.backUp({ hardlinkPolicy })
    expect(result).toMatchObject({ addedFiles: 1, readFiles: 1, readBytes: 70_000 })
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
  })

  it('finds nothing new with a catalog that was made anew', async () => {
    await using world = await createBackupWorld()
    fill(world)
    await world.backUp({ hardlinkPolicy })
    const catalog = await openCatalog({ path: undefined })
    const context = { ...world.context, catalog }
    await recreateCatalog(context)
    const sources = [world.source]
    for (const readFiles of [4, 0])
      expect(await backup(context, { sources, hardlinkPolicy })).toMatchObject({
        hasChanges: false,
        readFiles
      })
    catalog.close()
  })

  it('reads a name that has become another file since the walk', async () => {
    await using world = await createBackupWorld()
    fill(world)
    const replaced = world.path('deep/5000')
    let isDone = false
    const result = await world.backUp({
      hardlinkPolicy,
      onEvent: ({ type }) => {
        if (type !== 'scan-end' || isDone) return
        isDone = true
        const old = readFileSync(replaced)
        unlinkSync(replaced)
        writeFileSync(replaced, old.reverse()) // of the same size
      }
    })
    expect(isDone).toBe(true)
    expect(result.issues).toEqual([])
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
  })

  it('reads another name where the first one could not be stored', async () => {
    await using world = await createBackupWorld()
    fill(world)
    const first = world.path('again-5000') // the walk looks at files of a folder before it enters another
    let isDone = false
    await world.backUp({
      hardlinkPolicy,
      onEvent: ({ type }) => {
        if (type !== 'scan-end' || isDone) return
        isDone = true
        unlinkSync(first)
      }
    })
    expect(isDone).toBe(true)
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
  })

  it('asks the catalog for many names at once, and holds few of them back', async () => {
    await using world = await createBackupWorld()
    const names = 18_000
    mkdirSync(world.path('many'))
    world.write('first', random.bytes(3000))
    for (let index = 0; index < names; index++) linkSync(world.path('first'), world.path(`many/${index}`))
    const before = world.catalog.statementCount
    const result = await world.backUp({ hardlinkPolicy })
    expect(result).toMatchObject({ addedFiles: names + 1, readFiles: 1, readBytes: 3000 })
    expect((world.catalog.statementCount - before) / names).toBeLessThan(0.25)
  })
})
