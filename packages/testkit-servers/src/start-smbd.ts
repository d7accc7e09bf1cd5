import { mkdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'
import { programPath } from './programs.ts'
import { runProgram } from './run-program.ts'
import { createServerFolder } from './server-folder.ts'
import { type RunningServer, startServer } from './start-server.ts'

export interface SmbServer extends RunningServer {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  /** `share`; `enc`, which refuses what is not encrypted; `readonly`; `busy`, which takes one connection. All show the same folder. */
  readonly root: string
}

/** Samba with one user, that of the tests, on a port of its own. */
export async function startSmbd(): Promise<SmbServer> {
  const folder = await createServerFolder('smbd')
  const [port] = (await freePorts(1)) as [number]
  const username = userInfo().username
  const password = 'secret1'
  for (const name of ['private', 'lock', 'state', 'cache', 'pid', 'ncalrpc', 'log', 'share'])
    await mkdir(join(folder, name))
  const root = join(folder, 'share')
  const config = join(folder, 'smb.conf')
  const share = (name: string, ...lines: readonly string[]): string =>
    [`[${name}]`, `path = ${root}`, 'read only = no', `force user = ${username}`, ...lines].join('\n')
  await writeFile(
    config,
    `[global]
workgroup = WORKGROUP
netbios name = TESTSRV
server role = standalone server
map to guest = Never
private dir = ${folder}/private
lock directory = ${folder}/lock
state directory = ${folder}/state
cache directory = ${folder}/cache
pid directory = ${folder}/pid
ncalrpc dir = ${folder}/ncalrpc
passdb backend = tdbsam:${folder}/private/passdb.tdb
smb ports = ${port}
bind interfaces only = yes
interfaces = 127.0.0.1/8
disable netbios = yes
disable spoolss = yes
load printers = no
printing = bsd
printcap name = /dev/null
server min protocol = SMB2_02
server max protocol = SMB3_11
log file = ${folder}/log/smbd.log
${share('share')}
${share('enc', 'smb encrypt = required')}
${share('readonly', 'read only = yes')}
${share('busy', 'max connections = 1')}
`
  )
  await runProgram('pdbedit', ['-s', config, '-t', '-a', '-u', username], `${password}\n${password}\n`)
  const server = await startServer({
    name: 'smbd',
    folder,
    command: [
      programPath('smbd'),
      '--foreground',
      '--no-process-group',
      `--configfile=${config}`,
      '--debug-stdout'
    ],
    ready: { port }
  })
  return { ...server, host: '127.0.0.1', port, username, password, root }
}
