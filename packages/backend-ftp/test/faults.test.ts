import {
  describeWith,
  freshFolders,
  type NetworkTarget,
  startProftpd,
  startVsftpd,
  testNetworkFaults
} from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openFtpBackend } from '../src/index.ts'
import { createDataProxy } from './support/data-proxy.ts'

interface Server {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  readonly home: string
  stop(): Promise<void>
}

function testServer(name: string, start: () => Promise<Server>, more: Partial<NetworkTarget> = {}): void {
  let server: Server
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server.stop())

  const folders = freshFolders((folder, port: number) => {
    const { host, username, password, home } = server
    return openFtpBackend({ host, port, username, password, path: `${home}/${folder}` })
  })

  const target: NetworkTarget = {
    server: () => server,
    open: folders.open,
    look: () => folders.reopen(server.port)
  }
  testNetworkFaults(`${name}, its commands`, { ...target, isControlOnly: true })
  testNetworkFaults(`${name}, its data`, { ...target, proxy: createDataProxy, isDataOnly: true, ...more })
}

describeWith(['proftpd', 'openssl'], 'ProFTPD', () => testServer('ftp', startProftpd))
// A listing of the old kind that ends early in good order cannot be told from a whole one.
describeWith(['vsftpd', 'openssl'], 'vsftpd', () =>
  testServer('ftp on another server', startVsftpd, { isBrief: true, without: ['close', 'half-close'] })
)
