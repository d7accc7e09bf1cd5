import {
  describeWith,
  freshFolders,
  startApache,
  startNginx,
  testNetworkFaults
} from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openWebdavBackend } from '../src/index.ts'

interface Server {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  stop(): Promise<void>
}

function testServer(name: string, start: () => Promise<Server>, isBrief: boolean): void {
  let server: Server
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server.stop())

  const folders = freshFolders((folder, port: number) => {
    const { username, password } = server
    return openWebdavBackend({ url: `http://127.0.0.1:${port}/${folder}`, username, password })
  })

  testNetworkFaults(name, {
    server: () => server,
    open: folders.open,
    look: () => folders.reopen(server.port),
    isBrief
  })
}

describeWith(['apache2', 'openssl'], 'Apache', () => testServer('webdav', startApache, false))
describeWith(['nginx', 'openssl'], 'nginx', () => testServer('webdav on a poor server', startNginx, true))
