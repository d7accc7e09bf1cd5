import { readFileSync } from 'node:fs'
import { describeWith, measureTransfer, startSshd } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'

// An object that was held whole would take 330 and more.
const MiB = 1024 * 1024
const module = new URL('../src/index.ts', import.meta.url).href

describeWith(['sshd', 'ssh-keygen'], 'SFTP: memory', () => {
  test('holds no object whole while 256 MiB go in and out', async () => {
    await using server = await startSshd()
    const { host, port, username, root, keyFile, hostKeyFingerprint } = server
    const options = {
      host,
      port,
      username,
      path: root,
      privateKey: readFileSync(keyFile, 'utf8'),
      hostKeys: [hostKeyFingerprint]
    }
    const cost = await measureTransfer({ module, name: 'openSftpBackend', options }, 256 * MiB)
    expect(cost.received).toBe(256 * MiB)
    expect(cost.peakBytes / MiB).toBeLessThanOrEqual(192)
  })
})
