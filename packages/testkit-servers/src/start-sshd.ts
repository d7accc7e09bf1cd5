import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'
import { programPath } from './programs.ts'
import { runProgram } from './run-program.ts'
import { createServerFolder, isRoot } from './server-folder.ts'
import { type RunningServer, startServer } from './start-server.ts'

export interface SshServer extends RunningServer {
  readonly host: string
  readonly port: number
  /** The user that runs the tests; logs in with a key. */
  readonly username: string
  readonly keyFile: string
  /** The same key, encrypted. */
  readonly encryptedKeyFile: string
  readonly keyPassphrase: string
  /** As `ssh-keygen -l` prints it: `SHA256:…`. */
  readonly hostKeyFingerprint: string
  /** Base64 of the public host key. */
  readonly hostKey: string
  /** A folder for files, the same on both sides. */
  readonly root: string
}

/** OpenSSH with its own SFTP server; takes the key of the user that runs the tests. Of its directives the first counts. */
export async function startSshd(directives: readonly string[] = []): Promise<SshServer> {
  const folder = await createServerFolder('sshd')
  const [port] = (await freePorts(1)) as [number]
  const root = join(folder, 'root')
  await mkdir(root)
  if (isRoot()) await mkdir('/run/sshd', { recursive: true })
  const keygen = programPath('ssh-keygen')
  const path = (name: string): string => join(folder, name)
  const keyPassphrase = 'key secret'
  for (const name of ['id', 'hostkey'])
    await runProgram(keygen, ['-q', '-t', 'ed25519', '-N', '', '-f', path(name)])
  await copyFile(path('id.pub'), path('authorized_keys'))
  await copyFile(path('id'), path('id-encrypted'))
  await runProgram(keygen, ['-q', '-p', '-P', '', '-N', keyPassphrase, '-f', path('id-encrypted')])
  await writeFile(
    path('sshd_config'),
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${path('hostkey')}
AuthorizedKeysFile ${path('authorized_keys')}
PidFile none
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
${directives.join('\n')}
MaxStartups 100
MaxSessions 100
Subsystem sftp internal-sftp
LogLevel ERROR
`
  )
  const fingerprint = await runProgram(keygen, ['-l', '-f', path('hostkey.pub')])
  const server = await startServer({
    name: 'sshd',
    folder,
    command: [programPath('sshd'), '-D', '-e', '-f', path('sshd_config')],
    ready: { port }
  })
  return {
    ...server,
    host: '127.0.0.1',
    port,
    username: userInfo().username,
    keyFile: path('id'),
    encryptedKeyFile: path('id-encrypted'),
    keyPassphrase,
    hostKeyFingerprint: /SHA256:\S+/.exec(fingerprint)?.[0] ?? '',
    hostKey: (await readFile(path('hostkey.pub'), 'utf8')).split(' ')[1] ?? '',
    root
  }
}
