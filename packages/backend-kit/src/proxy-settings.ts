/** Where a request goes to. */
export interface ProxyTarget {
  readonly protocol: 'http:' | 'https:'
  readonly host: string
  readonly port: number
}

/** The proxy for a request; undefined: none. */
export type ProxyChoice = (target: ProxyTarget) => URL | undefined

type Environment = Readonly<Record<string, string | undefined>>

/**
 * What `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say, in small or capital letters. `no_proxy` is a list of
 * hosts, separated by commas or spaces: `example.org` and `.example.org` mean it and what ends with it, `*` everything; a
 * port may follow.
 */
export function proxiesFromEnvironment(environment: Environment = process.env): ProxyChoice {
  const read = (name: string): string | undefined =>
    environment[name] || environment[name.toUpperCase()] || undefined
  // Read once: each look at the environment of the process takes as long as a signature.
  const proxies = {
    'http:': proxyOf(read('http_proxy') ?? read('all_proxy')),
    'https:': proxyOf(read('https_proxy') ?? read('all_proxy'))
  }
  const exceptions = (read('no_proxy') ?? '').split(/[\s,]+/).filter((each) => each !== '')
  return ({ protocol, host, port }) => {
    const proxy = proxies[protocol]
    if (proxy === undefined || exceptions.some((each) => matches(each, host, port))) return undefined
    return proxy
  }
}

function proxyOf(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined
}

function matches(exception: string, host: string, port: number): boolean {
  if (exception === '*') return true
  const [, name = '', wantedPort] = /^\.?(.*?)(?::(\d+))?$/.exec(exception.toLowerCase()) ?? []
  if (wantedPort !== undefined && Number(wantedPort) !== port) return false
  const lower = host.toLowerCase()
  return lower === name || lower.endsWith(`.${name}`)
}

/** The value of `Proxy-Authorization` for a proxy with a user in its URL. */
export function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === '') return undefined
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Basic ${Buffer.from(text).toString('base64')}`
}
