import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { createCertificate, createServerFolder, type TestCertificate } from '@tercet/testkit-servers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHttpAgents, type HttpAgentsOptions, nativeCode, proxiesFromEnvironment } from '../src/index.ts'

let folder: string
let certificate: TestCertificate
let plain: http.Server
let secure: https.Server
let proxy: http.Server
const proxied: string[] = []

const portOf = (server: http.Server | https.Server): number => (server.address() as AddressInfo).port
const listen = (server: http.Server | https.Server): Promise<void> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

beforeAll(async () => {
  folder = await createServerFolder('agents')
  certificate = await createCertificate(folder)
  const answer: http.RequestListener = (request, response) => response.end(`${request.url}`)
  plain = http.createServer(answer)
  const { keyFile, pem } = certificate
  secure = https.createServer({ key: readFileSync(keyFile), cert: pem }, answer)
  proxy = http.createServer((request, response) => {
    proxied.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`)
    const { pathname } = new URL(request.url as string)
    response.end(`proxied ${pathname}`)
  })
  proxy.on('connect', (request: http.IncomingMessage, client: Socket) => {
    proxied.push(`CONNECT ${request.headers['proxy-authorization']}`)
    if (request.headers['proxy-authorization'] === undefined) {
      client.end('HTTP/1.1 407 Who asks\r\n\r\n')
      return
    }
    const server = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      server.pipe(client).pipe(server)
    })
    server.on('error', () => client.destroy())
    client.on('error', () => server.destroy())
  })
  await Promise.all([plain, secure, proxy].map(listen))
})

afterAll(async () => {
  for (const server of [plain, secure, proxy]) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  await rm(folder, { recursive: true })
})

async function get(url: string, options: HttpAgentsOptions): Promise<string> {
  using agents = createHttpAgents({ proxy: 'none', ...options })
  return await new Promise((resolve, reject) => {
    const isSecure = url.startsWith('https:')
    const request = (isSecure ? https : http).get(url, { agent: isSecure ? agents.https : agents.http })
    request.once('error', reject)
    request.once('response', async (response) => {
      resolve(Buffer.concat(await response.toArray()).toString())
    })
  })
}

const secureUrl = (): string => `https://127.0.0.1:${portOf(secure)}/x`
const failure = (promise: Promise<unknown>): Promise<string | undefined> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => nativeCode(error)
  )

describe('a certificate', () => {
  test('that nobody vouches for is refused', async () => {
    expect(await failure(get(secureUrl(), {}))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
  })

  test('is believed by its authority, by its fingerprint, or by will', async () => {
    const { pem, sha1, sha256 } = certificate
    for (const trust of [
      { ca: pem },
      { fingerprints: [sha256.toUpperCase()] },
      { fingerprints: ['00'.repeat(20), sha1] },
      { acceptAny: true }
    ])
      expect(await get(secureUrl(), { trust })).toBe('/x')
  })

  test('with another fingerprint is refused, though an authority vouches for it', async () => {
    const trust = { ca: certificate.pem, fingerprints: ['ab'.repeat(32)] }
    expect(await failure(get(secureUrl(), { trust }))).toBe('TERCET_CERTIFICATE_PIN')
  })

  test('for another host is refused', async () => {
    const other = await createServerFolder('agents-other')
    const { pem, keyFile } = await createCertificate(other, 'elsewhere.example')
    const server = https.createServer({ key: readFileSync(keyFile), cert: pem }, (_, response) =>
      response.end('x')
    )
    await listen(server)
    const url = `https://localhost:${portOf(server)}/`
    expect(await failure(get(url, { trust: { ca: pem } }))).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    server.close()
    await rm(other, { recursive: true })
  })
})

describe('a proxy', () => {
  const proxyUrl = (user = ''): URL => new URL(`http://${user}127.0.0.1:${portOf(proxy)}`)

  test('gets the whole URL of a plain request', async () => {
    proxied.length = 0
    const url = `http://127.0.0.1:${portOf(plain)}/x?y`
    expect(await get(url, { proxy: proxyUrl('ada:s%40c@') })).toBe('proxied /x')
    expect(proxied).toEqual([`GET ${url} Basic ${Buffer.from('ada:s@c').toString('base64')}`])
  })

  test('is passed through by TLS, and the certificate is looked at all the same', async () => {
    proxied.length = 0
    const options = { proxy: proxyUrl('ada:x@') }
    expect(await get(secureUrl(), { ...options, trust: { ca: certificate.pem } })).toBe('/x')
    expect(await failure(get(secureUrl(), options))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
    expect(proxied).toHaveLength(2)
  })

  test('may want to know who asks', async () => {
    expect(await failure(get(secureUrl(), { proxy: proxyUrl() }))).toBe('TERCET_PROXY_DENIED')
  })

  test('is chosen by the environment', () => {
    const choose = proxiesFromEnvironment({
      HTTPS_PROXY: 'http://secure:1',
      http_proxy: 'plain:2',
      NO_PROXY: 'internal.example, .local, host:444'
    })
    const chosen = (protocol: 'http:' | 'https:', host: string, port = 443): string | undefined =>
      choose({ protocol, host, port })?.host
    expect(chosen('https:', 'a.example')).toBe('secure:1')
    expect(chosen('http:', 'a.example')).toBe('plain:2')
    expect(chosen('https:', 'internal.example')).toBeUndefined()
    expect(chosen('https:', 'x.internal.example')).toBeUndefined()
    expect(chosen('https:', 'notinternal.example')).toBe('secure:1')
    expect(chosen('http:', 'printer.local')).toBeUndefined()
    expect(chosen('https:', 'host', 444)).toBeUndefined()
    expect(chosen('https:', 'host', 443)).toBe('secure:1')
    expect(
      proxiesFromEnvironment({ no_proxy: '*', https_proxy: 'x' })({ protocol: 'https:', host: 'a', port: 1 })
    ).toBeUndefined()
    expect(proxiesFromEnvironment({})({ protocol: 'https:', host: 'a', port: 1 })).toBeUndefined()
  })
})

test('connections are kept, and no more than the limit are open', async () => {
  using agents = createHttpAgents({ proxy: 'none', maxSockets: 2 })
  const sockets = new Set<unknown>()
  plain.on('connection', (socket) => sockets.add(socket))
  await Promise.all(
    Array.from(
      { length: 12 },
      () =>
        new Promise<void>((resolve, reject) => {
          http
            .get(`http://127.0.0.1:${portOf(plain)}/`, { agent: agents.http }, (response) =>
              response.resume().once('end', resolve)
            )
            .once('error', reject)
        })
    )
  )
  expect(sockets.size).toBe(2)
})
