import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCertificate, type TestCertificate } from './certificate.ts'
import { freePortRange } from './free-ports.ts'
import { programPath, UNPACKED } from './programs.ts'
import { createServerFolder } from './server-folder.ts'
import { type RunningServer, startServer } from './start-server.ts'

export interface VsftpdServer extends RunningServer {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  readonly certificate: TestCertificate
  /** A folder that the user may write to, on this machine. */
  readonly root: string
  /** The same folder as the client sees it. */
  readonly home: string
}

const PASSIVE_PORTS = 60
/** A user whose home exists, which it insists on, too. */
const OWNER = { name: 'daemon', id: 1 }

/**
 * An FTP server without MLSD, plain, and with TLS for those who ask, whose data must continue the session of the commands.
 * Needs root. Its user is the anonymous one, for whom it knows passwords of its own; those of others are asked of PAM, which
 * is the system's.
 */
export async function startVsftpd(): Promise<VsftpdServer> {
  const folder = await createServerFolder('vsftpd')
  const port = await freePortRange(PASSIVE_PORTS + 1)
  const root = join(folder, 'root', 'data')
  await mkdir(root, { recursive: true }) // it insists on a top that nobody may write to
  await chown(root, OWNER.id, OWNER.id)
  await mkdir(join(folder, 'empty'))
  const password = 'secret1'
  await writeFile(join(folder, 'passwords'), `${password}\n`)
  const certificate = await createCertificate(folder)
  const config = join(folder, 'vsftpd.conf')
  await writeFile(config, configOf(folder, port, certificate))
  const server = await startServer({
    name: 'vsftpd',
    folder,
    command: [programPath('vsftpd'), config],
    environment: {
      LD_LIBRARY_PATH: ['usr/lib', 'lib'].map((each) => join(UNPACKED, each, 'x86_64-linux-gnu')).join(':')
    },
    ready: { port }
  })
  return {
    ...server,
    host: '127.0.0.1',
    port,
    username: 'anonymous',
    password,
    certificate,
    root,
    home: '/data'
  }
}

function configOf(folder: string, port: number, { certificateFile, keyFile }: TestCertificate): string {
  return `listen=YES
background=NO
listen_address=127.0.0.1
listen_port=${port}
pasv_address=127.0.0.1
pasv_min_port=${port + 1}
pasv_max_port=${port + PASSIVE_PORTS}
anonymous_enable=YES
ftp_username=${OWNER.name}
anon_root=${folder}/root
secure_email_list_enable=YES
email_password_file=${folder}/passwords
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
delay_failed_login=0
secure_chroot_dir=${folder}/empty
isolate=NO
isolate_network=NO
seccomp_sandbox=NO
xferlog_enable=NO
ssl_enable=YES
allow_anon_ssl=YES
require_ssl_reuse=YES
rsa_cert_file=${certificateFile}
rsa_private_key_file=${keyFile}
`
}
