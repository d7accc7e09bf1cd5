import type { BackendScheme } from '@tercet/sdk'

type LoadScheme = () => Promise<BackendScheme>

/** The backends that the program knows besides folders, by the schemes of their URLs; loaded when one is used. */
const BACKENDS: Readonly<Record<string, LoadScheme>> = {
  aftp: async () => (await import('@tercet/backend-ftp')).aftpScheme,
  azure: async () => (await import('@tercet/backend-azure')).azureScheme,
  cifs: async () => (await import('@tercet/backend-smb')).cifsScheme,
  ftp: async () => (await import('@tercet/backend-ftp')).ftpScheme,
  ftps: async () => (await import('@tercet/backend-ftp')).ftpsScheme,
  openstack: async () => (await import('@tercet/backend-swift')).swiftScheme,
  rclone: async () => (await import('@tercet/backend-rclone')).rcloneScheme,
  s3: async () => (await import('@tercet/backend-s3')).s3Scheme,
  sftp: async () => (await import('@tercet/backend-sftp')).sftpScheme,
  smb: async () => (await import('@tercet/backend-smb')).smbScheme,
  ssh: async () => (await import('@tercet/backend-sftp')).sshScheme,
  webdav: async () => (await import('@tercet/backend-webdav')).webdavScheme,
  webdavs: async () => (await import('@tercet/backend-webdav')).webdavsScheme
}

/** The schemes of all URLs that the program understands. */
export const SCHEMES: readonly string[] = ['file', ...Object.keys(BACKENDS)].sort()

/** All backends, those of the URLs among the arguments with their options. */
export async function backendsOf(args: readonly string[]): Promise<readonly BackendScheme[]> {
  const schemes = new Set(
    args.flatMap((argument) => /^([a-z][a-z0-9+.-]+):\/\//i.exec(argument)?.[1]?.toLowerCase() ?? [])
  )
  const backends = Object.entries(BACKENDS).map(async ([scheme, load]) =>
    schemes.has(scheme) ? await load() : loadedWhenOpened(scheme, load)
  )
  return await Promise.all(backends)
}

/** So that the scheme is known to whoever looks for one, at no cost. */
function loadedWhenOpened(scheme: string, load: LoadScheme): BackendScheme {
  return { scheme, open: async (url, context) => await (await load()).open(url, context) }
}

/** The backend of a scheme; undefined where there is none. */
export async function backendOf(scheme: string): Promise<BackendScheme | undefined> {
  return Object.hasOwn(BACKENDS, scheme) ? await BACKENDS[scheme]?.() : undefined
}
