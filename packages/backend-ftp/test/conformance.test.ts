import { randomUUID } from 'node:crypto'
import type { StorageBackend } from '@tercet/interface'
import { type BackendTarget, testStorageBackend } from '@tercet/testkit-backend'
import { describeWith, type ProftpdOptions, type ProftpdServer, startProftpd } from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { type FtpBackendOptions, openFtpBackend } from '../src/index.ts'

/** What the first of these suites has seen in great number. */
const FEW = { manyEntries: 50, sequences: 3 }

function testServer(
  name: string,
  server: ProftpdOptions,
  more: (server: ProftpdServer) => Partial<FtpBackendOptions>,
  target: Partial<BackendTarget> = {}
): void {
  describeWith(['proftpd', 'openssl'], `ProFTPD, ${name}`, () => {
    let running: ProftpdServer
    let folder = ''
    beforeAll(async () => {
      running = await startProftpd(server)
    })
    afterAll(() => running.stop())

    const reopen = (): Promise<StorageBackend> => {
      const { host, port, username, password, home } = running
      return openFtpBackend({ host, port, username, password, path: `${home}/${folder}`, ...more(running) })
    }
    testStorageBackend(`ftp ${name}`, {
      open: async () => {
        folder = randomUUID()
        const backend = await reopen()
        await backend.createFolder('')
        return backend
      },
      reopen,
      caseTimeoutMs: 120_000, // thousands of calls, on a machine that may have other things to do
      capabilities: { atomicPut: true, rename: true, rangedGet: true },
      ...target
    })
  })
}

testServer('plain', {}, () => ({}))
testServer(
  'with TLS that data must continue',
  { mode: 'resume' },
  ({ certificate }) => ({ encryption: 'explicit', trust: { ca: certificate.pem } }),
  FEW
)
testServer('with listings of the old kind', { directives: ['FactsAdvertise off'] }, () => ({}), {
  ...FEW,
  capabilities: { modifiedTimeResolutionMs: undefined }
})
