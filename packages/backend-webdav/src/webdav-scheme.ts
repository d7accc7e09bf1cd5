import { CREDENTIAL_OPTIONS, readBackendUrl, readTrust, TLS_OPTIONS } from '@tercet/backend-kit'
import type { BackendContext, BackendScheme, BackendSchemeOption, StorageBackend } from '@tercet/interface'
import { openWebdavBackend } from './webdav-backend.ts'

const OPTIONS: readonly BackendSchemeOption[] = Object.freeze([
  ...CREDENTIAL_OPTIONS,
  { name: 'force-digest-authentication', description: 'Log in by digest and by nothing else', flag: true },
  { name: 'use-ssl', description: 'Use TLS, as webdavs: does', flag: true },
  ...TLS_OPTIONS,
  { name: 'webdav-connections', description: 'Requests at the same time (8)' }
])

async function open(url: string, context?: BackendContext): Promise<StorageBackend> {
  const { scheme, host, port, path, username, password, options } = readBackendUrl(url, context, {
    options: OPTIONS
  })
  const isSecure = scheme === 'webdavs' || options.flag('use-ssl')
  const target = new URL(`${isSecure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}`)
  if (port !== undefined) target.port = String(port)
  target.pathname = path.split('/').map(encodeURIComponent).join('/')
  return await openWebdavBackend({
    url: target,
    username,
    password,
    authentication: options.flag('force-digest-authentication') ? 'digest' : 'auto',
    trust: readTrust(options),
    maxConnections: options.integer('webdav-connections', 1, 100)
  })
}

/** `webdav://user:password@host:port/folder`, without TLS unless the option `use-ssl` asks for it. */
export const webdavScheme: BackendScheme = Object.freeze({ scheme: 'webdav', options: OPTIONS, open })

/** `webdavs://user:password@host:port/folder`, over TLS. */
export const webdavsScheme: BackendScheme = Object.freeze({ scheme: 'webdavs', options: OPTIONS, open })
