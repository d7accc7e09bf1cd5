import { CREDENTIAL_OPTIONS, readBackendUrl, readTrust, TLS_OPTIONS } from '@tercet/backend-kit'
import type {
  BackendContext,
  BackendScheme,
  BackendSchemeOption,
  Secret,
  StorageBackend
} from '@tercet/interface'
import { createS3Backend, createS3Bucket } from './s3-backend.ts'
import type { S3BackendOptions, S3Credentials } from './s3-options.ts'

const OPTIONS: readonly BackendSchemeOption[] = Object.freeze(
  [
    ...CREDENTIAL_OPTIONS,
    { name: 'aws-access-key-id', description: 'The same as auth-username' },
    { name: 'aws-secret-access-key', description: 'The same as auth-password', secret: true },
    { name: 'aws-session-token', description: 'Token that goes with temporary keys', secret: true },
    { name: 'aws-profile', description: 'Section of the shared AWS configuration files to take keys from' },
    { name: 's3-server-name', description: 'Host, with port if need be, of a store that is not Amazon S3' },
    { name: 's3-location-constraint', description: 'Region of the bucket' },
    { name: 's3-storage-class', description: 'Storage class of new objects' },
    { name: 's3-archive-classes', description: 'Storage classes that cannot be read before a restore' },
    {
      name: 's3-object-lock-mode',
      description: 'governance or compliance: use the object locks of the bucket'
    },
    {
      name: 'use-ssl',
      description: 'false: without TLS, so that everybody on the way can listen',
      flag: true
    },
    {
      name: 's3-path-style',
      description: 'The bucket is in the path (true) or in the host name (false)',
      flag: true
    },
    { name: 's3-conditional-put', description: 'The store knows If-None-Match and If-Match', flag: true },
    { name: 's3-batch-delete', description: 'The store deletes many objects by one request', flag: true },
    { name: 's3-crc32', description: 'Send a CRC-32 that the store verifies and keeps', flag: true },
    {
      name: 's3-content-md5',
      description: 'Send the MD5 before the content, which is then read twice',
      flag: true
    },
    { name: 's3-etag-md5', description: 'ETags are MD5 digests of the content', flag: true },
    { name: 's3-create-bucket', description: 'Make the bucket when it is opened', flag: true },
    { name: 's3-list-api-version', description: 'v1 or v2: the request that lists' },
    { name: 's3-ext-forcepathstyle', description: 'The same as s3-path-style', flag: true },
    { name: 's3-ext-authenticationregion', description: 'The same as s3-location-constraint' },
    { name: 's3-disable-chunk-encoding', description: 'The opposite of s3-crc32', flag: true },
    { name: 's3-client', description: 'Understood for compatibility, and not used' },
    { name: 's3-recursive-list', description: 'Understood for compatibility, and not used', flag: true },
    ...TLS_OPTIONS
  ].map((option) => Object.freeze(option))
)

/**
 * `s3://bucket/folder`, with the option names of Duplicati. Unlike there, TLS is used unless `use-ssl=false` says
 * otherwise. Without keys those of the environment, the shared files or the machine's role are used.
 */
export const s3Scheme: BackendScheme = Object.freeze({
  scheme: 's3',
  options: OPTIONS,
  async open(url: string, context?: BackendContext): Promise<StorageBackend> {
    const { backend, createBucket } = readS3Url(url, context)
    if (createBucket) await createS3Bucket(backend)
    return createS3Backend(backend)
  }
})

/**
 * What `createS3Backend` needs to open this URL.
 *
 * @throws StorageError `STORAGE_INVALID_URL`
 */
export function readS3Url(
  url: string,
  context?: BackendContext
): { backend: S3BackendOptions; createBucket: boolean } {
  const address = readBackendUrl(url, context, { options: OPTIONS, authority: 'server' })
  const { options } = address
  const flag = (name: string): boolean | undefined => (options.has(name) ? options.flag(name) : undefined)
  const noCrc = flag('s3-disable-chunk-encoding')
  const lockMode = options.choice('s3-object-lock-mode', ['GOVERNANCE', 'COMPLIANCE'])
  const version = options.choice('s3-list-api-version', ['v1', 'v2'])
  const backend: S3BackendOptions = {
    bucket: address.host,
    prefix: address.path,
    endpoint: endpointOf(options.text('s3-server-name'), flag('use-ssl') ?? true),
    region: options.text('s3-location-constraint') ?? options.text('s3-ext-authenticationregion'),
    credentials: keysOf(
      options.text('aws-access-key-id') ?? address.username,
      options.secret('aws-secret-access-key') ?? address.password,
      options.secret('aws-session-token')
    ),
    profile: options.text('aws-profile'),
    pathStyle: flag('s3-path-style') ?? flag('s3-ext-forcepathstyle'),
    storageClass: options.text('s3-storage-class'),
    archiveClasses: options
      .text('s3-archive-classes')
      ?.split(',')
      .map((name) => name.trim()),
    lockMode,
    conditionalPut: flag('s3-conditional-put'),
    batchDelete: flag('s3-batch-delete'),
    crc32: flag('s3-crc32') ?? (noCrc === undefined ? undefined : !noCrc),
    contentMd5: flag('s3-content-md5'),
    etagIsMd5: flag('s3-etag-md5'),
    listVersion: version === undefined ? undefined : version === 'v1' ? 1 : 2,
    trust: readTrust(options)
  }
  return { backend, createBucket: options.flag('s3-create-bucket') }
}

function keysOf(
  accessKeyId: string | undefined,
  secretAccessKey: Secret | undefined,
  sessionToken: Secret | undefined
): S3Credentials | undefined {
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  return { accessKeyId, secretAccessKey, sessionToken }
}

/** Amazon's own hosts are left to the client, which knows those of each region. */
function endpointOf(server: string | undefined, useTls: boolean): string | undefined {
  if (server === undefined || /^s3\.amazonaws\.com$/i.test(server)) return undefined
  return /^https?:\/\//i.test(server) ? server : `${useTls ? 'https' : 'http'}://${server}`
}
