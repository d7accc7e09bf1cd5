import type { TlsTrust } from '@tercet/backend-kit'
import { assertKnownKeys, type Clock, ConfigurationError, type Secret, systemClock } from '@tercet/interface'
import { providerOf } from './s3-providers.ts'

/** Keys of one's own; without them those of the environment, the shared files or the machine's role are used. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret | string
  readonly sessionToken?: Secret | string | undefined
}

/** `GOVERNANCE` locks can be lifted by those with a special right, `COMPLIANCE` locks by nobody. */
export type S3LockMode = 'GOVERNANCE' | 'COMPLIANCE'

export interface S3BackendOptions {
  readonly bucket: string
  /** Folder inside the bucket. @defaultValue the whole bucket */
  readonly prefix?: string | undefined
  /** `https://host` of a store that is not Amazon's. @defaultValue Amazon S3 */
  readonly endpoint?: string | undefined
  /** @defaultValue what the endpoint's name or `AWS_REGION` tells, else `us-east-1` */
  readonly region?: string | undefined
  readonly credentials?: S3Credentials | undefined
  /** Section of the shared configuration files, where no credentials are given. */
  readonly profile?: string | undefined
  /** The bucket is a part of the path instead of the host name. @defaultValue by provider; true for unknown ones */
  readonly pathStyle?: boolean | undefined
  /** Class of new objects. @defaultValue that of the bucket */
  readonly storageClass?: string | undefined
  /** Classes whose objects must be restored before they can be read; empty: none. @defaultValue by provider */
  readonly archiveClasses?: readonly string[] | undefined
  /** Days for which restored copies of archived objects stay. @defaultValue 7 */
  readonly restoreDays?: number | undefined
  /** Makes locks possible, on a bucket that was created for them. @defaultValue no locks */
  readonly lockMode?: S3LockMode | undefined
  /** The store itself decides `If-None-Match` and `If-Match` of a put. @defaultValue by provider */
  readonly conditionalPut?: boolean | undefined
  /** The store deletes up to 1000 objects by one request. @defaultValue by provider */
  readonly batchDelete?: boolean | undefined
  /** Uploads carry a CRC-32 that the store verifies and keeps. @defaultValue by provider */
  readonly crc32?: boolean | undefined
  /** Uploads carry their MD5, for which the source is read twice. @defaultValue only those of locked objects */
  readonly contentMd5?: boolean | undefined
  /** The ETag of an object that was put at once is its MD5. @defaultValue true */
  readonly etagIsMd5?: boolean | undefined
  /** Version of the request that lists. @defaultValue 2 */
  readonly listVersion?: 1 | 2 | undefined
  /** Objects asked for in one answer of a listing. @defaultValue 1000, which is also the most */
  readonly pageEntries?: number | undefined
  /** From this size on an object is sent in parts. @defaultValue 256 MiB */
  readonly multipartThresholdBytes?: number | undefined
  /** Size of a part, raised where more than 10 000 would be needed. @defaultValue 8 MiB */
  readonly partBytes?: number | undefined
  /** Parts of one object that are sent at the same time; each is held in memory. @defaultValue 4 */
  readonly parallelParts?: number | undefined
  /** @defaultValue 32 */
  readonly maxConnections?: number | undefined
  /** Longest time until a connection is made, in milliseconds. @defaultValue 30 000 */
  readonly connectTimeoutMs?: number | undefined
  /** Which certificates are trusted. @defaultValue those of Node */
  readonly trust?: TlsTrust | undefined
  /** @defaultValue `environment`: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` */
  readonly proxy?: 'environment' | 'none' | URL | undefined
  readonly clock?: Clock | undefined
}

const MiB = 1024 * 1024
/** The least that S3 takes as a part that is not the last. */
export const LEAST_PART_BYTES = 5 * MiB
/** The most that S3 takes in one request. */
export const MOST_PUT_BYTES = 5 * 1024 * MiB

const DEFAULTS = {
  prefix: '',
  restoreDays: 7,
  contentMd5: false,
  etagIsMd5: true,
  listVersion: 2,
  pageEntries: 1000,
  multipartThresholdBytes: 256 * MiB,
  partBytes: 8 * MiB,
  parallelParts: 4,
  maxConnections: 32,
  connectTimeoutMs: 30_000,
  proxy: 'environment',
  clock: systemClock
} as const

type Decided =
  | keyof typeof DEFAULTS
  | 'region'
  | 'pathStyle'
  | 'archiveClasses'
  | 'conditionalPut'
  | 'batchDelete'
  | 'crc32'

/** {@link S3BackendOptions} with everything decided that has a default. */
export type ResolvedS3Options = Omit<S3BackendOptions, Decided> & {
  readonly [Key in Decided]-?: Exclude<S3BackendOptions[Key], undefined>
} & { readonly isAmazon: boolean; readonly quotesTags: boolean }

const KEYS = [
  ...Object.keys(DEFAULTS),
  ...[
    'bucket',
    'endpoint',
    'region',
    'credentials',
    'profile',
    'pathStyle',
    'storageClass',
    'archiveClasses'
  ],
  ...['lockMode', 'conditionalPut', 'batchDelete', 'crc32', 'trust']
]

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function resolveS3Options(
  options: S3BackendOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env
): ResolvedS3Options {
  assertKnownKeys(options, KEYS, 'createS3Backend')
  if (typeof options.bucket !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._:-]{1,254}$/.test(options.bucket))
    throw invalid('bucket', 'the name of a bucket')
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const host = options.endpoint === undefined ? undefined : endpointHost(options.endpoint)
  const known = providerOf(host)
  const isAmazon = known.name === 'Amazon S3'
  const ambient = isAmazon ? (environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION']) : undefined
  const { pathStyle, archiveClasses, conditionalPut, batchDelete, crc32 } = known
  const resolved = {
    ...DEFAULTS,
    ...{ pathStyle, archiveClasses, conditionalPut, batchDelete, crc32, region: ambient ?? known.region },
    ...given,
    isAmazon,
    quotesTags: known.quotesTags
  } as unknown as ResolvedS3Options
  assertRanges(resolved)
  return { ...resolved, prefix: resolved.prefix.replace(/^\/+|\/+$/g, '') }
}

function assertRanges(options: ResolvedS3Options): void {
  const atLeast = (name: keyof ResolvedS3Options, least: number) => {
    const value = options[name]
    if (!Number.isSafeInteger(value) || (value as number) < least)
      throw invalid(name, `a whole number of at least ${least}`)
  }
  atLeast('partBytes', LEAST_PART_BYTES)
  atLeast('multipartThresholdBytes', LEAST_PART_BYTES)
  for (const name of [
    'parallelParts',
    'maxConnections',
    'connectTimeoutMs',
    'restoreDays',
    'pageEntries'
  ] as const)
    atLeast(name, 1)
  if (options.multipartThresholdBytes > MOST_PUT_BYTES)
    throw invalid('multipartThresholdBytes', `at most ${MOST_PUT_BYTES}`)
  if (options.lockMode !== undefined && !['GOVERNANCE', 'COMPLIANCE'].includes(options.lockMode))
    throw invalid('lockMode', 'GOVERNANCE or COMPLIANCE')
  if (options.listVersion !== 1 && options.listVersion !== 2) throw invalid('listVersion', '1 or 2')
}

function endpointHost(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw invalid('endpoint', 'a URL with https: or http:')
  return url.hostname
}

function invalid(name: string, wanted: string): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID_VALUE', `createS3Backend: "${name}" must be ${wanted}`, {
    context: { key: name, where: 'createS3Backend' }
  })
}
