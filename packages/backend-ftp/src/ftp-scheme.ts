import { CREDENTIAL_OPTIONS, readBackendUrl, readTrust, TLS_OPTIONS } from '@tercet/backend-kit'
import type { BackendContext, BackendScheme, BackendSchemeOption, StorageBackend } from '@tercet/interface'
import { openFtpBackend } from './ftp-backend.ts'
import type { FtpEncryption } from './ftp-options.ts'

const MODES = ['none', 'explicit', 'implicit', 'auto'] as const

const OPTIONS: readonly BackendSchemeOption[] = Object.freeze([
  ...CREDENTIAL_OPTIONS,
  { name: 'use-ssl', description: 'TLS, explicit unless said otherwise', flag: true },
  { name: 'ftp-encryption-mode', description: 'none, explicit or implicit' },
  { name: 'aftp-encryption-mode', description: 'The same as ftp-encryption-mode' },
  ...TLS_OPTIONS,
  { name: 'ftp-passive', description: 'Connections for data are opened by this side, as always', flag: true },
  {
    name: 'ftp-absolute-path',
    description: 'The path begins at the top of the server, not where the login leads',
    flag: true
  },
  { name: 'ftp-timeout', description: 'Longest time without an answer, in seconds (60)' },
  { name: 'ftp-connections', description: 'Connections at the same time (4)' }
])

async function open(url: string, context?: BackendContext): Promise<StorageBackend> {
  const form = { options: OPTIONS, passwordVariables: ['FTP_PASSWORD'] }
  const { scheme, host, port, path, username, password, options } = readBackendUrl(url, context, form)
  const mode = options.choice('ftp-encryption-mode', MODES) ?? options.choice('aftp-encryption-mode', MODES)
  const seconds = options.integer('ftp-timeout', 1, 86_400)
  return await openFtpBackend({
    host,
    port,
    path: options.flag('ftp-absolute-path') ? `/${path}` : path,
    username,
    password,
    encryption: encryptionOf(mode, scheme === 'ftps' || options.flag('use-ssl')),
    trust: readTrust(options),
    timeoutMs: seconds === undefined ? undefined : seconds * 1000,
    maxConnections: options.integer('ftp-connections', 1, 64)
  })
}

/** Nothing falls back to a plain connection by itself: `auto` is `explicit`. */
function encryptionOf(mode: (typeof MODES)[number] | undefined, isSecure: boolean): FtpEncryption {
  if (mode === undefined) return isSecure ? 'explicit' : 'none'
  return mode === 'auto' ? 'explicit' : mode
}

/** `ftp://user:password@host:port/folder`, without TLS unless an option asks for it. */
export const ftpScheme: BackendScheme = Object.freeze({ scheme: 'ftp', options: OPTIONS, open })

/** The same as `ftp:`. */
export const aftpScheme: BackendScheme = Object.freeze({ scheme: 'aftp', options: OPTIONS, open })

/** `ftps://user:password@host:port/folder`: explicit TLS, or implicit with `ftp-encryption-mode=implicit`. */
export const ftpsScheme: BackendScheme = Object.freeze({ scheme: 'ftps', options: OPTIONS, open })
