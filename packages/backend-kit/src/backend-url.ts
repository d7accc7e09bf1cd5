import {
  type BackendContext,
  type BackendSchemeOption,
  revealSecret,
  Secret,
  StorageError
} from '@tercet/interface'
import { OptionValues } from './option-values.ts'

/** What a URL, the options beside it and the environment say together. */
export interface BackendAddress {
  /** In lower case. */
  readonly scheme: string
  /** As it is written; brackets of IPv6 addresses removed. */
  readonly host: string
  readonly port: number | undefined
  /** Decoded, without slashes at its ends; `''` is the top. */
  readonly path: string
  readonly username: string | undefined
  readonly password: Secret | undefined
  readonly options: OptionValues
}

export interface BackendUrlForm {
  readonly options: readonly BackendSchemeOption[]
  /**
   * What follows `://`: a server with user, password and port, or a name (of a bucket, container, remote) that is
   * taken as it is.
   * @defaultValue server
   */
  readonly authority?: 'server' | 'name' | undefined
  /** Further names of variables for the password, after `AUTH_PASSWORD`. */
  readonly passwordVariables?: readonly string[] | undefined
}

/** The options of every backend that logs in. */
export const CREDENTIAL_OPTIONS: readonly BackendSchemeOption[] = Object.freeze([
  Object.freeze({ name: 'auth-username', description: 'Name to log in with (environment: AUTH_USERNAME)' }),
  Object.freeze({
    name: 'auth-password',
    description: 'Password to log in with (environment: AUTH_PASSWORD)',
    secret: true
  })
])

/**
 * Reads `scheme://user:password@host:port/path?option=value`. User, password, path and options are percent-decoded; in
 * options a plus is a space. Who one is comes from, in this order: the credentials beside the URL, the options
 * `auth-username` and `auth-password` beside the URL, those in the URL, the user in the URL, the environment
 * (`AUTH_USERNAME`, `AUTH_PASSWORD`).
 *
 * @throws StorageError `STORAGE_INVALID_URL`; its message shows neither user nor password nor values
 */
export function readBackendUrl(
  url: string,
  context: BackendContext = {},
  form: BackendUrlForm
): BackendAddress {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?]*)([^?]*)(?:\?(.*))?$/is.exec(url)
  if (match === null) throw invalid(schemeOf(url), 'write scheme://host/path')
  const [, schemeText = '', authority = '', path = '', query = ''] = match
  const scheme = schemeText.toLowerCase()
  const beside = Object.entries(context.options ?? {})
  const options = new OptionValues(scheme, form.options, queryOptions(scheme, query), beside)
  const server =
    form.authority === 'name' ? { host: decode(scheme, authority) } : splitServer(scheme, authority)
  const environment = context.environment ?? process.env
  const fromEnvironment = (names: readonly string[]): string | undefined =>
    names.map((name) => environment[name]).find((text) => text !== undefined && text !== '')
  const password =
    nonEmpty(context.credentials?.password) ??
    options.text('auth-password') ??
    server.password ??
    fromEnvironment(['AUTH_PASSWORD', ...(form.passwordVariables ?? [])])
  return {
    scheme,
    host: server.host,
    port: server.port,
    path: decode(scheme, path).replace(/^\/+|\/+$/g, ''),
    username:
      nonEmpty(context.credentials?.username) ??
      options.text('auth-username') ??
      server.username ??
      fromEnvironment(['AUTH_USERNAME']),
    password: password === undefined ? undefined : new Secret(password),
    options
  }
}

/** For people and logs: no user, no password, no options. */
export function displayAddress(
  address: Pick<BackendAddress, 'scheme' | 'host' | 'path'> & { readonly port?: number | undefined }
): string {
  const { scheme, host, port, path } = address
  const shownHost = host.includes(':') ? `[${host}]` : host
  return `${scheme}://${shownHost}${port === undefined ? '' : `:${port}`}/${path}`
}

interface Server {
  readonly host: string
  readonly port?: number | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
}

/** The last `@` ends the user, so that one in a password does no harm. */
function splitServer(scheme: string, authority: string): Server {
  const at = authority.lastIndexOf('@')
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority.slice(at + 1))
  const [, host = '', portText = ''] = match ?? []
  const port = portText === '' ? undefined : Number(portText)
  if (match === null || host === '') throw invalid(scheme, 'the host is missing or has a wrong port')
  if (port !== undefined && (port < 1 || port > 65_535))
    throw invalid(scheme, 'the port must be from 1 to 65535')
  const user = at < 0 ? '' : authority.slice(0, at)
  const colon = user.indexOf(':')
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port,
    username: nonEmpty(decode(scheme, colon < 0 ? user : user.slice(0, colon))),
    password: nonEmpty(colon < 0 ? undefined : decode(scheme, user.slice(colon + 1)))
  }
}

function* queryOptions(scheme: string, query: string): Generator<readonly [string, string]> {
  for (const part of query.split('&').filter((each) => each !== '')) {
    const [name = '', ...text] = part.split('=')
    yield [decode(scheme, name), decode(scheme, text.join('=').replaceAll('+', ' '))]
  }
}

function decode(scheme: string, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid(scheme, 'a percent sign must be written %25')
  }
}

function nonEmpty(text: Secret | string | undefined): string | undefined {
  return text === undefined ? undefined : revealSecret(text) || undefined
}

function schemeOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*(?=:)/i.exec(url)?.[0].toLowerCase() ?? 'a destination'
}

function invalid(scheme: string, problem: string): StorageError {
  return new StorageError('STORAGE_INVALID_URL', `Not a URL of ${scheme}: ${problem}`, {
    context: { scheme }
  })
}
