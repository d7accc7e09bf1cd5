import type { HttpAgentsOptions, TlsTrust } from '@tercet/backend-kit'
import { assertKnownKeys, type Clock, type Secret, StorageError, systemClock } from '@tercet/interface'

export interface WebdavBackendOptions {
  /** `http://…` or `https://…` of the folder, without user and password. Percent-encoded, as URLs are. */
  readonly url: string | URL
  readonly username?: string | undefined
  readonly password?: Secret | string | undefined
  /**
   * How to log in. `auto`: basic over TLS; over plain connections digest where the server offers it, so that the password is
   * not sent.
   * @defaultValue auto
   */
  readonly authentication?: 'auto' | 'basic' | 'digest' | undefined
  readonly trust?: TlsTrust | undefined
  /** @defaultValue what the environment says */
  readonly proxy?: HttpAgentsOptions['proxy']
  /** Requests at the same time. With digest authentication there is always one. @defaultValue 8 */
  readonly maxConnections?: number | undefined
  readonly clock?: Clock | undefined
}

export interface ResolvedWebdavOptions {
  readonly authentication: 'auto' | 'basic' | 'digest'
  readonly clock: Clock
  /** Ends with a slash. */
  readonly url: URL
  readonly username: string | undefined
  readonly password: Secret | string | undefined
  readonly trust: TlsTrust
  readonly proxy: HttpAgentsOptions['proxy']
  readonly maxConnections: number
}

const KEYS = ['url', 'username', 'password', 'authentication', 'trust', 'proxy', 'maxConnections', 'clock']

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`; StorageError `STORAGE_INVALID_URL`; RangeError */
export function resolveWebdavOptions(options: WebdavBackendOptions): ResolvedWebdavOptions {
  assertKnownKeys(options, KEYS, 'openWebdavBackend')
  const url = URL.parse(String(options.url))
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw invalid('write http://host/path or https://host/path')
  if (url.username !== '' || url.password !== '') throw invalid('give user and password as options')
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  const maxConnections = options.maxConnections ?? 8
  if (!Number.isSafeInteger(maxConnections) || maxConnections < 1)
    throw new RangeError(`maxConnections must be at least 1, not ${maxConnections}`)
  return {
    url,
    username: options.username,
    password: options.password,
    authentication: options.authentication ?? 'auto',
    trust: options.trust ?? {},
    proxy: options.proxy,
    maxConnections,
    clock: options.clock ?? systemClock
  }
}

function invalid(problem: string): StorageError {
  return new StorageError('STORAGE_INVALID_URL', `Not the URL of a WebDAV folder: ${problem}`, {
    context: { scheme: 'webdav' }
  })
}
