import { fileScheme } from '@tercet/backend-file'
import {
  type BackendContext,
  type BackendScheme,
  nearestName,
  type StorageBackend,
  StorageError
} from '@tercet/interface'
import { SdkError } from '../sdk-error.ts'

/** Packages that have a backend, by the schemes of their URLs. */
const PACKAGES: Readonly<Record<string, string>> = {
  aftp: '@tercet/backend-ftp',
  azure: '@tercet/backend-azure',
  cifs: '@tercet/backend-smb',
  ftp: '@tercet/backend-ftp',
  ftps: '@tercet/backend-ftp',
  memory: '@tercet/backend-memory',
  openstack: '@tercet/backend-swift',
  rclone: '@tercet/backend-rclone',
  s3: '@tercet/backend-s3',
  sftp: '@tercet/backend-sftp',
  smb: '@tercet/backend-smb',
  ssh: '@tercet/backend-sftp',
  webdav: '@tercet/backend-webdav',
  webdavs: '@tercet/backend-webdav'
}

/** A letter alone is a drive of Windows, so a scheme has at least two. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i

/**
 * Opens what a URL or a plain path names. Files are known always; every other scheme is one of `backends`, which come
 * first.
 *
 * @throws SdkError `STORAGE_UNKNOWN_SCHEME`
 * @throws StorageError `STORAGE_INVALID_URL`
 */
export async function openDestination(
  url: string,
  backends: readonly BackendScheme[] = [],
  context: BackendContext = {}
): Promise<StorageBackend> {
  if (url.trim() === '')
    throw new StorageError('STORAGE_INVALID_URL', 'The destination is empty: name a folder or a URL')
  const scheme = schemeOf(url)
  const known = [...backends, fileScheme]
  const found = known.find((candidate) => candidate.scheme === scheme)
  if (found === undefined) throw unknownScheme(scheme, known)
  return await found.open(url, context)
}

/** `file` for plain paths, drive letters and network shares. */
export function schemeOf(url: string): string {
  return SCHEME.exec(url)?.[1]?.toLowerCase() ?? 'file'
}

function unknownScheme(scheme: string, known: readonly BackendScheme[]): SdkError {
  const packageName = Object.hasOwn(PACKAGES, scheme) ? PACKAGES[scheme] : undefined
  const schemes = known.map((candidate) => candidate.scheme)
  const nearest = nearestName(scheme, [...schemes, ...Object.keys(PACKAGES)])
  const advice =
    packageName !== undefined
      ? `install ${packageName} and pass its scheme in "backends"`
      : nearest !== undefined
        ? `did you mean "${nearest}:"?`
        : `known are ${schemes.map((name) => `${name}:`).join(', ')}`
  return new SdkError('STORAGE_UNKNOWN_SCHEME', `No backend for "${scheme}:" was given; ${advice}`, {
    context: { scheme, ...(packageName === undefined ? {} : { package: packageName }) }
  })
}
