import type { TlsTrust } from '@tercet/backend-kit'
import { assertKnownKeys, ConfigurationError, type Secret } from '@tercet/interface'

/** `v1` is the service's own; the others are versions of Keystone. */
export type SwiftAuthVersion = 'v1' | 'v2' | 'v3'

export interface SwiftBackendOptions {
  readonly container: string
  /** Folder inside the container. @defaultValue the whole container */
  readonly prefix?: string | undefined
  /** Where one logs in, such as `https://keystone.example/v3`. */
  readonly authUrl: string
  /** @defaultValue what the path of `authUrl` tells, else `v3` */
  readonly authVersion?: SwiftAuthVersion | undefined
  readonly username?: string | undefined
  readonly password?: Secret | string | undefined
  /** Key of the API instead of a password, for `v2`. */
  readonly apiKey?: Secret | string | undefined
  /** Project, which `v2` calls tenant. */
  readonly project?: string | undefined
  /** Domain of the user and of the project, for `v3`. @defaultValue Default */
  readonly domain?: string | undefined
  /** Instead of user and password, for `v3`. */
  readonly applicationCredential?: { readonly id: string; readonly secret: Secret | string } | undefined
  /** Region of the storage, where the catalog of services has several. @defaultValue the first */
  readonly region?: string | undefined
  /** Objects asked for in one answer of a listing. @defaultValue 10 000, which is also the most */
  readonly pageEntries?: number | undefined
  /** @defaultValue 32 */
  readonly maxConnections?: number | undefined
  /** Which certificates are trusted. @defaultValue those of Node */
  readonly trust?: TlsTrust | undefined
  /** @defaultValue `environment`: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` */
  readonly proxy?: 'environment' | 'none' | URL | undefined
}

const DEFAULTS = {
  prefix: '',
  domain: 'Default',
  pageEntries: 10_000,
  maxConnections: 32,
  proxy: 'environment'
} as const

/** {@link SwiftBackendOptions} with everything that has a default. */
export type ResolvedSwiftOptions = Omit<SwiftBackendOptions, keyof typeof DEFAULTS | 'authVersion'> & {
  readonly [Key in keyof typeof DEFAULTS | 'authVersion']-?: Exclude<SwiftBackendOptions[Key], undefined>
}

const KEYS = [
  ...Object.keys(DEFAULTS),
  ...['container', 'authUrl', 'authVersion', 'username', 'password', 'apiKey', 'project', 'region', 'trust'],
  'applicationCredential'
]

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`, `CONFIG_MISSING` */
export function resolveSwiftOptions(options: SwiftBackendOptions): ResolvedSwiftOptions {
  assertKnownKeys(options, KEYS, 'openSwiftBackend')
  if (typeof options.container !== 'string' || options.container === '' || options.container.includes('/'))
    throw invalid('container', 'the name of a container')
  if (!URL.canParse(options.authUrl) || !/^https?:/i.test(options.authUrl))
    throw invalid('authUrl', 'a URL with https: or http:')
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const resolved = {
    ...DEFAULTS,
    authVersion: versionOf(options.authUrl),
    ...given
  } as unknown as ResolvedSwiftOptions
  if (!['v1', 'v2', 'v3'].includes(resolved.authVersion)) throw invalid('authVersion', 'v1, v2 or v3')
  for (const name of ['pageEntries', 'maxConnections'] as const)
    if (!Number.isSafeInteger(resolved[name]) || resolved[name] < 1)
      throw invalid(name, 'a whole number of at least 1')
  if (resolved.applicationCredential === undefined) {
    if (!resolved.username) throw missing('username')
    if (resolved.password === undefined && resolved.apiKey === undefined) throw missing('password')
  }
  return { ...resolved, prefix: resolved.prefix.replace(/^\/+|\/+$/g, '') }
}

function versionOf(authUrl: string): SwiftAuthVersion {
  const version = /\/(v[123])(?:\.\d+)?\/?$/.exec(new URL(authUrl).pathname)?.[1]
  return (version as SwiftAuthVersion | undefined) ?? 'v3'
}

function invalid(name: string, wanted: string): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID_VALUE', `openSwiftBackend: "${name}" must be ${wanted}`, {
    context: { key: name, where: 'openSwiftBackend' }
  })
}

function missing(name: string): ConfigurationError {
  return new ConfigurationError('CONFIG_MISSING', `openSwiftBackend: "${name}" is missing`, {
    context: { key: name, where: 'openSwiftBackend' }
  })
}
