import { CoreError } from '../core-error.ts'

const FREE = 0
const LOCKED = 1
/** Locked, and somebody may be asleep waiting for it. */
const CONTENDED = 2

/** Nothing that is done under the lock takes this long: whoever holds it is gone. */
const PATIENCE_MS = 60_000

/**
 * Takes the lock in `words[at]`, sleeping while another thread has it.
 *
 * @throws CoreError `INDEX_BROKEN` when its holder died
 */
export function lock(words: Int32Array, at: number, patienceMs: number = PATIENCE_MS): void {
  if (Atomics.compareExchange(words, at, FREE, LOCKED) === FREE) return
  while (Atomics.exchange(words, at, CONTENDED) !== FREE) {
    if (Atomics.wait(words, at, CONTENDED, patienceMs) === 'timed-out') {
      throw new CoreError('INDEX_BROKEN', 'A thread died while it changed the block index: start again')
    }
  }
}

export function unlock(words: Int32Array, at: number): void {
  if (Atomics.exchange(words, at, FREE) === CONTENDED) Atomics.notify(words, at, 1)
}
