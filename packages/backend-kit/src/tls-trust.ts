import { readFileSync } from 'node:fs'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { BackendSchemeOption } from '@tercet/interface'
import type { OptionValues } from './option-values.ts'

/** Whom to believe to be the server. By default: whoever the system's certificate authorities vouch for. */
export interface TlsTrust {
  /** Certificates of authorities, in PEM, that are believed instead of those of the system. */
  readonly ca?: string | readonly string[] | undefined
  /**
   * SHA-1 or SHA-256 fingerprints, in hex, of certificates that are believed whoever signed them and whatever names
   * they have; no other is.
   */
  readonly fingerprints?: readonly string[] | undefined
  /** Believe everybody. Whoever is on the way can then read and change all that is not encrypted. @defaultValue false */
  readonly acceptAny?: boolean | undefined
}

/** The options of URLs for {@link TlsTrust}. */
export const TLS_OPTIONS: readonly BackendSchemeOption[] = Object.freeze([
  Object.freeze({
    name: 'accept-specified-ssl-hash',
    description: 'SHA-1 or SHA-256 fingerprints of the certificates to believe, separated by commas'
  }),
  Object.freeze({
    name: 'ssl-ca-file',
    description: 'File with the certificates of the authorities to believe, in PEM'
  }),
  Object.freeze({
    name: 'accept-any-ssl-certificate',
    description: 'Believe every certificate, which protects from nobody',
    flag: true
  })
])

/** @throws StorageError `STORAGE_INVALID_URL` when a fingerprint is none or the file cannot be read */
export function readTrust(options: OptionValues): TlsTrust {
  const list = options.text('accept-specified-ssl-hash')?.split(',')
  const file = options.text('ssl-ca-file')
  try {
    return {
      fingerprints: list === undefined ? undefined : normalFingerprints(list),
      acceptAny: options.flag('accept-any-ssl-certificate'),
      ca: file === undefined ? undefined : readFileSync(file, 'utf8')
    }
  } catch (error) {
    if (error instanceof RangeError) throw options.invalid('accept-specified-ssl-hash', error.message)
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    throw options.invalid('ssl-ca-file', `cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** Options for `tls.connect` and agents. With fingerprints the caller has to look: {@link assertFingerprint}. */
export function tlsOptions(trust: TlsTrust = {}): ConnectionOptions {
  const isLoose = trust.acceptAny === true || trust.fingerprints !== undefined
  return {
    ...(trust.ca === undefined ? {} : { ca: typeof trust.ca === 'string' ? trust.ca : [...trust.ca] }),
    ...(isLoose ? { rejectUnauthorized: false } : {}),
    minVersion: 'TLSv1.2'
  }
}

/**
 * Connects and looks at the fingerprint as soon as the server has shown its certificate, before anything is sent that
 * was written meanwhile. A wrong one destroys the socket with an error.
 */
export function connectTls(options: ConnectionOptions, trust: TlsTrust = {}): TLSSocket {
  const socket = connect({ ...options, ...tlsOptions(trust) })
  if (trust.fingerprints !== undefined)
    socket.once('secureConnect', () => {
      try {
        assertFingerprint(socket, trust)
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
  return socket
}

/** @throws Error with the code `TERCET_CERTIFICATE_PIN` */
export function assertFingerprint(socket: TLSSocket, trust: TlsTrust): void {
  if (trust.fingerprints === undefined || trust.acceptAny === true) return
  const { fingerprint, fingerprint256 } = socket.getPeerCertificate()
  const shown = [fingerprint, fingerprint256].map((text) => (text ?? '').replaceAll(':', '').toLowerCase())
  if (normalFingerprints(trust.fingerprints).some((wanted) => shown.includes(wanted))) return
  throw Object.assign(new Error(`The server shows a certificate with the SHA-256 fingerprint ${shown[1]}`), {
    code: 'TERCET_CERTIFICATE_PIN'
  })
}

/** @throws RangeError */
export function normalFingerprints(fingerprints: readonly string[]): string[] {
  return fingerprints.map((text) => {
    const hex = text.replaceAll(/[:\s]/g, '').toLowerCase()
    if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hex)) return hex
    throw new RangeError('must be SHA-1 or SHA-256 fingerprints in hex')
  })
}
