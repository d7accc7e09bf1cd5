import { createHash } from 'node:crypto'
import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCertificate, type TestCertificate } from './certificate.ts'
import { freePorts } from './free-ports.ts'
import { programPath } from './programs.ts'
import { runProgram } from './run-program.ts'
import { createServerFolder, isRoot } from './server-folder.ts'
import { type RunningServer, startServer } from './start-server.ts'

export interface ApacheServer extends RunningServer {
  readonly host: string
  /** Basic authentication below `/`, digest authentication below `/digest`. */
  readonly port: number
  /** The same over TLS. */
  readonly tlsPort: number
  readonly username: string
  readonly password: string
  readonly certificate: TestCertificate
  /** The folder that `/` shows. */
  readonly root: string
}

const MODULES = [
  ...['mpm_event', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic', 'auth_digest'],
  ...['dav', 'dav_fs', 'dav_lock', 'setenvif', 'mime', 'socache_shmcb', 'ssl', 'alias', 'headers', 'rewrite']
]

/**
 * A WebDAV server: Apache with mod_dav_fs. Besides the shares there are places with one trouble each: `/redirect/…` leads
 * to the same path without `/redirect`, `/away/…` to another host, `/forbidden/…` denies, `/full/…` has no space,
 * `/busy/…` asks to come back in 7 seconds.
 */
export async function startApache(): Promise<ApacheServer> {
  const folder = await createServerFolder('apache')
  const [port, tlsPort] = (await freePorts(2)) as [number, number]
  const [username, password] = ['backup1', 'secret1']
  const root = join(folder, 'dav')
  const run = join(folder, 'run')
  for (const path of [root, join(root, 'digest'), run]) {
    await mkdir(path)
    if (isRoot()) await chown(path, 65_534, 65_534)
  }
  const certificate = await createCertificate(folder)
  const basic = (await runProgram('openssl', ['passwd', '-apr1', '-stdin'], password)).trim()
  const digest = createHash('md5').update(`${username}:dav:${password}`).digest('hex')
  await writeFile(join(folder, 'htpasswd'), `${username}:${basic}\n`)
  await writeFile(join(folder, 'htdigest'), `${username}:dav:${digest}\n`)
  const modules = MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  await writeFile(
    join(folder, 'httpd.conf'),
    `${modules.join('\n')}
ServerRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${port}
Listen 127.0.0.1:${tlsPort}
PidFile ${run}/httpd.pid
DefaultRuntimeDir ${run}
ErrorLog ${run}/error.log
LogLevel warn
Mutex pthread
TypesConfig /dev/null
User nobody
Group nogroup
DocumentRoot ${root}
LimitRequestBody 0
DavLockDB ${run}/DavLock
StartServers 1
ServerLimit 2
ThreadsPerChild 32
MaxRequestWorkers 64
KeepAliveTimeout 60
MaxKeepAliveRequests 0
<Location />
  DAV On
  DavDepthInfinity on
  AuthType Basic
  AuthName dav
  AuthBasicProvider file
  AuthUserFile ${folder}/htpasswd
  Require valid-user
</Location>
<Location /digest>
  AuthType Digest
  AuthName dav
  AuthDigestProvider file
  AuthUserFile ${folder}/htdigest
  Require valid-user
</Location>
<Location /forbidden>
  Require all denied
</Location>
Redirect 307 /away https://elsewhere.invalid
RewriteEngine on
RewriteRule ^/redirect/(.*)$ http://127.0.0.1:${port}/$1 [R=307,L]
RewriteRule ^/full/ - [R=507,L]
RewriteRule ^/busy/ - [R=503,L]
<Location /busy>
  Header always set Retry-After 7
</Location>
<VirtualHost 127.0.0.1:${tlsPort}>
  SSLEngine on
  SSLCertificateFile ${certificate.certificateFile}
  SSLCertificateKeyFile ${certificate.keyFile}
</VirtualHost>
`
  )
  const server = await startServer({
    name: 'Apache',
    folder,
    command: [programPath('apache2'), '-f', join(folder, 'httpd.conf'), '-DFOREGROUND'],
    ready: { port }
  })
  return { ...server, host: '127.0.0.1', port, tlsPort, username, password, certificate, root }
}
