import {
  type Capabilities,
  type Clock,
  type StorageBackend,
  StorageError,
  type StorageErrorCode,
  type StorageLayer,
  type StorageMethod
} from '@tercet/interface'
import { FaultScript, type FaultTarget } from './fault-script.ts'
import { FaultyBackend } from './faulty-backend.ts'
import { createRandom } from './random.ts'
import { createVirtualClock } from './virtual-clock.ts'

/**
 * When a call fails: `before` anything happened; `after` all of it happened, so that only the answer is lost; `torn`:
 * half way (a part is stored under the name, a part of the bytes or entries has been yielded); `hang`: never, it does
 * not answer until it is aborted.
 */
export type FaultMoment = 'before' | 'after' | 'torn' | 'hang'

export interface FailOptions extends FaultTarget {
  /** @defaultValue 'before' */
  readonly when?: FaultMoment | undefined
  /** With `torn`: bytes or entries that get through. @defaultValue chosen by the seed; one entry of a listing */
  readonly amount?: number | undefined
  /** @defaultValue 'STORAGE_UNAVAILABLE', for which a retry may help */
  readonly error?: StorageErrorCode | Error | (() => unknown) | undefined
}

export interface DamageOptions extends FaultTarget {
  /** `flip` one bit, chosen by the seed; `truncate`: end early as if that were all. @defaultValue 'flip' */
  readonly how?: 'flip' | 'truncate' | undefined
}

/** What happens to one call. */
export type FaultEffect =
  | {
      readonly kind: 'fail'
      readonly when: FaultMoment
      readonly amount: number | undefined
      error(): unknown
    }
  | { readonly kind: 'damage'; readonly how: 'flip' | 'truncate' }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  | { readonly kind: 'stale'; readonly behind: number }

export interface FaultsOptions {
  /** @defaultValue 1 */
  readonly seed?: number | undefined
  /** What latency and bandwidth are measured on. @defaultValue a virtual clock that moves by itself */
  readonly clock?: Clock | undefined
  /** Promises that the faulty backend does not make, such as `{ atomicPut: false }` where puts are torn. */
  readonly capabilities?: Partial<Capabilities> | undefined
}

/** One call that reached a faulty backend. */
export interface RecordedCall {
  readonly method: StorageMethod
  /** `''` for calls that have no path. */
  readonly path: string
}

/** A script of what goes wrong, and a layer that plays it. */
export interface Faults extends Disposable {
  /** Puts the script between a backend and its user; several backends share one script. */
  readonly layer: StorageLayer
  readonly clock: Clock
  /** Every call so far, in order. */
  readonly calls: readonly RecordedCall[]
  fail(method: StorageMethod, options?: FailOptions): Faults
  /** Lets a `get` yield wrong bytes without an error. */
  damage(options?: DamageOptions): Faults
  /** Answers late, by the clock. */
  delay(method: StorageMethod, options: FaultTarget & { readonly milliseconds: number }): Faults
  /** Lets a listing not show the latest `behind` changes made since this was scripted. @defaultValue one change */
  staleListing(options?: FaultTarget & { readonly behind?: number | undefined }): Faults
  /** Lets listings show changes made from now on only when they are older than that; 0 ends it. */
  lagListings(milliseconds: number): Faults
  /** Bytes a second that all transfers together get, by the clock; undefined ends it. */
  limitBandwidth(bytesPerSecond: number | undefined): Faults
  /** @throws FaultError `FAULT_UNUSED` when a scripted fault was never reached */
  assertAllUsed(): void
  /** {@link Faults.assertAllUsed} at the end of a block that holds the faults by `using`. */
  [Symbol.dispose](): void
}

export function createFaults(options: FaultsOptions = {}): Faults {
  const clock = options.clock ?? createVirtualClock()
  const script = new FaultScript<FaultEffect>()
  const calls: RecordedCall[] = []
  const state = {
    script,
    calls,
    clock,
    random: createRandom(options.seed ?? 1),
    listingLagMs: 0,
    tracksChanges: false,
    bytesPerSecond: undefined as number | undefined,
    busyUntilMs: 0
  }
  const add = (method: StorageMethod, target: FaultTarget, effect: FaultEffect): Faults => {
    script.add(method, target, effect)
    return faults
  }
  const faults: Faults = {
    layer: (inner: StorageBackend) => new FaultyBackend(inner, state, options.capabilities),
    clock,
    calls,
    fail(method, { when = 'before', amount, error, ...target } = {}) {
      return add(method, target, { kind: 'fail', when, amount, error: () => makeError(error, method) })
    },
    damage: ({ how = 'flip', ...target } = {}) => add('get', target, { kind: 'damage', how }),
    delay: (method, { milliseconds, ...target }) => add(method, target, { kind: 'delay', milliseconds }),
    staleListing({ behind = 1, ...target } = {}) {
      state.tracksChanges = true
      return add('list', target, { kind: 'stale', behind })
    },
    lagListings(milliseconds) {
      state.tracksChanges = true
      state.listingLagMs = milliseconds
      return faults
    },
    limitBandwidth(bytesPerSecond) {
      if (bytesPerSecond !== undefined && !(bytesPerSecond > 0))
        throw new RangeError('bytesPerSecond must be above 0')
      state.bytesPerSecond = bytesPerSecond
      return faults
    },
    assertAllUsed: () => script.assertAllUsed(),
    [Symbol.dispose]: () => script.assertAllUsed()
  }
  return faults
}

function makeError(error: FailOptions['error'], method: StorageMethod): unknown {
  if (typeof error === 'function') return error()
  if (error instanceof Error) return error
  return new StorageError(error ?? 'STORAGE_UNAVAILABLE', `Scripted failure of ${method}`, {
    retry: error === undefined ? 'may-help' : 'never',
    context: { method }
  })
}
