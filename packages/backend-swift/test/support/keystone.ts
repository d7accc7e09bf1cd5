import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SwiftServer } from '@tercet/testkit-servers'

export interface TestKeystone extends AsyncDisposable {
  readonly url: string
  /** What clients have sent to log in. */
  readonly logins: readonly unknown[]
  /** So many of the next tokens are not good. */
  spoilTokens(count: number): void
}

/** Answers to logins as Keystone is documented to, with tokens that a Swift gives for its own way of logging in. */
export async function createKeystone(swift: SwiftServer): Promise<TestKeystone> {
  const logins: unknown[] = []
  let spoiled = 0
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    logins.push(JSON.parse(text))
    const login = await fetch(swift.authUrl, {
      headers: { 'x-auth-user': swift.username, 'x-auth-key': swift.password }
    })
    const storageUrl = login.headers.get('x-storage-url') ?? ''
    const id = spoiled-- > 0 ? 'spoiled' : (login.headers.get('x-auth-token') ?? '')
    const nowhere = 'http://127.0.0.1:9/v1/nothing'
    if (request.url === '/v2.0/tokens') {
      const endpoints = [
        { region: 'one', publicURL: nowhere },
        { region: 'two', publicURL: storageUrl, internalURL: nowhere }
      ]
      const serviceCatalog = [
        { type: 'compute', endpoints: [] },
        { type: 'object-store', endpoints }
      ]
      response.end(
        JSON.stringify({ access: { token: { id, expires: '2099-01-01T00:00:00Z' }, serviceCatalog } })
      )
      return
    }
    if (request.url !== '/v3/auth/tokens') {
      response.writeHead(404).end()
      return
    }
    const endpoints = [
      { interface: 'internal', region: 'two', url: nowhere },
      { interface: 'public', region: 'two', region_id: 'two', url: `${storageUrl}/` }
    ]
    response.writeHead(201, { 'x-subject-token': id })
    response.end(JSON.stringify({ token: { catalog: [{ type: 'object-store', endpoints }] } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    logins,
    spoilTokens(count) {
      spoiled = count
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
