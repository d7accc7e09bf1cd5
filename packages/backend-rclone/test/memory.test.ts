import { describeWith, measureTransfer } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { TestRclone } from './support/rclone.ts'

// What rclone itself takes is its own affair: the measured process is the one that uses it.
const MiB = 1024 * 1024
const module = new URL('../src/index.ts', import.meta.url).href

describeWith(['rclone'], 'rclone: memory', () => {
  test('holds no object whole while 256 MiB go in and out', async () => {
    await using rclone = await TestRclone.create()
    await rclone.box()
    const options = { remote: 'box', configFile: rclone.configFile }
    const { received, peakBytes } = await measureTransfer(
      { module, name: 'openRcloneBackend', options },
      256 * MiB
    )
    expect(received).toBe(256 * MiB)
    expect(peakBytes / MiB).toBeLessThanOrEqual(192)
  })
})
