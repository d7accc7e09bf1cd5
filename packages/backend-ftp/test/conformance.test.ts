import { type BackendTarget, testStorageBackend } from '@tercet/testkit-backend'
import {
  describeWith,
  FEW,
  freshFolders,
  startProftpd,
  startVsftpd,
  type TestCertificate
} from '@tercet/testkit-servers'
import { afterAll, beforeAll, describe } from 'vitest'
import { type FtpBackendOptions, openFtpBackend } from '../src/index.ts'

/** A listing comes as a whole, so that nothing special is at a thousand. */
const SOME = { manyEntries: 320 }

interface Server {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  readonly certificate: TestCertificate
  readonly home: string
  stop(): Promise<void>
}

function testServer(
  name: string,
  start: () => Promise<Server>,
  more: (server: Server) => Partial<FtpBackendOptions>,
  target: Partial<BackendTarget> = {}
): void {
  let running: Server
  beforeAll(async () => {
    running = await start()
  })
  afterAll(() => running.stop())

  testStorageBackend(`ftp ${name}`, {
    ...freshFolders((folder) => {
      const { host, port, username, password, home } = running
      return openFtpBackend({ host, port, username, password, path: `${home}/${folder}`, ...more(running) })
    }),
    capabilities: { atomicPut: true, rename: true, rangedGet: true },
    ...target
  })
}

const secure = ({ certificate }: Server): Partial<FtpBackendOptions> => ({
  encryption: 'explicit',
  trust: { ca: certificate.pem }
})

describeWith(['proftpd', 'openssl'], 'ProFTPD', () => {
  describe('plain', () =>
    testServer(
      'plain',
      () => startProftpd(),
      () => ({}),
      SOME
    ))
  describe('with TLS that data must continue', () =>
    testServer('with TLS', () => startProftpd({ mode: 'resume' }), secure, FEW))
  describe('with listings of the old kind', () =>
    testServer(
      'with listings of the old kind',
      () => startProftpd({ directives: ['FactsAdvertise off'] }),
      () => ({}),
      { ...FEW, capabilities: { modifiedTimeResolutionMs: undefined } }
    ))
})

describeWith(['vsftpd', 'openssl'], 'vsftpd', () => {
  const target = { ...FEW, capabilities: { modifiedTimeResolutionMs: undefined } }
  describe('plain', () => testServer('of vsftpd', startVsftpd, () => ({}), target))
  describe('with TLS that data must continue', () =>
    testServer('of vsftpd with TLS', startVsftpd, secure, target))
})
