import { readFileSync } from 'node:fs'
import { testStorageBackend } from '@tercet/testkit-backend'
import {
  describeWith,
  FEW,
  freshFolders,
  type ProftpdServer,
  type SshServer,
  startProftpd,
  startSshd
} from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openSftpBackend } from '../src/index.ts'

describeWith(['sshd', 'ssh-keygen'], 'OpenSSH', () => {
  let server: SshServer
  beforeAll(async () => {
    server = await startSshd()
  })
  afterAll(() => server.stop())

  testStorageBackend('sftp', {
    ...freshFolders((folder) =>
      openSftpBackend({
        host: server.host,
        port: server.port,
        path: `${server.root}/${folder}`,
        username: server.username,
        privateKey: readFileSync(server.keyFile, 'utf8'),
        hostKeys: [server.hostKeyFingerprint]
      })
    ),
    manyEntries: 320, // servers tell a hundred at once
    capabilities: { atomicPut: true, conditionalPut: true, rename: true, serverSideCopy: true, quota: true }
  })
})

describeWith(['proftpd', 'openssl', 'ssh-keygen'], 'ProFTPD', () => {
  let server: ProftpdServer
  beforeAll(async () => {
    server = await startProftpd({ mode: 'sftp' })
  })
  afterAll(() => server.stop())

  testStorageBackend('sftp with a password on another server', {
    ...freshFolders((folder) =>
      openSftpBackend({
        host: server.host,
        port: server.port,
        path: `${server.home}/${folder}`,
        username: server.username,
        password: server.password,
        acceptAnyHostKey: true
      })
    ),
    ...FEW
  })
})
