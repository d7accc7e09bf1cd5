import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createCertificate, type TestCertificate } from './certificate.ts'
import { createServerFolder } from './server-folder.ts'
import { type RunningServer, startServer } from './start-server.ts'

export interface AzuriteServer extends RunningServer {
  /** With the name of the account, as the client wants it. */
  readonly endpoint: string
  readonly port: number
  readonly certificate: TestCertificate | undefined
  readonly account: string
  /** Public: every copy of the program has it. */
  readonly accountKey: string
}

const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/** Microsoft's own double of Azure Blob Storage, with everything in memory. With TLS it takes tokens of Entra ID, too. */
export async function startAzurite(options: { readonly tls?: boolean } = {}): Promise<AzuriteServer> {
  const folder = await createServerFolder('azurite')
  const certificate = options.tls ? await createCertificate(folder) : undefined
  const root = dirname(createRequire(import.meta.url).resolve('azurite/package.json'))
  const tls =
    certificate === undefined
      ? []
      : ['--cert', certificate.certificateFile, '--key', certificate.keyFile, '--oauth', 'basic']
  const server = await startServer({
    name: 'azurite',
    folder,
    command: [
      process.execPath,
      join(root, 'dist/src/blob/main.js'),
      ...['--blobHost', '127.0.0.1', '--blobPort', '0', '--inMemoryPersistence'],
      ...['--silent', '--disableTelemetry', '--skipApiVersionCheck', ...tls]
    ],
    environment: { NODE_OPTIONS: undefined },
    ready: { output: /successfully listens on https?:\/\/127\.0\.0\.1:(\d+)/ }
  })
  const account = 'devstoreaccount1'
  const port = Number(server.match?.[1])
  return {
    ...server,
    endpoint: `http${options.tls ? 's://localhost' : '://127.0.0.1'}:${port}/${account}`,
    port,
    certificate,
    account,
    accountKey: KEY
  }
}
