import type { CallOptions } from '@tercet/interface'
import type { BackupEventListener } from './backup-event.ts'

/** How a call is ended and followed; every operation of a backup takes these among its options. */
export interface OperationCalls extends CallOptions {
  /** Display only: not awaited, and an error thrown in it does not affect the operation. */
  readonly onEvent?: BackupEventListener | undefined
}

/** Separates how a call is ended and followed from what it is to do. */
export function splitCalls<Options extends OperationCalls>(
  options: Options
): { readonly calls: OperationCalls; readonly rest: Omit<Options, keyof OperationCalls> } {
  const { signal, onEvent, ...rest } = options
  return { calls: { signal, onEvent }, rest }
}

/** Items between two looks at the signal. */
const STRIDE = 256

/**
 * Yields what a synchronous source has, and lets others have a turn now and then.
 *
 * @throws the reason of `signal`
 */
export async function* streamed<T>(
  items: Iterable<T>,
  { signal }: CallOptions
): AsyncGenerator<T, void, undefined> {
  let count = 0
  for (const item of items) {
    if (count++ % STRIDE === 0) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
    }
    yield item
  }
}
