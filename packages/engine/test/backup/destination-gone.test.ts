import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { createFaults, createRandom } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { createBackupWorld } from '../support/backup-world.ts'

const refused = { code: 'BACKUP_DESTINATION_EMPTY', message: expect.stringMatching(/is the disk mounted/) }

describe.each([
  ['gone', false],
  ['empty, as a place where no disk is mounted', true]
])('a destination that is %s', (_what, isEmpty) => {
  it('is refused by every later run, and is the same again when the disk is back', async () => {
    await using world = await createBackupWorld()
    world.write('a', 'content')
    await world.backUp()
    world.write('b', 'more content')
    renameSync(world.destination, `${world.destination}-unmounted`)
    if (isEmpty) mkdirSync(world.destination)
    await expect(world.backUp()).rejects.toMatchObject(refused)
    await expect(world.backUp({ dryRun: true })).rejects.toMatchObject(refused)
    await expect(world.backUp()).rejects.toMatchObject({
      message: expect.stringContaining(world.destination)
    })
    expect(existsSync(world.destination)).toBe(isEmpty) // nothing was made beside the disk
    if (isEmpty) expect(await world.volumes()).toEqual([])
    rmSync(world.destination, { recursive: true, force: true })
    renameSync(`${world.destination}-unmounted`, world.destination)
    expect(await world.backUp()).toMatchObject({ outcome: 'success', addedFiles: 1 })
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    await world.checkFormat()
  })

  it('does not make an interrupted run forget what it had stored', async () => {
    const faults = createFaults().fail('put', { match: /\.dlist\./, nth: 2, error: 'STORAGE_FULL' })
    await using world = await createBackupWorld({ layer: faults.layer })
    world.write('a', 'content')
    await world.backUp()
    world.write('b', createRandom(9).bytes(9000))
    await expect(world.backUp()).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    const stored = await world.volumes()
    renameSync(world.destination, `${world.destination}-unmounted`)
    if (isEmpty) mkdirSync(world.destination)
    await expect(world.backUp()).rejects.toMatchObject(refused)
    rmSync(world.destination, { recursive: true, force: true })
    renameSync(`${world.destination}-unmounted`, world.destination)
    expect((await world.backUp()).outcome).toMatch(/success|warning/)
    expect(await world.volumes()).toEqual(
      expect.arrayContaining(stored.filter((name) => /dblock/.test(name)))
    )
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    await world.checkFormat()
  })
})
