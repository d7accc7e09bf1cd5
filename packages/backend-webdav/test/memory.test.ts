import { describeWith, measureTransfer, startApache } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'

// An object that was held whole would take 330 and more.
const MiB = 1024 * 1024
const module = new URL('../src/index.ts', import.meta.url).href

describeWith(['apache2', 'openssl'], 'WebDAV: memory', () => {
  test('holds no object whole while 256 MiB go in and out', async () => {
    await using server = await startApache()
    const { host, port, username, password } = server
    const options = { url: `http://${host}:${port}/`, username, password }
    const cost = await measureTransfer({ module, name: 'openWebdavBackend', options }, 256 * MiB)
    expect(cost.received).toBe(256 * MiB)
    expect(cost.peakBytes / MiB).toBeLessThanOrEqual(192)
  })
})
