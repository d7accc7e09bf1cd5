import { describeWith, measureTransfer, startSmbd } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'

// An object that was held whole would take 330 and more.
const MiB = 1024 * 1024
const module = new URL('../src/index.ts', import.meta.url).href

describeWith(['smbd', 'smbclient'], 'SMB: memory', () => {
  test('holds no object whole while 256 MiB go in and out', async () => {
    await using server = await startSmbd()
    const { host, port, username, password } = server
    const options = { host, port, username, password, share: 'share' }
    const cost = await measureTransfer({ module, name: 'openSmbBackend', options }, 256 * MiB)
    expect(cost.received).toBe(256 * MiB)
    expect(cost.peakBytes / MiB).toBeLessThanOrEqual(192)
  })
})
