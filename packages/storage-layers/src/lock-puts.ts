import {
  assertKnownKeys,
  type ByteSource,
  type Clock,
  type PutOptions,
  type StorageBackend,
  type StorageEntry,
  type StorageLayer,
  systemClock
} from '@tercet/interface'
import { ForwardingBackend } from './forwarding-backend.ts'

export interface LockPutsOptions {
  /** How long a new object is locked. */
  readonly durationMs: number
  /** Which objects are. @defaultValue all */
  readonly match?: ((path: string) => boolean) | undefined
  readonly clock?: Clock | undefined
}

/**
 * Locks each new object in the request that stores it, so that there is no moment in which it could be deleted. A store
 * without object locks is left as it is.
 */
export function lockPuts(options: LockPutsOptions): StorageLayer {
  assertKnownKeys(options, ['durationMs', 'match', 'clock'], 'lockPuts')
  if (!(options.durationMs > 0)) throw new RangeError(`durationMs must be above 0, not ${options.durationMs}`)
  return (inner) => (inner.capabilities.objectLock ? new LockingBackend(inner, options) : inner)
}

class LockingBackend extends ForwardingBackend {
  readonly #options: LockPutsOptions

  constructor(inner: StorageBackend, options: LockPutsOptions) {
    super(inner)
    this.#options = options
  }

  override put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    const { durationMs, match, clock = systemClock } = this.#options
    if (options?.lockUntil !== undefined || match?.(path) === false) return super.put(path, source, options)
    return super.put(path, source, { ...options, lockUntil: new Date(clock.now() + durationMs) })
  }
}
