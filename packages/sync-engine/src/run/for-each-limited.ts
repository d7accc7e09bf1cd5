/** Works on so many items at once, in their order. Stops taking more when one fails or at an abort, and rejects with that. */
export async function forEachLimited<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>
): Promise<void> {
  let position = 0
  let failure: { readonly error: unknown } | undefined
  const worker = async () => {
    while (failure === undefined && position < items.length) {
      signal.throwIfAborted()
      const item = items[position++] as T
      try {
        await work(item)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  if (failure !== undefined) throw failure.error
}
