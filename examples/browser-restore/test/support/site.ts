import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openFixture } from '@tercet/testkit-data'
import {
  createServerFolder,
  freePorts,
  programPath,
  type RunningServer,
  startServer
} from '@tercet/testkit-servers'

export interface Site extends RunningServer {
  readonly url: string
  /** The folder that `/` shows. */
  readonly root: string
}

/** nginx with the page and the destinations of fixtures: folders are listed as HTML, below `/json/` as JSON. */
export async function startSite(html: string, fixtures: readonly string[]): Promise<Site> {
  const folder = await createServerFolder('site')
  const [port] = (await freePorts(1)) as [number]
  const root = join(folder, 'site')
  mkdirSync(root)
  writeFileSync(join(root, 'restore.html'), html)
  for (const name of fixtures) cpSync(openFixture(name).destination, join(root, name), { recursive: true })
  for (const path of [folder, root]) chmodSync(path, 0o755)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`
  )
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off;
worker_processes 1;
error_log stderr warn;
pid ${folder}/pid;
events { worker_connections 64; }
http {
  access_log off;
  types { text/html html; }
  default_type application/octet-stream;
  ${temporary.join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    root ${root};
    location / { autoindex on; }
    location /json/ { alias ${root}/; autoindex on; autoindex_format json; }
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
  return { ...server, url: `http://127.0.0.1:${port}/`, root }
}
