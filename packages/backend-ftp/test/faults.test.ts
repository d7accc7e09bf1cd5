import { randomUUID } from 'node:crypto'
import type { StorageBackend } from '@tercet/interface'
import {
  describeWith,
  type NetworkTarget,
  type ProftpdServer,
  startProftpd,
  testNetworkFaults
} from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openFtpBackend } from '../src/index.ts'
import { createDataProxy } from './support/data-proxy.ts'

describeWith(['proftpd', 'openssl'], 'ProFTPD', () => {
  let server: ProftpdServer
  let folder = ''
  beforeAll(async () => {
    server = await startProftpd()
  })
  afterAll(() => server.stop())

  const openAt = (port: number): Promise<StorageBackend> => {
    const { host, username, password, home } = server
    return openFtpBackend({ host, port, username, password, path: `${home}/${folder}` })
  }

  const target: NetworkTarget = {
    server: () => server,
    open: async (port) => {
      folder = randomUUID()
      const backend = await openAt(port)
      await backend.createFolder('')
      return backend
    },
    look: () => openAt(server.port)
  }
  testNetworkFaults('ftp, its commands', { ...target, isControlOnly: true })
  testNetworkFaults('ftp, its data', { ...target, proxy: createDataProxy, isDataOnly: true })
})
