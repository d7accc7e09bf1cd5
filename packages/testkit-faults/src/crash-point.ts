import type { ObservedOperation, OperationObserver, StorageLayer } from '@tercet/interface'
import { CrashError } from './fault-error.ts'
import { observed } from './observed-backend.ts'

export interface CrashPointOptions {
  /** Ends the world after so many operations; undefined: never, only counts. */
  readonly after?: number | undefined
  /** Which operations count. @defaultValue all */
  readonly counts?: ((operation: ObservedOperation) => boolean) | undefined
}

/** Ends the world after the n-th operation, inside this process: from then on every operation fails. */
export interface CrashPoint {
  /** For everything that takes an observer: `core` and `engine`, `backend-file`. */
  readonly observer: OperationObserver
  /** The same around a backend that takes none. */
  readonly layer: StorageLayer
  /** Operations done so far, not more than `after`. */
  readonly count: number
  readonly crashed: boolean
  /** The last operation that was done. */
  readonly last: ObservedOperation | undefined
}

export function createCrashPoint(options: CrashPointOptions = {}): CrashPoint {
  let count = 0
  let last: ObservedOperation | undefined
  let crashed = options.after === 0
  const stop = () => {
    const where = last === undefined ? 'the start' : `${last.kind} ${last.name} ${last.path ?? ''}`.trimEnd()
    throw new CrashError(`The world was stopped after operation ${count} (${where})`)
  }
  const observer: OperationObserver = (operation, moment) => {
    if (crashed) stop()
    if (moment === 'before' || options.counts?.(operation) === false) return
    last = operation
    crashed = ++count === options.after
    if (crashed) stop()
  }
  return {
    observer,
    layer: (inner) => observed(inner, observer),
    get count() {
      return count
    },
    get crashed() {
      return crashed
    },
    get last() {
      return last
    }
  }
}
