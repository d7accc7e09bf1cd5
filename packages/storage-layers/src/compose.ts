import type { StorageBackend, StorageLayer } from '@tercet/interface'

/**
 * Puts layers around a backend, the innermost first: in `compose(backend, timeout(…), retry(…), throttle(…))` each
 * attempt has its own time limit, and waiting for bandwidth counts for none.
 */
export function compose(backend: StorageBackend, ...layers: readonly StorageLayer[]): StorageBackend {
  return layers.reduce((inner, layer) => layer(inner), backend)
}
