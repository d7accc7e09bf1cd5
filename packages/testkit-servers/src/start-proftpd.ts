import { chown, mkdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createCertificate, type TestCertificate } from './certificate.ts'
import { freePortRange } from './free-ports.ts'
import { programPath } from './programs.ts'
import { runProgram } from './run-program.ts'
import { createServerFolder, isRoot } from './server-folder.ts'
import { type RunningServer, startServer } from './start-server.ts'

/**
 * - `explicit` plain, and TLS for those who ask
 * - `implicit` TLS from the first byte
 * - `required` TLS, refused without
 * - `resume` TLS, whose data connections must continue the session of the control connection
 * - `sftp` an SFTP server instead, with password and key
 */
export type ProftpdMode = 'explicit' | 'implicit' | 'required' | 'resume' | 'sftp'

export interface ProftpdOptions {
  readonly mode?: ProftpdMode | undefined
  /**
   * `reserved`: some that no other server of the tests is given. `any`: those that the system gives, for more connections than
   * these would do for. @defaultValue reserved
   */
  readonly passivePorts?: 'reserved' | 'any' | undefined
  /** Bytes that the user may store. @defaultValue no limit */
  readonly quotaBytes?: number | undefined
  /** Lines of configuration besides. */
  readonly directives?: readonly string[] | undefined
}

export interface ProftpdServer extends RunningServer {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  readonly certificate: TestCertificate
  /** The home of the user on this machine. */
  readonly root: string
  /** The same folder as the client sees it. */
  readonly home: string
  /** `sftp` only: the private key of the user. */
  readonly keyFile: string
}

const PASSIVE_PORTS = 60

export async function startProftpd({
  mode = 'explicit',
  passivePorts = 'reserved',
  quotaBytes,
  directives = []
}: ProftpdOptions = {}): Promise<ProftpdServer> {
  const folder = await createServerFolder('proftpd')
  const port = await freePortRange(PASSIVE_PORTS + 1)
  const [username, password] = ['backup1', 'secret1']
  const root = join(folder, 'root')
  for (const path of [root, join(folder, 'run')]) await mkdir(path)
  const [user, group, uid, gid] = await owner()
  if (isRoot()) await chown(root, uid, gid)
  const hash = (await runProgram('openssl', ['passwd', '-6', '-stdin'], password)).trim()
  await writeFile(join(folder, 'passwd'), `${username}:${hash}:${uid}:${gid}::${root}:/bin/false\n`, {
    mode: 0o600
  })
  await writeFile(join(folder, 'group'), `${group}:x:${gid}:\n`, { mode: 0o600 })
  const certificate = await createCertificate(folder)
  const keyFile = join(folder, 'id')
  const special =
    mode === 'sftp' ? await sftpDirectives(folder, keyFile) : tlsDirectives(folder, certificate, mode)
  await writeFile(
    join(folder, 'proftpd.conf'),
    `LoadModule mod_${mode === 'sftp' ? 'sftp' : 'tls'}.c
ServerType standalone
ServerName test
DefaultAddress 127.0.0.1
Port ${port}
SocketBindTight on
UseIPv6 off
UseReverseDNS off
User ${user}
Group ${group}
PidFile ${folder}/run/pid
ScoreboardFile ${folder}/run/score
ControlsEngine off
DelayEngine off
WtmpLog off
TransferLog none
SystemLog ${folder}/run/log
RequireValidShell off
AuthOrder mod_auth_file.c
AuthUserFile ${folder}/passwd
AuthGroupFile ${folder}/group
${isRoot() ? 'DefaultRoot ~' : `DefaultChdir ${root}`}
MaxInstances 100
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
Umask 022
${passivePorts === 'any' ? '' : `PassivePorts ${port + 1} ${port + PASSIVE_PORTS}`}
${special.join('\n')}
${quotaBytes === undefined ? '' : await quotaDirectives(folder, username, quotaBytes)}
${directives.join('\n')}
`
  )
  const server = await startServer({
    name: 'ProFTPD',
    folder,
    command: [programPath('proftpd'), '-n', '-q', '-c', join(folder, 'proftpd.conf')],
    ready: { port }
  })
  const home = isRoot() ? '' : root
  return { ...server, host: '127.0.0.1', port, username, password, certificate, root, home, keyFile }
}

async function owner(): Promise<[user: string, group: string, uid: number, gid: number]> {
  if (isRoot()) return ['nobody', 'nogroup', 65_534, 65_534]
  const { username, uid, gid } = userInfo()
  const group = (await runProgram('id', ['-gn'])).trim()
  return [username, group, uid, gid]
}

function tlsDirectives(folder: string, certificate: TestCertificate, mode: ProftpdMode): string[] {
  const options = [
    mode === 'resume' ? 'NoEmptyFragments' : 'NoSessionReuseRequired',
    ...(mode === 'implicit' ? ['UseImplicitSSL'] : [])
  ]
  return [
    'TLSEngine on',
    'TLSProtocol TLSv1.2 TLSv1.3',
    `TLSRSACertificateFile ${certificate.certificateFile}`,
    `TLSRSACertificateKeyFile ${certificate.keyFile}`,
    `TLSCACertificateFile ${certificate.certificateFile}`, // else each login reads all authorities of the system
    'TLSVerifyClient off',
    `TLSRequired ${mode === 'required' || mode === 'resume' ? 'on' : 'off'}`,
    `TLSOptions ${options.join(' ')}`,
    `TLSLog ${folder}/run/tls.log`
  ]
}

/** The program that makes its tables comes with it. */
async function quotaDirectives(folder: string, username: string, bytes: number): Promise<string> {
  const table = async (type: 'limit' | 'tally', ...args: readonly string[]): Promise<string> => {
    const file = join(folder, `${type}.table`)
    await runProgram('/usr/sbin/ftpquota', [...args, `--type=${type}`, `--table-path=${file}`])
    return file
  }
  await table('tally', '--create-table')
  await table('limit', '--create-table')
  const record = ['--add-record', `--name=${username}`, '--quota-type=user', '--limit-type=hard']
  const limits = await table('limit', ...record, `--bytes-upload=${bytes}`, '--units=byte')
  return `LoadModule mod_quotatab.c
LoadModule mod_quotatab_file.c
QuotaEngine on
QuotaLimitTable file:${limits}
QuotaTallyTable file:${folder}/tally.table`
}

/** The host key must be RSA in the old PEM form, and the user's key in that of RFC 4716. */
async function sftpDirectives(folder: string, keyFile: string): Promise<string[]> {
  const keygen = programPath('ssh-keygen')
  await runProgram(keygen, ['-q', '-t', 'ed25519', '-N', '', '-f', keyFile])
  await runProgram(keygen, [
    '-q',
    '-t',
    'rsa',
    '-b',
    '2048',
    '-m',
    'PEM',
    '-N',
    '',
    '-f',
    join(folder, 'hostkey')
  ])
  await writeFile(join(folder, 'authorized'), await runProgram(keygen, ['-e', '-f', `${keyFile}.pub`]))
  return [
    'SFTPEngine on',
    `SFTPHostKey ${folder}/hostkey`,
    'SFTPAuthMethods publickey password',
    `SFTPAuthorizedUserKeys file:${folder}/authorized`,
    `SFTPLog ${folder}/run/sftp.log`
  ]
}
