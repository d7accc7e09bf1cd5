import { X509Certificate } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'

/** A certificate that nobody has signed but itself. */
export interface TestCertificate {
  readonly certificateFile: string
  readonly keyFile: string
  /** Certificate and key in one file. */
  readonly bothFile: string
  readonly pem: string
  /** Fingerprints in lower-case hex. */
  readonly sha1: string
  readonly sha256: string
}

/** Makes a certificate for `localhost` and 127.0.0.1, or for another name, in `folder`. */
export async function createCertificate(folder: string, host = 'localhost'): Promise<TestCertificate> {
  const [certificateFile, keyFile, bothFile] = ['cert.pem', 'key.pem', 'both.pem'].map((name) =>
    join(folder, name)
  ) as [string, string, string]
  const names = host === 'localhost' ? 'DNS:localhost,IP:127.0.0.1' : `DNS:${host}`
  await runProgram('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '365', '-subj', `/CN=${host}`],
    ...['-addext', `subjectAltName=${names}`, '-keyout', keyFile, '-out', certificateFile]
  ])
  const pem = await readFile(certificateFile, 'utf8')
  await writeFile(bothFile, pem + (await readFile(keyFile, 'utf8')))
  for (const file of [certificateFile, keyFile, bothFile]) await chmod(file, 0o644)
  const { fingerprint, fingerprint256 } = new X509Certificate(pem)
  const hex = (text: string): string => text.replaceAll(':', '').toLowerCase()
  return { certificateFile, keyFile, bothFile, pem, sha1: hex(fingerprint), sha256: hex(fingerprint256) }
}
