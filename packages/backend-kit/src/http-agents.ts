import http from 'node:http'
import https from 'node:https'
import type { NetConnectOpts, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { connectTapped } from './large-body.ts'
import { type ProxyChoice, proxiesFromEnvironment, proxyAuthorization } from './proxy-settings.ts'
import { connectTls, type TlsTrust, tlsOptions } from './tls-trust.ts'

export interface HttpAgentsOptions {
  readonly trust?: TlsTrust | undefined
  /** `environment`: what `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say. @defaultValue environment */
  readonly proxy?: 'environment' | 'none' | URL | undefined
  /** Connections to one host. @defaultValue 16 */
  readonly maxSockets?: number | undefined
  /** Sees every request before it is sent. */
  readonly onRequest?: ((request: http.ClientRequest) => void) | undefined
}

/** Keep connections open for the next request, and no more than a number of them. */
export interface HttpAgents extends Disposable {
  readonly http: http.Agent
  readonly https: https.Agent
}

export function createHttpAgents(options: HttpAgentsOptions = {}): HttpAgents {
  const { trust = {}, proxy = 'environment', maxSockets = 16, onRequest = () => {} } = options
  const choose: ProxyChoice =
    proxy === 'environment' ? proxiesFromEnvironment() : () => (proxy === 'none' ? undefined : proxy)
  const common = { keepAlive: true, maxSockets, noDelay: true } as const
  const plain = new PlainAgent(common, choose, onRequest)
  const secure = new SecureAgent({ ...common, ...tlsOptions(trust) }, choose, trust, onRequest)
  return {
    http: plain,
    https: secure,
    [Symbol.dispose]() {
      plain.destroy()
      secure.destroy()
    }
  }
}

type Callback = (error: Error | null, stream: Duplex) => void

type OnRequest = (request: http.ClientRequest) => void
type AddRequest = (this: http.Agent, request: http.ClientRequest, options: http.RequestOptions) => void

/** Not documented, and the one place where a request and its target are known together. */
const { addRequest } = http.Agent.prototype as unknown as { addRequest: AddRequest }

/** Requests through a proxy name the whole URL and go to the proxy. */
class PlainAgent extends http.Agent {
  readonly #choose: ProxyChoice
  readonly #onRequest: OnRequest

  constructor(options: http.AgentOptions, choose: ProxyChoice, onRequest: OnRequest) {
    super(options)
    this.#choose = choose
    this.#onRequest = onRequest
  }

  addRequest(request: http.ClientRequest, options: http.RequestOptions): void {
    this.#onRequest(request)
    const host = options.host ?? 'localhost'
    const port = Number(options.port ?? 80)
    const proxy = this.#choose({ protocol: 'http:', host, port })
    if (proxy === undefined) {
      addRequest.call(this, request, options)
      return
    }
    const authority = request.getHeader('host') ?? `${host}:${port}`
    request.path = `http://${authority}${request.path}`
    const authorization = proxyAuthorization(proxy)
    if (authorization !== undefined) request.setHeader('proxy-authorization', authorization)
    addRequest.call(this, request, { ...options, ...serverOf(proxy) })
  }

  override createConnection(options: http.ClientRequestArgs): Duplex {
    return connectTapped(options as NetConnectOpts)
  }
}

/** Connections through a proxy are made by `CONNECT`; TLS goes through to the server. */
class SecureAgent extends https.Agent {
  readonly #choose: ProxyChoice
  readonly #trust: TlsTrust
  readonly #onRequest: OnRequest

  constructor(options: https.AgentOptions, choose: ProxyChoice, trust: TlsTrust, onRequest: OnRequest) {
    super(options)
    this.#choose = choose
    this.#trust = trust
    this.#onRequest = onRequest
  }

  addRequest(request: http.ClientRequest, options: http.RequestOptions): void {
    this.#onRequest(request)
    addRequest.call(this, request, options)
  }

  override createConnection(options: https.RequestOptions, callback?: Callback): Duplex | undefined {
    const host = options.host ?? 'localhost'
    const port = Number(options.port ?? 443)
    const target = { ...options, host, port, servername: options.servername || serverName(host) }
    const proxy = this.#choose({ protocol: 'https:', host, port })
    if (proxy === undefined) return connectTls(target as ConnectionOptions, this.#trust)
    connectThrough(proxy, `${host.includes(':') ? `[${host}]` : host}:${port}`).then(
      (socket) => callback?.(null, connectTls({ ...target, socket } as ConnectionOptions, this.#trust)),
      (error: Error) => callback?.(error, undefined as unknown as Duplex)
    )
    return undefined
  }
}

/** Addresses are no names (RFC 6066, section 3). */
function serverName(host: string): string {
  return /^[\d.]+$|:/.test(host) ? '' : host
}

function serverOf(proxy: URL): { host: string; port: number } {
  const port = Number(proxy.port || (proxy.protocol === 'https:' ? 443 : 80))
  return { host: proxy.hostname.replace(/^\[|\]$/g, ''), port }
}

function connectThrough(proxy: URL, authority: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const authorization = proxyAuthorization(proxy)
    const request = (proxy.protocol === 'https:' ? https : http).request({
      ...serverOf(proxy),
      method: 'CONNECT',
      path: authority,
      agent: false,
      headers: {
        host: authority,
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization })
      }
    })
    request.once('connect', (response, socket: Socket) => {
      if (response.statusCode === 200) return resolve(socket)
      socket.destroy()
      const error = new Error(`The proxy ${proxy.host} refused with ${response.statusCode}`)
      const code = response.statusCode === 407 ? 'TERCET_PROXY_DENIED' : 'ECONNREFUSED'
      reject(Object.assign(error, { code }))
    })
    request.once('error', reject)
    request.end()
  })
}
