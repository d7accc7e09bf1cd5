import { EXIT } from './exit-code.ts'
import type { CliIo } from './io.ts'

/** Time to remove what is temporary after a break-off. */
const GRACE_MS = 4_500

/** What Ctrl-C and a polite kill mean: the first stops in good order, the second breaks off. */
export interface Interruption extends Disposable {
  /** Aborted by the first signal. */
  readonly stop: AbortSignal
  /** Aborted by the second signal; by the first, once {@link Interruption.cannotStop} was called. */
  readonly abort: AbortSignal
  /** The operation has no way to stop in good order. */
  cannotStop(): void
}

export function listenForSignals(io: CliIo): Interruption {
  const stop = new AbortController()
  const abort = new AbortController()
  let stoppable = true
  const off = io.onSignal((signal) => {
    const reason = new DOMException(`Stopped by ${signal}`, 'AbortError')
    if (stop.signal.aborted || !stoppable) {
      abort.abort(reason)
      io.endWithin(GRACE_MS, EXIT.stopped)
    } else if (io.stderr.isTerminal) void io.stderr.write('\nStopping; once more breaks off.\n\n')
    stop.abort(reason)
  })
  return {
    stop: stop.signal,
    abort: abort.signal,
    cannotStop() {
      stoppable = false
      if (stop.signal.aborted) abort.abort(stop.signal.reason)
    },
    [Symbol.dispose]: off
  }
}
