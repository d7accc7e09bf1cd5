import { appendFileSync } from 'node:fs'
import { createRandom } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { createBackupWorld } from '../support/backup-world.ts'

const MIB = 1024 * 1024

describe('a file that is spread over several threads', () => {
  it('comes back exactly, and only its changed blocks are stored again', async () => {
    await using world = await createBackupWorld({ workers: 2 })
    const content = new Uint8Array(35 * MIB + 77)
    content.set(createRandom(1).bytes(65_536))
    for (let at = 65_536; at < content.length; at += 65_536) {
      content.copyWithin(at, at - 65_536, at)
      content[at] = (at / 65_536) & 255
      content[at + 1] = (at / 65_536) >> 8
    }
    world.write('big', content)
    const options = { blockSizeBytes: 100 * 1024, volumeSizeBytes: 5 * MIB }
    const first = await world.backUp(options)
    expect(first).toMatchObject({ outcome: 'success', addedFiles: 1, readBytes: content.length })
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    content[20 * MIB] = content[20 * MIB]! ^ 1
    world.write('big', content)
    const second = await world.backUp(options)
    expect(second).toMatchObject({ outcome: 'success', modifiedFiles: 1 })
    expect(second.storedBytes).toBeLessThan(200 * 1024)
    expect(await world.differences(0, await world.tree())).toEqual([])
    await world.checkFormat()
  })

  it('is read by one thread when it changes meanwhile', async () => {
    await using world = await createBackupWorld({ workers: 2 })
    world.write('big', new Uint8Array(40 * MIB).fill(7))
    let grown = false
    const result = await world.backUp({
      blockSizeBytes: 100 * 1024,
      onEvent: ({ type }) => {
        if (type !== 'scan-end' || grown) return
        grown = true
        appendFileSync(world.path('big'), 'more')
      }
    })
    expect(result.outcome).toBe('success')
    expect(await world.differences(0, await world.tree())).toEqual([])
  })
})
