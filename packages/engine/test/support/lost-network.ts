import { StorageError, type StorageLayer } from '@tercet/interface'
import { observed } from '@tercet/testkit-faults'

/** A destination on another machine, and what has become of the way there. */
export interface Network {
  readonly layer: StorageLayer
  /** Steps so far: a call has two, its way there and its answer. */
  readonly steps: number
  readonly isLost: boolean
}

/**
 * A network that is gone after so many steps, for good: a call that is on its way may or may not have reached the
 * destination, and every later one fails.
 */
export function loseNetwork(after = Number.POSITIVE_INFINITY): Network {
  let steps = 0
  const count = (): void => {
    if (steps >= after)
      throw new StorageError('STORAGE_UNAVAILABLE', 'The network is gone', { retry: 'may-help' })
    steps += 1
  }
  return {
    get steps() {
      return steps
    },
    get isLost() {
      return steps >= after
    },
    layer: (inner) => ({
      ...observed(inner, count),
      localFile: async () => undefined,
      localFolder: undefined
    })
  }
}
