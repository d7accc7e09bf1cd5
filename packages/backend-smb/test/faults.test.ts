import {
  describeWith,
  freshFolders,
  type SmbServer,
  startSmbd,
  testNetworkFaults
} from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openSmbBackend } from '../src/index.ts'

describeWith(['smbd', 'smbclient'], 'Samba', () => {
  let server: SmbServer
  beforeAll(async () => {
    server = await startSmbd()
  })
  afterAll(() => server.stop())

  const folders = freshFolders((path, port: number) => {
    const { host, username, password } = server
    return openSmbBackend({ host, port, username, password, share: 'share', path })
  })

  testNetworkFaults('smb', {
    server: () => server,
    open: folders.open,
    look: () => folders.reopen(server.port)
  })
})
