import { StorageError } from '@tercet/interface'

/**
 * Yields what arrives for a `get` and rejects when it is not as many bytes as announced, so that a connection that was
 * cut does not look like the end. Undefined: nothing was announced. What is known only behind the last byte is asked for then.
 *
 * @throws StorageError `STORAGE_UNAVAILABLE` (a retry may help) when it is fewer, `STORAGE_CORRUPT` when it is more
 */
export async function* incoming(
  chunks: AsyncIterable<Uint8Array>,
  announced: number | undefined | (() => number | undefined),
  path: string
): AsyncGenerator<Uint8Array, void, undefined> {
  let seen = 0
  for await (const chunk of chunks) {
    seen += chunk.byteLength
    if (typeof announced === 'number' && seen > announced) throw tooMany(path, announced, seen)
    if (chunk.byteLength > 0) yield chunk
  }
  const expected = typeof announced === 'function' ? announced() : announced
  if (expected === undefined || seen === expected) return
  throw seen < expected ? brokeOff(path, expected, seen) : tooMany(path, expected, seen)
}

export function tooMany(path: string, announced: number, seen: number): StorageError {
  return new StorageError('STORAGE_CORRUPT', `${JSON.stringify(path)} sent more than ${announced} bytes`, {
    context: { path, announced, seen }
  })
}

export function brokeOff(path: string, announced: number, seen: number): StorageError {
  return new StorageError(
    'STORAGE_UNAVAILABLE',
    `${JSON.stringify(path)} broke off at byte ${seen} of ${announced}`,
    { retry: 'may-help', context: { path, announced, seen } }
  )
}
