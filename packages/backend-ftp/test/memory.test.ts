import { describeWith, measureTransfer, startProftpd } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'

// An object that was held whole would take 330 and more.
const MiB = 1024 * 1024
const module = new URL('../src/index.ts', import.meta.url).href

describeWith(['proftpd', 'openssl'], 'FTP: memory', () => {
  test('holds no object whole while 256 MiB go in and out', async () => {
    await using server = await startProftpd()
    const { host, port, username, password, home } = server
    const options = { host, port, username, password, path: home }
    const cost = await measureTransfer({ module, name: 'openFtpBackend', options }, 256 * MiB)
    expect(cost.received).toBe(256 * MiB)
    expect(cost.peakBytes / MiB).toBeLessThanOrEqual(192)
  })
})
