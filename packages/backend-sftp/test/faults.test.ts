import { readFileSync } from 'node:fs'
import {
  describeWith,
  freshFolders,
  startProftpd,
  startSshd,
  testNetworkFaults
} from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openSftpBackend, type SftpBackendOptions } from '../src/index.ts'

interface Server {
  readonly host: string
  readonly port: number
  readonly username: string
  stop(): Promise<void>
}

function testServer<Kind extends Server>(
  name: string,
  start: () => Promise<Kind>,
  more: (server: Kind) => Partial<SftpBackendOptions> & { readonly path: string },
  isBrief: boolean
): void {
  let server: Kind
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server.stop())

  const folders = freshFolders((folder, port: number) => {
    const { host, username } = server
    const { path, ...login } = more(server)
    return openSftpBackend({ host, port, username, ...login, path: `${path}/${folder}` })
  })

  testNetworkFaults(name, {
    server: () => server,
    open: folders.open,
    look: () => folders.reopen(server.port),
    isBrief
  })
}

describeWith(['sshd', 'ssh-keygen'], 'OpenSSH', () =>
  testServer(
    'sftp',
    startSshd,
    ({ root: path, keyFile, hostKeyFingerprint }) => ({
      path,
      privateKey: readFileSync(keyFile, 'utf8'),
      hostKeys: [hostKeyFingerprint]
    }),
    false
  )
)
describeWith(['proftpd', 'openssl', 'ssh-keygen'], 'ProFTPD', () =>
  testServer(
    'sftp on another server',
    () => startProftpd({ mode: 'sftp' }),
    ({ home: path, password }) => ({ path, password, acceptAnyHostKey: true }),
    true
  )
)
