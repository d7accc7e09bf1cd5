import type { TlsTrust } from '@tercet/backend-kit'
import { assertKnownKeys, type Clock, type Secret, systemClock } from '@tercet/interface'

/**
 * - `none` everything can be read on the way, the password too
 * - `explicit` TLS is asked for on the plain port (RFC 4217); a server that refuses is not used
 * - `implicit` TLS from the first byte
 */
export type FtpEncryption = 'none' | 'explicit' | 'implicit'

export interface FtpBackendOptions {
  readonly host: string
  /** @defaultValue 21; 990 with implicit TLS */
  readonly port?: number | undefined
  /** The folder: absolute, or relative to where the login leads. @defaultValue there */
  readonly path?: string | undefined
  /** @defaultValue anonymous */
  readonly username?: string | undefined
  readonly password?: Secret | string | undefined
  /** @defaultValue none */
  readonly encryption?: FtpEncryption | undefined
  readonly trust?: TlsTrust | undefined
  /** Connections at the same time. @defaultValue 4 */
  readonly maxConnections?: number | undefined
  /** Longest time without an answer, in milliseconds. @defaultValue 60 000 */
  readonly timeoutMs?: number | undefined
  readonly clock?: Clock | undefined
}

export type ResolvedFtpOptions = Required<Omit<FtpBackendOptions, 'password'>> & {
  readonly [Key in keyof FtpBackendOptions]-?: Exclude<FtpBackendOptions[Key], undefined>
}

const KEYS = [
  ...[
    'host',
    'port',
    'path',
    'username',
    'password',
    'encryption',
    'trust',
    'maxConnections',
    'timeoutMs',
    'clock'
  ]
]

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`; TypeError; RangeError */
export function resolveFtpOptions(options: FtpBackendOptions): ResolvedFtpOptions {
  assertKnownKeys(options, KEYS, 'openFtpBackend')
  if (typeof options.host !== 'string' || options.host === '')
    throw new TypeError('openFtpBackend needs the host')
  const encryption = options.encryption ?? 'none'
  if (!['none', 'explicit', 'implicit'].includes(encryption))
    throw new RangeError(`encryption must be none, explicit or implicit, not ${encryption}`)
  return {
    host: options.host,
    port: options.port ?? (encryption === 'implicit' ? 990 : 21),
    path: (options.path ?? '').replace(/(?<=.)\/+$/, ''),
    username: options.username ?? 'anonymous',
    password: options.password ?? '',
    encryption,
    trust: options.trust ?? {},
    maxConnections: options.maxConnections ?? 4,
    timeoutMs: options.timeoutMs ?? 60_000,
    clock: options.clock ?? systemClock
  }
}
