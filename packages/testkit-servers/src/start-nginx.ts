import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'
import { programPath } from './programs.ts'
import { runProgram } from './run-program.ts'
import { createServerFolder, isRoot } from './server-folder.ts'
import { type RunningServer, startServer } from './start-server.ts'

export interface NginxServer extends RunningServer {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  readonly root: string
}

/**
 * A poor WebDAV server: nginx with its own methods and those of dav-ext. It ignores conditions, has no tags in listings,
 * refuses listings without a limit of depth, and answers 500 where a folder is missing. Files above 300 MB are refused.
 */
export async function startNginx(): Promise<NginxServer> {
  const folder = await createServerFolder('nginx')
  const [port] = (await freePorts(1)) as [number]
  const [username, password] = ['backup1', 'secret1']
  const root = join(folder, 'dav')
  for (const path of [root, join(folder, 'temporary')]) {
    await mkdir(path)
    if (isRoot()) await chown(path, 65_534, 65_534)
  }
  const hash = (await runProgram('openssl', ['passwd', '-apr1', '-stdin'], password)).trim()
  await writeFile(join(folder, 'htpasswd'), `${username}:${hash}\n`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/temporary/${name};`
  )
  await writeFile(
    join(folder, 'nginx.conf'),
    `load_module /usr/lib/nginx/modules/ngx_http_dav_ext_module.so;
${isRoot() ? 'user nobody nogroup;' : ''}
daemon off;
worker_processes 1;
error_log stderr warn;
pid ${folder}/pid;
events { worker_connections 256; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  dav_ext_lock_zone zone=locks:1m;
  server {
    listen 127.0.0.1:${port};
    root ${root};
    client_max_body_size 300m;
    location / {
      dav_methods PUT DELETE MKCOL COPY MOVE;
      dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK;
      dav_ext_lock zone=locks;
      auth_basic dav;
      auth_basic_user_file ${folder}/htpasswd;
    }
  }
}
`
  )
  const server = await startServer({
    name: 'nginx',
    folder,
    command: [programPath('nginx'), '-p', folder, '-c', join(folder, 'nginx.conf')],
    ready: { port }
  })
  return { ...server, host: '127.0.0.1', port, username, password, root }
}
