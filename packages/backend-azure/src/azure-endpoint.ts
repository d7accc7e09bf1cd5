import type { StoreEndpoint } from '@tercet/interface'

const CLOUDS: readonly (readonly [domain: string, provider: string])[] = [
  ['.blob.core.windows.net', 'Microsoft Azure'],
  ['.blob.core.usgovcloudapi.net', 'Microsoft Azure Government'],
  ['.blob.core.chinacloudapi.cn', 'Microsoft Azure China']
]

/** The host of a service and, where it is one of Microsoft's clouds, which. */
export function endpointOf(url: string): StoreEndpoint {
  const host = new URL(url).hostname
  const provider = CLOUDS.find(([domain]) => host.endsWith(domain))?.[1]
  return provider === undefined ? { host } : { host, provider }
}
