import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { StorageBackend } from '@tercet/interface'
import { describeWith, type SshServer, startSshd, testNetworkFaults } from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openSftpBackend } from '../src/index.ts'

describeWith(['sshd', 'ssh-keygen'], 'OpenSSH', () => {
  let server: SshServer
  let folder = ''
  beforeAll(async () => {
    server = await startSshd()
  })
  afterAll(() => server.stop())

  const openAt = (port: number): Promise<StorageBackend> =>
    openSftpBackend({
      host: server.host,
      port,
      path: `${server.root}/${folder}`,
      username: server.username,
      privateKey: readFileSync(server.keyFile, 'utf8'),
      hostKeys: [server.hostKeyFingerprint]
    })

  testNetworkFaults('sftp', {
    server: () => server,
    open: async (port) => {
      folder = randomUUID()
      const backend = await openAt(port)
      await backend.createFolder('')
      return backend
    },
    look: () => openAt(server.port)
  })
})
