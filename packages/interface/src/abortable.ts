/**
 * Settles as `promise` does, or rejects with `signal.reason` as soon as the signal is aborted, whichever is first.
 * For work that cannot be interrupted itself: it goes on unobserved, and what it leaves is the caller's to clean.
 */
export function untilAborted<T>(promise: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return Promise.resolve(promise)
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    promise.then(
      (value) => {
        signal.removeEventListener('abort', onAbort)
        resolve(value)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort)
        reject(error)
      }
    )
  })
}

/**
 * Yields what `source` yields until the signal is aborted: then it rejects with `signal.reason` at once, even while
 * `source` does not answer, and closes `source` without waiting for that.
 */
export async function* abortable<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined
): AsyncGenerator<T, void, undefined> {
  signal?.throwIfAborted()
  const iterator = source[Symbol.asyncIterator]()
  let ended = false // by itself, so that there is nothing to close
  let interrupt = () => {}
  const onAbort = () => interrupt()
  signal?.addEventListener('abort', onAbort, { once: true })
  // One listener for all items: to add and remove one for each would cost more than the item itself.
  const nextItem = () =>
    new Promise<IteratorResult<T>>((resolve, reject) => {
      interrupt = () => reject(signal?.reason)
      iterator.next().then(resolve, reject)
    })
  try {
    while (true) {
      const next = await nextItem()
      if (next.done) {
        ended = true
        return
      }
      yield next.value
      signal?.throwIfAborted()
    }
  } catch (error) {
    ended = !signal?.aborted
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
    if (!ended) await closeIterator(iterator, signal)
  }
}

async function closeIterator(
  iterator: AsyncIterator<unknown>,
  signal: AbortSignal | undefined
): Promise<void> {
  const closing = iterator.return?.()
  if (closing === undefined) return
  if (signal?.aborted) closing.then(undefined, () => {})
  else await closing
}
