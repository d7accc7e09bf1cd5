import { inspect } from 'node:util'
import { createHttpAgents, httpRequest } from '@tercet/backend-kit'
import { collect, failureOf, patternSource } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { openSwiftBackend, type SwiftBackendOptions } from '../src/index.ts'
import { createKeystone } from './support/keystone.ts'
import { describeSwift } from './support/swift.ts'

describeSwift('Swift: failures as it answers them', (swift) => {
  test('a container that is not there', async () => {
    await using backend = await openSwiftBackend(swift.options())
    const calls: (() => Promise<unknown>)[] = [
      () => collect(backend.list()),
      () => backend.stat('object'),
      () => collect(backend.get('object')),
      () => backend.put('object', patternSource(1_000_000)),
      () => backend.delete('object'),
      () => backend.copy('object', 'other')
    ]
    for (const call of calls) expect((await failureOf(call())).code).toBe('STORAGE_NOT_FOUND')
  })

  test('a wrong password, nobody at the URL, and a URL that is something else', async () => {
    const options = swift.options()
    const codeOf = async (more: Partial<SwiftBackendOptions>) =>
      (await failureOf(openSwiftBackend({ ...options, ...more }))).code
    expect(await codeOf({ password: 'wrong' })).toBe('STORAGE_ACCESS_DENIED')
    expect(await codeOf({ username: 'test:nobody' })).toBe('STORAGE_ACCESS_DENIED')
    expect(await codeOf({ authUrl: 'http://127.0.0.1:9/auth/v1.0' })).toBe('STORAGE_UNAVAILABLE')
    const elsewhere = `http://127.0.0.1:${swift.server.port}/healthcheck`
    expect(await codeOf({ authUrl: elsewhere })).toBe('STORAGE_INVALID_URL')
  })

  test('a token that is no longer good is renewed, once for each request', async () => {
    await using keystone = await createKeystone(swift.server)
    const { authVersion: _, ...options } = await swift.container()
    await using backend = await openSwiftBackend({ ...options, authUrl: `${keystone.url}/v3`, project: 'p' })
    await backend.put('object', patternSource(100_000))
    keystone.spoilTokens(1)
    await using again = await openSwiftBackend({ ...options, authUrl: `${keystone.url}/v3`, project: 'p' })
    await again.put('object', patternSource(500_000, 2))
    expect((await again.stat('object')).sizeBytes).toBe(500_000)
    keystone.spoilTokens(2)
    await using denied = await openSwiftBackend({ ...options, authUrl: `${keystone.url}/v3`, project: 'p' })
    expect((await failureOf(denied.stat('object'))).code).toBe('STORAGE_ACCESS_DENIED')
  })

  test('a quota that is used up, and what is left of it', async () => {
    const options = await swift.container()
    await using backend = await openSwiftBackend(options)
    expect(await backend.quota()).toEqual({})
    await setQuota(options, 100_000)
    await backend.put('object', patternSource(40_000))
    expect((await backend.quota()).totalBytes).toBe(100_000)
    const failure = await failureOf(backend.put('other', patternSource(200_000)))
    expect(failure).toMatchObject({ code: 'STORAGE_FULL', retry: 'never' })
  })

  test('somebody who has no rights there', async () => {
    const { container, authUrl } = await swift.container()
    const guest = {
      container,
      authUrl,
      authVersion: 'v1',
      username: 'test:guest',
      password: 'guest'
    } as const
    await using backend = await openSwiftBackend(guest)
    for (const call of [
      () => collect(backend.list()),
      () => backend.stat('object'),
      () => backend.put('object', patternSource(10)),
      () => backend.delete('object')
    ])
      expect(await failureOf(call())).toMatchObject({ code: 'STORAGE_ACCESS_DENIED', retry: 'never' })
  })

  test('a name that is too long with the folder in front', async () => {
    await using backend = await openSwiftBackend(await swift.container({ prefix: 'p'.repeat(800) }))
    const path = ['a', 'b'].map((letter) => letter.repeat(150)).join('/')
    expect((await failureOf(backend.put(path, patternSource(10)))).code).toBe('STORAGE_INVALID_PATH')
  })

  test('what is told of a failure holds no password and no token', async () => {
    const options = await swift.container()
    const failure = await failureOf(openSwiftBackend({ ...options, password: 'hunter2' }))
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toMatch(/hunter2/)
    await using backend = await openSwiftBackend(options)
    const missing = await failureOf(backend.stat('absent'))
    expect(inspect(missing, { depth: 20, showHidden: true })).not.toMatch(/AUTH_tk/)
  })

  async function setQuota(options: SwiftBackendOptions, bytes: number): Promise<void> {
    using agents = createHttpAgents()
    const headers = { 'x-auth-user': swift.server.username, 'x-auth-key': swift.server.password }
    const login = await httpRequest(agents, { method: 'GET', url: new URL(options.authUrl), headers })
    login.resume()
    const answer = await httpRequest(agents, {
      method: 'POST',
      url: new URL(`${login.headers['x-storage-url']}/${encodeURIComponent(options.container)}`),
      headers: {
        'x-auth-token': String(login.headers['x-auth-token']),
        'x-container-meta-quota-bytes': String(bytes),
        'content-length': '0'
      }
    })
    answer.resume()
    expect(answer.statusCode).toBe(204)
  }
})

describeSwift('Swift: logging in by Keystone, as its answers are documented', (swift) => {
  test('version 2 with a password or a key, version 3 with a password or an application credential', async () => {
    await using keystone = await createKeystone(swift.server)
    const { container } = await swift.container()
    const { username } = swift.server
    const ways: Partial<SwiftBackendOptions>[] = [
      { authUrl: `${keystone.url}/v2.0`, username, password: 'secret', project: 'backup' },
      { authUrl: `${keystone.url}/v2.0/`, username, apiKey: 'secret' },
      { authUrl: `${keystone.url}/v3`, username, password: 'secret', project: 'backup', domain: 'ours' },
      { authUrl: keystone.url, applicationCredential: { id: 'id', secret: 'secret' } }
    ]
    for (const way of ways) {
      await using backend = await openSwiftBackend({
        container,
        region: 'two',
        ...way
      } as SwiftBackendOptions)
      await backend.put('object', patternSource(1000))
      expect((await backend.stat('object')).sizeBytes).toBe(1000)
    }
    expect(keystone.logins).toEqual([
      { auth: { passwordCredentials: { username, password: 'secret' }, tenantName: 'backup' } },
      { auth: { 'RAX-KSKEY:apiKeyCredentials': { username, apiKey: 'secret' } } },
      {
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: username, domain: { name: 'ours' }, password: 'secret' } }
          },
          scope: { project: { name: 'backup', domain: { name: 'ours' } } }
        }
      },
      {
        auth: {
          identity: {
            methods: ['application_credential'],
            application_credential: { id: 'id', secret: 'secret' }
          }
        }
      }
    ])
  })

  test('a region that is not there is told', async () => {
    await using keystone = await createKeystone(swift.server)
    const options = {
      container: 'c',
      authUrl: `${keystone.url}/v3`,
      username: 'u',
      password: 'p',
      region: 'three'
    }
    const failure = await failureOf(openSwiftBackend(options))
    expect(failure).toMatchObject({ code: 'STORAGE_INVALID_URL' })
    expect(failure.message).toContain('three')
  })
})
