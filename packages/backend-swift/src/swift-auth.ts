import type { IncomingMessage } from 'node:http'
import { type HttpAgents, httpError, httpRequest, networkError, readText } from '@tercet/backend-kit'
import { revealSecret, StorageError } from '@tercet/interface'
import type { ResolvedSwiftOptions } from './swift-options.ts'

/** What a login gives. */
export interface SwiftAccess {
  readonly token: string
  /** Where the containers of the account are. */
  readonly storageUrl: string
}

interface Endpoint {
  readonly region?: string
  readonly region_id?: string
  readonly interface?: string
  readonly url?: string
  readonly publicURL?: string
}

interface Service {
  readonly type?: string
  readonly endpoints?: readonly Endpoint[]
}

/**
 * Logs in.
 *
 * @throws StorageError `STORAGE_ACCESS_DENIED`, and `STORAGE_INVALID_URL` when there is no storage in the answer
 */
export async function logIn(
  agents: HttpAgents,
  options: ResolvedSwiftOptions,
  signal: AbortSignal | undefined
): Promise<SwiftAccess> {
  const call = { where: new URL(options.authUrl).host, call: 'log in' }
  try {
    const answer = await ask(agents, options, signal)
    const text = await readText(answer)
    const status = answer.statusCode ?? 0
    if (status < 200 || status > 299)
      throw httpError({ status, header: (name) => headerOf(answer, name) }, call)
    return read(options, answer, text)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw networkError(error, call) ?? error
  }
}

function ask(
  agents: HttpAgents,
  options: ResolvedSwiftOptions,
  signal: AbortSignal | undefined
): Promise<IncomingMessage> {
  const { authUrl, authVersion } = options
  const password = revealSecret(options.password ?? options.apiKey ?? '')
  if (authVersion === 'v1') {
    const headers = { 'x-auth-user': options.username ?? '', 'x-auth-key': password }
    return httpRequest(agents, { method: 'GET', url: new URL(authUrl), headers, signal })
  }
  const body = JSON.stringify(authVersion === 'v2' ? secondVersion(options) : thirdVersion(options))
  const [version, path] = authVersion === 'v2' ? ['v2.0', 'tokens'] : ['v3', 'auth/tokens']
  const base = authUrl.replace(/\/+$/, '') + (isVersioned(authUrl) ? '' : `/${version}`)
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body))
  }
  const url = new URL(`${base}/${path}`)
  return httpRequest(agents, { method: 'POST', url, headers, body, signal })
}

/** Where its path names no version it is the top of the service. */
function isVersioned(authUrl: string): boolean {
  return /\/v\d+(\.\d+)?\/?$/.test(new URL(authUrl).pathname)
}

/** Keystone v2, with the keys that Rackspace has added to it. */
function secondVersion({ username, password, apiKey, project }: ResolvedSwiftOptions): unknown {
  const credentials =
    apiKey === undefined
      ? { passwordCredentials: { username, password: revealSecret(password ?? '') } }
      : { 'RAX-KSKEY:apiKeyCredentials': { username, apiKey: revealSecret(apiKey) } }
  return { auth: { ...credentials, ...(project === undefined ? {} : { tenantName: project }) } }
}

function thirdVersion(options: ResolvedSwiftOptions): unknown {
  const { username, password, apiKey, project, domain: name, applicationCredential } = options
  if (applicationCredential !== undefined) {
    const { id, secret } = applicationCredential
    return {
      auth: {
        identity: {
          methods: ['application_credential'],
          application_credential: { id, secret: revealSecret(secret) }
        }
      }
    }
  }
  const user = { name: username, domain: { name }, password: revealSecret(password ?? apiKey ?? '') }
  return {
    auth: {
      identity: { methods: ['password'], password: { user } },
      ...(project === undefined ? {} : { scope: { project: { name: project, domain: { name } } } })
    }
  }
}

function read(options: ResolvedSwiftOptions, answer: IncomingMessage, text: string): SwiftAccess {
  if (options.authVersion === 'v1')
    return complete(options, headerOf(answer, 'x-auth-token'), headerOf(answer, 'x-storage-url'))
  const json = parse(text)
  if (options.authVersion === 'v2') {
    const { token, serviceCatalog } = json.access ?? {}
    return complete(options, token?.id, storageOf(options, serviceCatalog)?.publicURL)
  }
  return complete(options, headerOf(answer, 'x-subject-token'), storageOf(options, json.token?.catalog)?.url)
}

interface LoginAnswer {
  readonly access?: {
    readonly token?: { readonly id?: string }
    readonly serviceCatalog?: readonly Service[]
  }
  readonly token?: { readonly catalog?: readonly Service[] }
}

function parse(text: string): LoginAnswer {
  try {
    return (JSON.parse(text) ?? {}) as LoginAnswer
  } catch {
    return {}
  }
}

function storageOf(
  { region }: ResolvedSwiftOptions,
  services: readonly Service[] = []
): Endpoint | undefined {
  const endpoints = services
    .filter(({ type }) => type === 'object-store')
    .flatMap((service) => service.endpoints ?? [])
    .filter((endpoint) => (endpoint.interface ?? 'public') === 'public')
  return region === undefined
    ? endpoints[0]
    : endpoints.find((each) => [each.region, each.region_id].includes(region))
}

function complete(
  options: ResolvedSwiftOptions,
  token: string | undefined,
  storageUrl: string | undefined
): SwiftAccess {
  if (token !== undefined && storageUrl !== undefined && URL.canParse(storageUrl))
    return { token, storageUrl: storageUrl.replace(/\/+$/, '') }
  const where = options.region === undefined ? '' : ` in the region ${JSON.stringify(options.region)}`
  throw new StorageError(
    'STORAGE_INVALID_URL',
    `The login at ${new URL(options.authUrl).host} names no object storage${where}; check its URL and version`,
    { context: { authVersion: options.authVersion } }
  )
}

/** The first value of a header. */
export function headerOf(answer: IncomingMessage, name: string): string | undefined {
  const value = answer.headers[name]
  return Array.isArray(value) ? value[0] : value
}
