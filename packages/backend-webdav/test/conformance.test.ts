import { type BackendTarget, testStorageBackend } from '@tercet/testkit-backend'
import {
  type ApacheServer,
  describeWith,
  FEW,
  freshFolders,
  type NginxServer,
  startApache,
  startNginx
} from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openWebdavBackend } from '../src/index.ts'

/** A listing comes as a whole, so that nothing special is at a thousand. */
const SOME = { manyEntries: 320 }

/** A folder of its own for each case. */
function testFolders(
  name: string,
  url: () => string,
  more: () => object,
  target: Partial<BackendTarget> = {}
): void {
  testStorageBackend(name, {
    ...freshFolders((folder) => openWebdavBackend({ url: `${url()}/${folder}`, ...more() })),
    ...target,
    capabilities: { atomicPut: true, rename: true, serverSideCopy: true, rangedGet: true }
  })
}

describeWith(['apache2', 'openssl'], 'Apache', () => {
  let server: ApacheServer
  beforeAll(async () => {
    server = await startApache()
  })
  afterAll(() => server.stop())
  const login = (): object => ({ username: server.username, password: server.password })
  testFolders('webdav with basic authentication', () => `http://127.0.0.1:${server.port}`, login, SOME)
  testFolders('webdav with digest authentication', () => `http://127.0.0.1:${server.port}/digest`, login, FEW)
  testFolders(
    'webdav over TLS',
    () => `https://localhost:${server.tlsPort}/a folder/50%25`,
    () => ({ ...login(), trust: { ca: server.certificate.pem } }),
    FEW
  )
})

describeWith(['nginx', 'openssl'], 'nginx', () => {
  let server: NginxServer
  beforeAll(async () => {
    server = await startNginx()
  })
  afterAll(() => server.stop())
  testFolders(
    'webdav on a poor server',
    () => `http://127.0.0.1:${server.port}`,
    () => ({ username: server.username, password: server.password }),
    { ...FEW, impossibleNames: (name) => name.startsWith('.') } // it does not list them
  )
})
