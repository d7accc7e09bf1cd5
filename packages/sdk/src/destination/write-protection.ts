import { hostname } from 'node:os'
import type { CallOptions, Clock, Issue, StorageBackend } from '@tercet/interface'
import { canLease, compose, guardWrites, lockPuts, takeLease } from '@tercet/storage-layers'
import { parseVolumeName } from '@tercet/volume-format'

export interface WriteProtectionOptions {
  readonly prefix: string
  readonly lease?: boolean | undefined
  readonly breakLease?: boolean | undefined
  readonly lockDurationMs?: number | undefined
  readonly clock?: Clock | undefined
}

/** What keeps a destination from other writers, and its volumes from being deleted. */
export interface WriteProtection {
  /** The destination, on which new volumes are locked, and that is not written to without the lease. */
  readonly backend: StorageBackend
  /** What was asked for and the destination cannot do. */
  readonly missing: readonly Issue[]
  /** The lease is held now. */
  readonly isLeased: boolean
  /** Takes the lease, if one was asked for and can be had; to be disposed when the work is done. */
  hold(options: CallOptions): Promise<AsyncDisposable>
}

export function protectWrites(store: StorageBackend, options: WriteProtectionOptions): WriteProtection {
  const { prefix, lease = false, breakLease, lockDurationMs: durationMs, clock } = options
  const guard = guardWrites()
  const isVolume = (path: string): boolean => parseVolumeName(path) !== undefined
  const layers = [
    ...(durationMs === undefined ? [] : [lockPuts({ durationMs, match: isVolume, clock })]),
    ...(lease ? [guard] : [])
  ]
  return {
    backend: compose(store, ...layers),
    missing: missingAt(store, options),
    get isLeased() {
      return guard.lease !== undefined
    },
    async hold({ signal }) {
      if (!lease || !canLease(store)) return { async [Symbol.asyncDispose]() {} }
      if (store.capabilities.createFolder) await store.createFolder('', { signal })
      const held = await takeLease(store, { prefix, holder: writer(), breakHeld: breakLease, clock, signal })
      guard.lease = held
      return {
        async [Symbol.asyncDispose]() {
          guard.lease = undefined
          await held[Symbol.asyncDispose]()
        }
      }
    }
  }
}

/** Who writes, for whoever finds the lease; it tells nothing else of the machine. */
function writer(): string {
  return `${hostname().slice(0, 100)} (process ${process.pid})`
}

function missingAt(store: StorageBackend, { lease, lockDurationMs }: WriteProtectionOptions): Issue[] {
  const missing: Issue[] = []
  if (lease === true && !canLease(store))
    missing.push({
      code: 'LEASE_UNSUPPORTED',
      severity: 'warning',
      message: `${store.displayName} cannot tell which of two writers came first: no lease keeps others from writing there`
    })
  if (lockDurationMs !== undefined && !store.capabilities.objectLock)
    missing.push({
      code: 'LOCK_UNSUPPORTED',
      severity: 'warning',
      message: `${store.displayName} knows no object locks, or was not asked for them: nothing keeps its volumes from being deleted`
    })
  return missing
}
