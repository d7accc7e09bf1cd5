import { randomUUID } from 'node:crypto'
import type { StorageBackend } from '@tercet/interface'
import { describeWith, type SmbServer, startSmbd, testNetworkFaults } from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openSmbBackend } from '../src/index.ts'

describeWith(['smbd', 'smbclient'], 'Samba', () => {
  let server: SmbServer
  let folder = ''
  beforeAll(async () => {
    server = await startSmbd()
  })
  afterAll(() => server.stop())

  const openAt = (port: number): Promise<StorageBackend> => {
    const { host, username, password } = server
    return openSmbBackend({ host, port, username, password, share: 'share', path: folder })
  }

  testNetworkFaults('smb', {
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
