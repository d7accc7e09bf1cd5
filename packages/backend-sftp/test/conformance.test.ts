import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { StorageBackend } from '@tercet/interface'
import { testStorageBackend } from '@tercet/testkit-backend'
import {
  describeWith,
  type ProftpdServer,
  type SshServer,
  startProftpd,
  startSshd
} from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openSftpBackend } from '../src/index.ts'

describeWith(['sshd', 'ssh-keygen'], 'OpenSSH', () => {
  let server: SshServer
  let folder = ''
  beforeAll(async () => {
    server = await startSshd()
  })
  afterAll(() => server.stop())

  const reopen = (): Promise<StorageBackend> =>
    openSftpBackend({
      host: server.host,
      port: server.port,
      path: `${server.root}/${folder}`,
      username: server.username,
      privateKey: readFileSync(server.keyFile, 'utf8'),
      hostKeys: [server.hostKeyFingerprint]
    })
  testStorageBackend('sftp', {
    open: async () => {
      folder = randomUUID()
      const backend = await reopen()
      await backend.createFolder('')
      return backend
    },
    reopen,
    manyEntries: 320, // servers tell a hundred at once
    capabilities: { atomicPut: true, conditionalPut: true, rename: true, serverSideCopy: true, quota: true }
  })
})

describeWith(['proftpd', 'openssl', 'ssh-keygen'], 'ProFTPD', () => {
  let server: ProftpdServer
  let folder = ''
  beforeAll(async () => {
    server = await startProftpd({ mode: 'sftp' })
  })
  afterAll(() => server.stop())

  const reopen = (): Promise<StorageBackend> =>
    openSftpBackend({
      host: server.host,
      port: server.port,
      path: `${server.home}/${folder}`,
      username: server.username,
      password: server.password,
      acceptAnyHostKey: true
    })
  testStorageBackend('sftp with a password on another server', {
    open: async () => {
      folder = randomUUID()
      const backend = await reopen()
      await backend.createFolder('')
      return backend
    },
    reopen,
    manyEntries: 50,
    sequences: 3
  })
})
