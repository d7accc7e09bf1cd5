import type { CallOptions, PromiseMethod, StorageBackend, StorageLayer } from '@tercet/interface'
import { CHANGING } from './changing-methods.ts'
import { ForwardingBackend } from './forwarding-backend.ts'
import type { Lease } from './lease.ts'

/** Refuses what would change a place once the lease is lost that the work is done under. */
export interface WriteGuard extends StorageLayer {
  /** Without one everything passes. */
  lease: Lease | undefined
}

/** Looks at the lease before each call that changes something; such a call rejects with `LEASE_LOST` when it is lost. */
export function guardWrites(): WriteGuard {
  const guard: WriteGuard = Object.assign((inner: StorageBackend) => new GuardedBackend(inner, guard), {
    lease: undefined
  })
  return guard
}

class GuardedBackend extends ForwardingBackend {
  readonly #guard: WriteGuard

  constructor(inner: StorageBackend, guard: WriteGuard) {
    super(inner)
    this.#guard = guard
  }

  protected override async around<T>(
    method: PromiseMethod,
    options: CallOptions | undefined,
    call: (options: CallOptions | undefined) => Promise<T>
  ): Promise<T> {
    if (CHANGING.has(method)) await this.#guard.lease?.assertHeld()
    return await call(options)
  }
}
