import { createHmac, createSecretKey } from 'node:crypto'
import type { EntraCredential } from './entra-credential.ts'

/** A request without a body. */
export interface UnsignedRequest {
  readonly method: 'GET'
  /** As it is sent, without the query. */
  readonly path: string
  /** What is asked for; a shared access signature is not among it. */
  readonly query: Readonly<Record<string, string>>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/** The header by which the account knows who asks; undefined where the URL shows that. */
export type AuthorizeRequest = (request: UnsignedRequest) => Promise<string | undefined>

/** Signs with a key of the account, as Azure's documentation has it ("Authorize with Shared Key"). */
export function authorizeByKey(account: string, key: string): AuthorizeRequest {
  const secret = createSecretKey(key, 'base64')
  return async ({ method, path, query, headers }) => {
    const named = Object.keys(headers).filter((name) => name.startsWith('x-ms-'))
    const text = [
      method,
      ...Array<string>(11).fill(''), // headers of the content, of conditions and of ranges, which are not sent
      ...named.sort().map((name) => `${name}:${headers[name]}`),
      `/${account}${path}`,
      ...Object.keys(query)
        .sort()
        .map((name) => `${name}:${query[name]}`)
    ].join('\n')
    return `SharedKey ${account}:${createHmac('sha256', secret).update(text).digest('base64')}`
  }
}

export function authorizeByToken(credential: EntraCredential): AuthorizeRequest {
  return async () => `Bearer ${(await credential.getToken()).token}`
}
