import type { StoreEndpoint } from '@tercet/interface'
import { AMAZON_HOST, providerOf, UNKNOWN } from './s3-providers.ts'

/** The host of a store and, where it is known, who runs it; without an endpoint it is Amazon's. */
export function endpointOf(endpoint: string | undefined): StoreEndpoint {
  const host = endpoint === undefined ? AMAZON_HOST : new URL(endpoint).hostname
  const { name } = providerOf(host)
  return name === UNKNOWN.name ? { host } : { host, provider: name }
}
