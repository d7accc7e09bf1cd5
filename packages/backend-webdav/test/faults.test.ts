import { randomUUID } from 'node:crypto'
import type { StorageBackend } from '@tercet/interface'
import { type ApacheServer, describeWith, startApache, testNetworkFaults } from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openWebdavBackend } from '../src/index.ts'

describeWith(['apache2', 'openssl'], 'Apache', () => {
  let server: ApacheServer
  let folder = ''
  beforeAll(async () => {
    server = await startApache()
  })
  afterAll(() => server.stop())

  const openAt = (port: number): Promise<StorageBackend> => {
    const { username, password } = server
    return openWebdavBackend({ url: `http://127.0.0.1:${port}/${folder}`, username, password })
  }

  testNetworkFaults('webdav', {
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
