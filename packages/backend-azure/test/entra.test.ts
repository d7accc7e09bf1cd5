import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { failureOf, patternSource } from '@tercet/testkit-servers'
import { describe, expect, test } from 'vitest'
import { createAzureBackend, readAzureUrl } from '../src/index.ts'
import { describeAzurite } from './support/azurite.ts'

interface Login {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: URLSearchParams
}

/** A token as Entra ID gives it, but signed by nobody. */
function tokenFor(seconds: number): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    aud: 'https://storage.azure.com',
    iss: 'https://sts.windows.net/t/',
    iat: now,
    nbf: now - 60
  }
  const parts = [
    { alg: 'RS256', typ: 'JWT' },
    { ...claims, exp: now + seconds }
  ]
  return [...parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')), 'c2ln'].join('.')
}

/** Answers to logins as they are documented. */
async function createLogin(validSeconds = 3600) {
  const logins: Login[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    const body = new URLSearchParams(text)
    logins.push({ url: request.url ?? '', headers: request.headers, body })
    const isWrong = body.get('client_secret') === 'wrong'
    const description = `AADSTS7000215: Invalid client secret ${body.get('client_secret')}`
    response
      .writeHead(isWrong ? 400 : 200, { 'content-type': 'application/json' })
      .end(
        JSON.stringify(
          isWrong
            ? { error: 'invalid_client', error_description: description }
            : { access_token: tokenFor(3600), expires_in: validSeconds, token_type: 'Bearer' }
        )
      )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    logins,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

describeAzurite(
  'Azure: identities of Entra ID',
  (azurite) => {
    const place = async () => {
      const trust = { ca: azurite.server.certificate?.pem ?? '' }
      const { accountKey: _, ...options } = await azurite.container({ trust })
      return options
    }

    test('an application logs in once, and the store takes its token', async () => {
      await using login = await createLogin()
      const application = { tenantId: 'tenant', clientId: 'client', clientSecret: 'hunter2' }
      const options = { ...(await place()), entra: { ...application, authority: login.url } }
      await using backend = createAzureBackend(options)
      await Promise.all([1, 2, 3].map((index) => backend.put(`object ${index}`, patternSource(1000))))
      expect((await backend.stat('object 1')).sizeBytes).toBe(1000)
      expect(login.logins.map(({ url, body }) => [url, Object.fromEntries(body)])).toEqual([
        [
          '/tenant/oauth2/v2.0/token',
          {
            grant_type: 'client_credentials',
            client_id: 'client',
            client_secret: 'hunter2',
            scope: 'https://storage.azure.com/.default'
          }
        ]
      ])
    })

    test('the identity of a machine is asked for where the machine says, and again before it ends', async () => {
      await using login = await createLogin(60)
      const entra = { clientId: 'one', endpoint: `${login.url}/msi/token`, endpointSecret: 'header' }
      await using backend = createAzureBackend({ ...(await place()), entra })
      await backend.put('object', patternSource(1000))
      await backend.stat('object')
      expect(login.logins.length).toBeGreaterThan(1)
      const { url, headers } = login.logins[0] as Login
      const query = 'api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com&client_id=one'
      expect([url, headers['x-identity-header']]).toEqual([`/msi/token?${query}`, 'header'])
    })

    test('a wrong secret is told, and not shown', async () => {
      await using login = await createLogin()
      const entra = { tenantId: 'tenant', clientId: 'client', clientSecret: 'wrong', authority: login.url }
      await using backend = createAzureBackend({ ...(await place()), entra })
      const failure = await failureOf(backend.stat('object'))
      expect(failure).toMatchObject({ code: 'STORAGE_ACCESS_DENIED', retry: 'never' })
      expect(failure.message).toContain('invalid_client')
      expect(inspect(failure, { depth: 20 })).not.toContain('client secret wrong')
      const nobody = { ...entra, authority: 'http://127.0.0.1:9' }
      await using lost = createAzureBackend({ ...(await place()), entra: nobody })
      expect((await failureOf(lost.stat('object'))).code).toBe('STORAGE_UNAVAILABLE')
    })
  },
  true
)

describe('identities of Entra ID in URLs', () => {
  const read = (url: string, environment: Record<string, string> = {}) =>
    readAzureUrl(url, { environment }).backend.entra

  test('come from options and environment, behind keys', () => {
    const environment = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's' }
    expect(read('azure://backups?azure-account-name=acc', environment)).toMatchObject({
      tenantId: 't',
      clientId: 'c'
    })
    expect(read('azure://backups?azure-account-name=acc&azure-access-key=k', environment)).toBeUndefined()
    expect(read('azure://backups?azure-account-name=acc')).toBeUndefined()
    expect(
      read('azure://backups?azure-account-name=acc&azure-managed-identity=true', {
        IDENTITY_ENDPOINT: 'http://localhost/msi',
        IDENTITY_HEADER: 'h'
      })
    ).toMatchObject({ endpoint: 'http://localhost/msi' })
    const incomplete = { container: 'backups', account: 'acc', entra: { tenantId: 't', clientId: 'c' } }
    expect(() => createAzureBackend(incomplete)).toThrow(/entra/)
  })
})
