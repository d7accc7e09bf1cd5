import { assertKnownKeys, type Clock, type Secret, systemClock } from '@tercet/interface'

export interface SmbBackendOptions {
  readonly host: string
  readonly share: string
  /** The folder in the share. @defaultValue its top */
  readonly path?: string | undefined
  /** @defaultValue 445 */
  readonly port?: number | undefined
  /** @defaultValue as a guest */
  readonly username?: string | undefined
  readonly password?: Secret | string | undefined
  /** Windows domain of the user. @defaultValue that of the machine */
  readonly domain?: string | undefined
  /** Refuse to go on without encryption (SMB 3). Otherwise everything but a guest's is signed. @defaultValue false */
  readonly encrypt?: boolean | undefined
  /** The program, where it is not on the path. @defaultValue smbclient */
  readonly executable?: string | undefined
  /** Connections at the same time, each a process of its own. @defaultValue 4 */
  readonly maxConnections?: number | undefined
  /** Longest time without an answer, in milliseconds. @defaultValue 60 000 */
  readonly timeoutMs?: number | undefined
  /** Bytes of one request. @defaultValue as the server likes it */
  readonly bufferBytes?: number | undefined
  readonly clock?: Clock | undefined
}

const DEFAULTS = {
  path: '',
  encrypt: false,
  executable: 'smbclient',
  maxConnections: 4,
  timeoutMs: 60_000,
  clock: systemClock
} as const

type Defaulted = keyof typeof DEFAULTS

/** {@link SmbBackendOptions} with everything that has a default. */
export type ResolvedSmbOptions = Omit<SmbBackendOptions, Defaulted> & {
  readonly [Key in Defaulted]-?: Exclude<SmbBackendOptions[Key], undefined>
}

const FURTHER_KEYS = ['host', 'share', 'port', 'username', 'password', 'domain', 'bufferBytes']

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`; TypeError; RangeError */
export function resolveSmbOptions(options: SmbBackendOptions): ResolvedSmbOptions {
  assertKnownKeys(options, [...Object.keys(DEFAULTS), ...FURTHER_KEYS], 'openSmbBackend')
  for (const key of ['host', 'share'] as const) {
    const value = options[key]
    if (typeof value !== 'string' || value === '') throw new TypeError(`openSmbBackend needs the ${key}`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    if (/[\u0000-\u001f/\\"]/.test(value)) throw new RangeError(`The ${key} of openSmbBackend is no name`)
  }
  for (const key of ['maxConnections', 'timeoutMs', 'port', 'bufferBytes'] as const) {
    const value = options[key]
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1))
      throw new RangeError(`${key} of openSmbBackend must be a whole number of at least 1`)
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const resolved = { ...DEFAULTS, ...given } as unknown as ResolvedSmbOptions
  return { ...resolved, path: resolved.path.replace(/^\/+|\/+$/g, '') }
}
