import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { bytesSource, type StorageBackend } from '@tercet/interface'
import { type ApacheServer, describeWith, startApache } from '@tercet/testkit-servers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWebdavBackend, type WebdavBackendOptions, webdavScheme, webdavsScheme } from '../src/index.ts'

const source = (text: string) => bytesSource(new TextEncoder().encode(text))

describeWith(['apache2', 'openssl'], 'what Apache answers', () => {
  let server: ApacheServer
  beforeAll(async () => {
    server = await startApache()
    await mkdir(join(server.root, 'readonly'))
    await chmod(join(server.root, 'readonly'), 0o555)
  })
  afterAll(() => server.stop())

  const open = (path: string, more: Partial<WebdavBackendOptions> = {}): Promise<StorageBackend> => {
    const { username, password } = server
    return openWebdavBackend({ url: `http://127.0.0.1:${server.port}${path}`, username, password, ...more })
  }
  const secure = (more: Partial<WebdavBackendOptions>, host = 'localhost'): Promise<StorageBackend> =>
    open('', { url: `https://${host}:${server.tlsPort}/`, ...more })

  test('a wrong password, and none', async () => {
    for (const path of ['', '/digest'])
      for (const login of [{ password: 'hidden' }, { username: undefined }]) {
        const failure = await open(path, login).catch((error: unknown) => error)
        expect(failure).toMatchObject({ code: 'STORAGE_ACCESS_DENIED', retry: 'never' })
        expect(String(failure)).not.toContain('hidden')
      }
  })

  test('a certificate that nobody vouches for, a wrong pin, and another host', async () => {
    await expect(secure({})).rejects.toMatchObject({ code: 'STORAGE_UNTRUSTED', retry: 'never' })
    const trust = { fingerprints: ['00'.repeat(32)] }
    await expect(secure({ trust })).rejects.toMatchObject({ code: 'STORAGE_UNTRUSTED' })
    await using pinned = await secure({ trust: { fingerprints: [server.certificate.sha256] } }, '127.0.0.1')
    expect(pinned.scheme).toBe('webdavs')
  })

  test('a host that does not answer, and one that does not exist', async () => {
    await expect(open('', { url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      retry: 'may-help'
    })
    await expect(open('', { url: 'http://no-such-host.invalid/' })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE'
    })
  })

  test.each([
    ['/forbidden', 'STORAGE_ACCESS_DENIED'],
    ['/redirect', 'STORAGE_INVALID_URL'],
    ['/away', 'STORAGE_INVALID_URL'],
    ['/full', 'STORAGE_FULL'],
    ['/busy', 'STORAGE_RATE_LIMITED']
  ])('%s is %s', async (path, code) => {
    await expect(open(path)).rejects.toMatchObject({ code })
  })

  test('a redirection says where to, and is not followed', async () => {
    await expect(open('/away')).rejects.toThrow(/https:\/\/elsewhere\.invalid/)
    await expect(open('/redirect/x')).rejects.toThrow(new RegExp(`http://127.0.0.1:${server.port}/x`))
  })

  test('a request to come back later says when', async () => {
    await expect(open('/busy')).rejects.toMatchObject({ retry: 'may-help', context: { retryAfterMs: 7000 } })
  })

  test('a folder that is missing, one that may not be written to, and a name that is too long', async () => {
    await using missing = await open('/missing')
    await expect(Array.fromAsync(missing.list())).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    await expect(missing.put('a', source('x'))).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    await using folder = await open('/readonly')
    await expect(folder.put('a', source('x'))).rejects.toMatchObject({
      code: expect.stringMatching(/ACCESS_DENIED|UNAVAILABLE/)
    })
    await using root = await open('')
    await expect(root.put(`${'x'.repeat(255)}/${'y'.repeat(255)}`, source('x'))).rejects.toMatchObject({
      code: 'STORAGE_NOT_FOUND'
    })
  })

  test('an object that somebody has locked is busy, until it is not', async () => {
    await using backend = await open('')
    await backend.put('locked', source('old'))
    const url = `http://127.0.0.1:${server.port}/locked`
    const login = Buffer.from(`${server.username}:${server.password}`).toString('base64')
    const headers = { authorization: `Basic ${login}` }
    const body =
      '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>'
    const lock = await fetch(url, { method: 'LOCK', headers, body })
    expect(lock.status).toBe(200)
    const busy = { code: 'STORAGE_UNAVAILABLE', retry: 'may-help' }
    await expect(backend.put('locked', source('new'))).rejects.toMatchObject(busy)
    await expect(backend.delete('locked')).rejects.toMatchObject(busy)
    expect(String(Buffer.concat(await Array.fromAsync(backend.get('locked'))))).toBe('old')
    const token = lock.headers.get('lock-token') ?? ''
    await fetch(url, { method: 'UNLOCK', headers: { ...headers, 'lock-token': token } })
    await backend.put('locked', source('new'))
  })

  test('an upload that a crashed program left is neither shown nor accepted, and goes when it is old', async () => {
    const name = `.tercet-put-${'0'.repeat(24)}.tmp`
    await using backend = await open('/crashed', {
      clock: { now: () => Date.now() + 25 * 3_600_000, monotonic: () => 0, sleep: async () => {} }
    })
    await backend.createFolder('')
    await writeFile(join(server.root, 'crashed', name), 'half')
    const paths = async (): Promise<string[]> =>
      (await Array.fromAsync(backend.list())).map(({ path }) => path)
    expect(await paths()).not.toContain(name)
    await expect(backend.stat(name)).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
    await backend.put('next', source('x'))
    await backend[Symbol.asyncDispose]()
    expect(await readdir(join(server.root, 'crashed'))).toEqual(['next'])
  })

  test('URLs with user, options and TLS', async () => {
    const { username, password, port, tlsPort, certificate } = server
    const context = { environment: {} }
    await using plain = await webdavScheme.open(
      `webdav://${username}:${password}@127.0.0.1:${port}/`,
      context
    )
    expect(plain.displayName).toBe(`webdav://127.0.0.1:${port}/`)
    const hash = `accept-specified-ssl-hash=${certificate.sha1}`
    await using tls = await webdavScheme.open(
      `webdav://127.0.0.1:${tlsPort}/?use-ssl=true&${hash}&auth-username=${username}&auth-password=${password}`,
      context
    )
    expect(tls.scheme).toBe('webdavs')
    await using byFile = await webdavsScheme.open(
      `webdavs://localhost:${tlsPort}/a%20b?ssl-ca-file=${certificate.certificateFile}`,
      {
        environment: { AUTH_USERNAME: username, AUTH_PASSWORD: password }
      }
    )
    expect(byFile.displayName).toBe(`webdavs://localhost:${tlsPort}/a b`)
    const digest = {
      ...context,
      options: { 'force-digest-authentication': 'true' },
      credentials: { username, password }
    }
    await using forced = await webdavScheme.open(`webdav://127.0.0.1:${port}/digest`, digest)
    await forced.put('by digest', source('x'))
  })
})

describe('a server that is no WebDAV server', () => {
  test.each([
    [200, '<html>hello</html>'],
    [207, 'no xml'],
    [405, '']
  ])('%d %s', async (status, text) => {
    const server = createServer((_, response) => response.writeHead(status).end(text))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    await expect(openWebdavBackend({ url, proxy: 'none' })).rejects.toMatchObject({
      code: 'STORAGE_UNSUPPORTED'
    })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
})

test.each(['ftp://host/', 'http://user@host/', 'http://host/?x', 'no url'])('%s is refused', async (url) => {
  await expect(openWebdavBackend({ url })).rejects.toMatchObject({ code: 'STORAGE_INVALID_URL' })
})
