import type { TlsTrust } from '@tercet/backend-kit'
import { assertKnownKeys, ConfigurationError, type Secret } from '@tercet/interface'
import type { EntraApplication, ManagedIdentity } from './entra-credential.ts'

export interface AzureBackendOptions {
  readonly container: string
  /** Folder inside the container. @defaultValue the whole container */
  readonly prefix?: string | undefined
  /** Name of the storage account. @defaultValue that of the connection string */
  readonly account?: string | undefined
  /** One of the two keys of the account. */
  readonly accountKey?: Secret | string | undefined
  /** A shared access signature, instead of a key. */
  readonly sasToken?: Secret | string | undefined
  /** Who one is by Microsoft Entra ID, instead of a key: an application, or the identity of the machine. */
  readonly entra?: EntraApplication | ManagedIdentity | undefined
  /** Account, key or signature, and endpoint in one text, instead of all of them. */
  readonly connectionString?: Secret | string | undefined
  /** URL of the account's blob service. @defaultValue `https://ACCOUNT.blob.core.windows.net` */
  readonly endpoint?: string | undefined
  /** Tier of new objects, such as `Cool`. @defaultValue that of the account */
  readonly accessTier?: string | undefined
  /** Tier to which archived objects are brought back. @defaultValue Hot */
  readonly restoreTier?: string | undefined
  /** Objects asked for in one answer of a listing. @defaultValue 5000, which is also the most */
  readonly pageEntries?: number | undefined
  /** From this size on an object is sent in blocks. @defaultValue 256 MiB */
  readonly blocksThresholdBytes?: number | undefined
  /** Size of a block, raised where more than 50 000 would be needed. @defaultValue 4 MiB */
  readonly blockBytes?: number | undefined
  /** Blocks of one object that are sent at the same time; each is held in memory. @defaultValue 4 */
  readonly parallelBlocks?: number | undefined
  /** @defaultValue 32 */
  readonly maxConnections?: number | undefined
  /** Which certificates are trusted. @defaultValue those of Node */
  readonly trust?: TlsTrust | undefined
  /** @defaultValue `environment`: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` */
  readonly proxy?: 'environment' | 'none' | URL | undefined
}

const MiB = 1024 * 1024
/** The most that one request may put. */
const MOST_PUT_BYTES = 5000 * MiB

const DEFAULTS = {
  prefix: '',
  restoreTier: 'Hot',
  pageEntries: 5000,
  blocksThresholdBytes: 256 * MiB,
  blockBytes: 4 * MiB,
  parallelBlocks: 4,
  maxConnections: 32,
  proxy: 'environment'
} as const

/** {@link AzureBackendOptions} with everything that has a default. */
export type ResolvedAzureOptions = Omit<AzureBackendOptions, keyof typeof DEFAULTS> & {
  readonly [Key in keyof typeof DEFAULTS]-?: Exclude<AzureBackendOptions[Key], undefined>
}

const KEYS = [
  ...Object.keys(DEFAULTS),
  ...[
    'container',
    'account',
    'accountKey',
    'sasToken',
    'connectionString',
    'endpoint',
    'accessTier',
    'trust',
    'entra'
  ]
]

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`, `CONFIG_MISSING` */
export function resolveAzureOptions(options: AzureBackendOptions): ResolvedAzureOptions {
  assertKnownKeys(options, KEYS, 'createAzureBackend')
  if (
    typeof options.container !== 'string' ||
    !/^(\$root|[a-z0-9](-?[a-z0-9]){2,62})$/.test(options.container)
  )
    throw invalid(
      'container',
      'the name of a container: 3 to 63 lower-case letters, digits and single hyphens'
    )
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const resolved: ResolvedAzureOptions = { ...DEFAULTS, ...given } as ResolvedAzureOptions
  const names = [
    'pageEntries',
    'blocksThresholdBytes',
    'blockBytes',
    'parallelBlocks',
    'maxConnections'
  ] as const
  for (const name of names)
    if (!Number.isSafeInteger(resolved[name]) || resolved[name] < 1)
      throw invalid(name, 'a whole number of at least 1')
  if (resolved.blocksThresholdBytes > MOST_PUT_BYTES)
    throw invalid('blocksThresholdBytes', `at most ${MOST_PUT_BYTES}`)
  if (resolved.connectionString === undefined && resolved.account === undefined)
    throw new ConfigurationError(
      'CONFIG_MISSING',
      'createAzureBackend: "account" or "connectionString" is missing'
    )
  const { entra } = resolved
  if (entra !== undefined && 'tenantId' in entra && !(entra.clientSecret ?? entra.tokenFile))
    throw invalid(
      'entra',
      'an application with "clientSecret" or "tokenFile", or the identity of the machine'
    )
  return { ...resolved, prefix: resolved.prefix.replace(/^\/+|\/+$/g, '') }
}

function invalid(name: string, wanted: string): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID_VALUE', `createAzureBackend: "${name}" must be ${wanted}`, {
    context: { key: name, where: 'createAzureBackend' }
  })
}
