import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { assertKnownKeys, type Clock, type Secret, systemClock } from '@tercet/interface'
import { checkFingerprints, checkKnownHosts, type HostKeyCheck } from './host-keys.ts'

export interface SftpBackendOptions {
  readonly host: string
  /** @defaultValue 22 */
  readonly port?: number | undefined
  /** The folder: absolute, or relative to where the login leads. @defaultValue there */
  readonly path?: string | undefined
  readonly username: string
  readonly password?: Secret | string | undefined
  /** A private key in PEM or OpenSSH's form. */
  readonly privateKey?: Secret | string | undefined
  /** Of the private key. */
  readonly keyPassphrase?: Secret | string | undefined
  /** Socket of an agent that has the key. */
  readonly agent?: string | undefined
  /**
   * Host keys to believe, and no others: `SHA256:…` as `ssh-keygen -l` prints it, MD5 in hex, or public keys.
   * @defaultValue those in `~/.ssh/known_hosts`
   */
  readonly hostKeys?: readonly string[] | undefined
  /** A file of known hosts instead of the user's. */
  readonly knownHostsFile?: string | undefined
  /** Believe everybody. Whoever is on the way can then read the password, and everything else. @defaultValue false */
  readonly acceptAnyHostKey?: boolean | undefined
  /** Connections at the same time. @defaultValue 4 */
  readonly maxConnections?: number | undefined
  /** Time for connecting and logging in, in milliseconds. @defaultValue 20 000 */
  readonly connectTimeoutMs?: number | undefined
  /** Pause between signs of life, in milliseconds; 0: none. @defaultValue 0 */
  readonly keepAliveMs?: number | undefined
  readonly clock?: Clock | undefined
}

type Defaulted = 'port' | 'path' | 'maxConnections' | 'connectTimeoutMs' | 'keepAliveMs' | 'clock'

export type ResolvedSftpOptions = Omit<SftpBackendOptions, Defaulted> & {
  readonly [Key in Defaulted]-?: Exclude<SftpBackendOptions[Key], undefined>
} & { readonly isHostKey: HostKeyCheck }

const KEYS = [
  ...['host', 'port', 'path', 'username', 'password', 'privateKey', 'keyPassphrase', 'agent', 'hostKeys'],
  ...['knownHostsFile', 'acceptAnyHostKey', 'maxConnections', 'connectTimeoutMs', 'keepAliveMs', 'clock']
]

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`; RangeError; TypeError */
export function resolveSftpOptions(options: SftpBackendOptions): ResolvedSftpOptions {
  assertKnownKeys(options, KEYS, 'openSftpBackend')
  for (const key of ['host', 'username'] as const) {
    if (typeof options[key] !== 'string' || options[key] === '')
      throw new TypeError(`openSftpBackend needs the ${key}`)
  }
  const port = options.port ?? 22
  return {
    ...options,
    port,
    path: (options.path ?? '').replace(/(?<=.)\/+$/, ''),
    maxConnections: options.maxConnections ?? 4,
    connectTimeoutMs: options.connectTimeoutMs ?? 20_000,
    keepAliveMs: options.keepAliveMs ?? 0,
    clock: options.clock ?? systemClock,
    isHostKey: hostKeyCheck(options, port)
  }
}

function hostKeyCheck(options: SftpBackendOptions, port: number): HostKeyCheck {
  if (options.acceptAnyHostKey === true) return () => true
  if (options.hostKeys !== undefined) return checkFingerprints(options.hostKeys)
  const file = options.knownHostsFile ?? join(homedir(), '.ssh', 'known_hosts')
  return checkKnownHosts(readIfThere(file), options.host, port)
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
