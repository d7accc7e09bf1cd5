import { readFile } from 'node:fs/promises'
import { type HttpAgents, httpError, httpRequest, networkError, readText } from '@tercet/backend-kit'
import { revealSecret, type Secret, StorageError } from '@tercet/interface'

/** An application that is known to Microsoft Entra ID, by its secret or by a token that its platform keeps in a file. */
export interface EntraApplication {
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret?: Secret | string | undefined
  readonly tokenFile?: string | undefined
  /** @defaultValue `https://login.microsoftonline.com` */
  readonly authority?: string | undefined
}

/** The identity that the machine or the service in which this runs has in Azure. */
export interface ManagedIdentity {
  /** Which one, where there are several. */
  readonly clientId?: string | undefined
  /** Where it is asked for. @defaultValue what `IDENTITY_ENDPOINT` says, else the address that every machine in Azure has */
  readonly endpoint?: string | undefined
  /** Goes with the endpoint. @defaultValue what `IDENTITY_HEADER` says */
  readonly endpointSecret?: Secret | string | undefined
}

interface Token {
  readonly token: string
  readonly expiresOnTimestamp: number
}

const RESOURCE = 'https://storage.azure.com'
const MACHINE_ENDPOINT = 'http://169.254.169.254/metadata/identity/oauth2/token'
/** A token is renewed so long before it ends. */
const EARLIER_MS = 5 * 60_000
const MOST_ANSWER_BYTES = 256 * 1024
const CONNECT_MS = 10_000

/** Tokens for one who is known to Microsoft Entra ID, as the client asks for them. */
export class EntraCredential {
  readonly #agents: HttpAgents
  readonly #who: EntraApplication | ManagedIdentity
  #token: Promise<Token> | undefined

  constructor(agents: HttpAgents, who: EntraApplication | ManagedIdentity) {
    this.#agents = agents
    this.#who = who
  }

  async getToken(): Promise<Token> {
    const asked = this.#token ?? this.#ask()
    this.#token = asked
    try {
      const token = await asked
      if (token.expiresOnTimestamp - EARLIER_MS > Date.now()) return token
      if (this.#token === asked) this.#token = this.#ask()
      return await (this.#token ?? this.#ask())
    } catch (error) {
      this.#token = undefined
      throw error
    }
  }

  async #ask(): Promise<Token> {
    const request = 'tenantId' in this.#who ? await applicationRequest(this.#who) : machineRequest(this.#who)
    const failed = { where: request.url.origin, call: 'log in' }
    try {
      const answer = await httpRequest(this.#agents, { ...request, connectTimeoutMs: CONNECT_MS })
      const text = await readText(answer, MOST_ANSWER_BYTES)
      const status = answer.statusCode ?? 0
      if (status !== 200) {
        const header = (name: string): string | undefined => answer.headers[name]?.toString()
        throw status === 400 ? denied(failed.where, reasonOf(text)) : httpError({ status, header }, failed)
      }
      return tokenOf(text, failed.where)
    } catch (error) {
      throw networkError(error, failed) ?? error
    }
  }
}

interface TokenRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

async function applicationRequest(application: EntraApplication): Promise<TokenRequest> {
  const { tenantId, clientId, clientSecret, tokenFile } = application
  const authority = application.authority ?? 'https://login.microsoftonline.com'
  const proof: Record<string, string> =
    clientSecret === undefined
      ? {
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: (await readFile(tokenFile ?? '', 'utf8')).trim()
        }
      : { client_secret: revealSecret(clientSecret) }
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    scope: `${RESOURCE}/.default`,
    ...proof
  }).toString()
  const url = new URL(`${authority.replace(/\/+$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`)
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body))
  }
  return { method: 'POST', url, headers, body }
}

function machineRequest({ clientId, endpoint, endpointSecret }: ManagedIdentity): TokenRequest {
  const secret = endpointSecret === undefined ? undefined : revealSecret(endpointSecret)
  const url = new URL(endpoint ?? MACHINE_ENDPOINT)
  url.searchParams.set('api-version', secret === undefined ? '2018-02-01' : '2019-08-01')
  url.searchParams.set('resource', RESOURCE)
  if (clientId !== undefined) url.searchParams.set('client_id', clientId)
  return {
    method: 'GET',
    url,
    headers: secret === undefined ? { metadata: 'true' } : { 'x-identity-header': secret }
  }
}

function tokenOf(text: string, where: string): Token {
  const now = Date.now()
  const { access_token: token, expires_in: seconds, expires_on: at } = parse(text)
  if (typeof token !== 'string')
    throw new StorageError('STORAGE_UNEXPECTED', `${where} answers a login with something else`)
  const ends = seconds === undefined ? Number(at) * 1000 : now + Number(seconds) * 1000
  return { token, expiresOnTimestamp: Number.isFinite(ends) ? ends : now }
}

/** The short name of what is wrong; descriptions may repeat what was sent. */
function reasonOf(text: string): string {
  const { error } = parse(text)
  return typeof error === 'string' ? error.slice(0, 100) : 'no reason told'
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) ?? {}) as Record<string, unknown>
  } catch {
    return {}
  }
}

function denied(where: string, reason: string): StorageError {
  return new StorageError('STORAGE_ACCESS_DENIED', `Cannot log in at ${where}: ${reason}`, {
    context: { call: 'log in' }
  })
}
