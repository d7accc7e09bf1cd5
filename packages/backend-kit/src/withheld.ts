import type { Hash } from 'node:crypto'

/**
 * Keeps the last chunk until the source has ended well, so that nothing wrong is complete at the store. `hash` is told every
 * byte.
 */
export async function* withheld(
  chunks: AsyncIterable<Uint8Array>,
  hash?: Hash
): AsyncGenerator<Uint8Array, void, undefined> {
  let last: Uint8Array | undefined
  for await (const chunk of chunks) {
    if (last !== undefined) yield last
    hash?.update(chunk)
    last = chunk
  }
  if (last !== undefined) yield last
}
