import { randomUUID } from 'node:crypto'
import type { StorageBackend } from '@tercet/interface'
import { type BackendTarget, testStorageBackend } from '@tercet/testkit-backend'
import { describeWith, type SmbServer, startSmbd } from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openSmbBackend, type SmbBackendOptions } from '../src/index.ts'

/** Of these a server tells some hundred at once. */
const SOME = { manyEntries: 640 }
/** What the first of these suites has seen in great number. */
const FEW = { manyEntries: 50, sequences: 3 }

describeWith(['smbd', 'smbclient'], 'Samba', () => {
  let server: SmbServer
  let folder = ''
  beforeAll(async () => {
    server = await startSmbd()
  })
  afterAll(() => server.stop())

  function testShare(name: string, more: Partial<SmbBackendOptions>, target: Partial<BackendTarget>): void {
    const reopen = (): Promise<StorageBackend> => {
      const { host, port, username, password } = server
      return openSmbBackend({ host, port, username, password, share: 'share', path: folder, ...more })
    }
    testStorageBackend(`smb ${name}`, {
      open: async () => {
        folder = randomUUID()
        const backend = await reopen()
        await backend.createFolder('')
        return backend
      },
      reopen,
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
