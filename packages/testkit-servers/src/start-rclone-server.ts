import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'
import { programPath } from './programs.ts'
import { runProgram } from './run-program.ts'
import { createServerFolder } from './server-folder.ts'
import { type RunningServer, startServer } from './start-server.ts'

export interface RcloneServer extends RunningServer {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  /** What it serves, on this machine. */
  readonly root: string
}

/** rclone as a server: an implementation of each protocol that does less than others, and says other things. */
export async function startRcloneServer(protocol: 'sftp' | 'webdav'): Promise<RcloneServer> {
  const folder = await createServerFolder(`rclone-${protocol}`)
  const [port] = (await freePorts(1)) as [number]
  const [username, password] = ['backup1', 'secret1']
  const root = join(folder, 'root')
  await mkdir(root)
  const key = join(folder, 'hostkey')
  const more = protocol === 'sftp' ? ['--key', key] : ['--dir-cache-time', '0']
  if (protocol === 'sftp')
    await runProgram(programPath('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  const options = ['--addr', `127.0.0.1:${port}`, '--user', username, '--pass', password, ...more]
  const server = await startServer({
    name: 'rclone',
    folder,
    command: [programPath('rclone'), 'serve', protocol, ...options, root],
    environment: { RCLONE_CONFIG: join(folder, 'rclone.conf'), HOME: folder },
    ready: { port }
  })
  return { ...server, host: '127.0.0.1', port, username, password, root }
}
