import type { BackendScheme } from '@tercet/sdk'

type LoadScheme = () => Promise<BackendScheme>

/** The backends that the program knows besides folders, by the schemes of their URLs; loaded when one is used. */
const BACKENDS: Readonly<Record<string, LoadScheme>> = {
  azure: async () => (await import('@tercet/backend-azure')).azureScheme,
  s3: async () => (await import('@tercet/backend-s3')).s3Scheme,
  webdav: async () => (await import('@tercet/backend-webdav')).webdavScheme,
  webdavs: async () => (await import('@tercet/backend-webdav')).webdavsScheme
}

/** The schemes of all URLs that the program understands. */
export const SCHEMES: readonly string[] = ['file', ...Object.keys(BACKENDS)].sort()

/** The backends of all URLs among the arguments. */
export async function backendsOf(args: readonly string[]): Promise<readonly BackendScheme[]> {
  const schemes = new Set(
    args.flatMap((argument) => /^([a-z][a-z0-9+.-]+):\/\//i.exec(argument)?.[1]?.toLowerCase() ?? [])
  )
  const loading = [...schemes].flatMap((scheme) =>
    Object.hasOwn(BACKENDS, scheme) ? [BACKENDS[scheme]?.()] : []
  )
  return (await Promise.all(loading)).filter((backend) => backend !== undefined)
}

/** The backend of a scheme; undefined where there is none. */
export async function backendOf(scheme: string): Promise<BackendScheme | undefined> {
  return Object.hasOwn(BACKENDS, scheme) ? await BACKENDS[scheme]?.() : undefined
}
