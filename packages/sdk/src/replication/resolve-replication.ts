import { assertKnownKeys, ConfigurationError, type StorageBackend } from '@tercet/interface'
import { resolveSyncConfiguration, type SyncConfiguration } from '@tercet/sync-policy'
import { destinationId } from '../catalog/catalog-path.ts'
import { readSyncConfiguration } from './read-sync-configuration.ts'
import { realPath } from './real-path.ts'
import type { Replica, ReplicaSchedule } from './replica.ts'

/** What becomes of a backup after it was made. */
export interface Replication {
  readonly configuration: SyncConfiguration
  /** Replicas that were given as backends, by id; the others are opened when they are due. */
  readonly backends: ReadonlyMap<string, StorageBackend>
}

/** What is said about replication when a backup is opened. */
export interface ReplicationOptions {
  readonly destination: StorageBackend | string
  readonly backendOptions?: Readonly<Record<string, string>> | undefined
  readonly replicas?: readonly Replica[] | undefined
  readonly syncConfiguration?: string | object | undefined
  /** What an object of configuration is called in messages. */
  readonly where?: string | undefined
}

const REPLICA_KEYS = [
  'backend',
  'when',
  'id',
  'options',
  'medium',
  'provider',
  'site',
  'immutable',
  'offline'
] as const satisfies readonly (keyof Replica)[]

/**
 * Checks all that is said about replication, before anything is done; undefined: nothing is said.
 *
 * @throws ConfigurationError `CONFIG_*`
 */
export function resolveReplication(options: ReplicationOptions): Replication | undefined {
  const { replicas, syncConfiguration, destination, backendOptions, where } = options
  const surroundings = {
    primaryUrl: typeof destination === 'string' ? destination : undefined,
    primaryOptions: backendOptions,
    workingFolder: process.cwd(),
    realPath
  }
  if (syncConfiguration !== undefined) {
    if (replicas !== undefined)
      throw new ConfigurationError(
        'CONFIG_CONFLICT',
        'Give either "replicas" or "syncConfiguration", not both'
      )
    const configuration = readSyncConfiguration(syncConfiguration, { ...surroundings, where })
    return { configuration, backends: new Map() }
  }
  if (replicas === undefined) return undefined
  if (!Array.isArray(replicas)) throw new TypeError('"replicas" must be a list')
  const configuration = resolveSyncConfiguration(
    { destinations: replicas.map(destinationOf) },
    { ...surroundings, where: 'replicas' }
  )
  return { configuration: named(configuration, replicas), backends: backendsOf(configuration, replicas) }
}

/** A replica as it would stand in a configuration. */
function destinationOf({ ...replica }: Replica, index: number): object {
  assertKnownKeys(replica, REPLICA_KEYS, `replicas[${index}]`)
  const { backend, when = 'inline', id, options = {}, ...declared } = replica
  if (typeof backend === 'string')
    return { ...options, ...declared, ...triggerOf(when, index), url: backend, id }
  if (typeof backend?.list !== 'function')
    throw new TypeError(`replicas[${index}]: "backend" must be a backend, a URL or a path`)
  const url = backend.scheme === 'file' ? backend.displayName : `object:${index}`
  return {
    ...options,
    ...declared,
    ...triggerOf(when, index),
    url,
    id: id ?? destinationId(backend, 'replica')
  }
}

function triggerOf(when: ReplicaSchedule, index: number): object {
  if (when === 'inline') return { mode: 'inline' }
  if (typeof when === 'object' && when !== null) {
    if ('count' in when) return { mode: 'counting', count: when.count }
    if ('every' in when) return { mode: 'interval', interval: intervalOf(when.every) }
  }
  throw new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `replicas[${index}]: "when" must be 'inline', { every: '7D' } or { count: 5 }`
  )
}

/** Milliseconds are rounded up to whole seconds, which is how a configuration writes them. */
function intervalOf(every: string | number): unknown {
  return typeof every === 'number' ? String(Math.ceil(every / 1000)) : every
}

function named(configuration: SyncConfiguration, replicas: readonly Replica[]): SyncConfiguration {
  const destinations = configuration.destinations.map((destination, index) => {
    const backend = replicas[index]?.backend
    return typeof backend === 'object' ? { ...destination, displayName: backend.displayName } : destination
  })
  return { ...configuration, destinations }
}

function backendsOf({ destinations }: SyncConfiguration, replicas: readonly Replica[]) {
  const backends = new Map<string, StorageBackend>()
  destinations.forEach(({ id }, index) => {
    const backend = replicas[index]?.backend
    if (typeof backend === 'object') backends.set(id, backend)
  })
  return backends
}
