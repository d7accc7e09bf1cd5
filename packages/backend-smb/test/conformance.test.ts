import { type BackendTarget, testStorageBackend } from '@tercet/testkit-backend'
import { describeWith, FEW, freshFolders, type SmbServer, startSmbd } from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openSmbBackend, type SmbBackendOptions } from '../src/index.ts'

/** Of these a server tells some hundred at once. */
const SOME = { manyEntries: 640 }

describeWith(['smbd', 'smbclient'], 'Samba', () => {
  let server: SmbServer
  beforeAll(async () => {
    server = await startSmbd()
  })
  afterAll(() => server.stop())

  function testShare(name: string, more: Partial<SmbBackendOptions>, target: Partial<BackendTarget>): void {
    testStorageBackend(`smb ${name}`, {
      ...freshFolders((path) => {
        const { host, port, username, password } = server
        return openSmbBackend({ host, port, username, password, share: 'share', path, ...more })
      }),
      impossibleNames: (each) => /["*:<>?|]|[. ]$/.test(each),
      ...target
    })
  }

  testShare(
    'signed',
    {},
    {
      ...SOME,
      capabilities: {
        atomicPut: true,
        conditionalPut: true,
        rename: true,
        serverSideCopy: true,
        rangedGet: true
      }
    }
  )
  testShare('encrypted', { share: 'enc', encrypt: true }, FEW)
})
