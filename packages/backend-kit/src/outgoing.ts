import { createHash, timingSafeEqual } from 'node:crypto'
import { abortable, type ByteSource, exactly, type PutOptions, StorageError } from '@tercet/interface'

/**
 * The bytes that a `put` sends: no empty chunks, exactly as many as announced, with the digest that was announced. Each
 * chunk is told to `onProgress` when the next one is asked for.
 *
 * @throws StorageError `STORAGE_SOURCE_MISMATCH`, and `STORAGE_CORRUPT` behind the last byte when the SHA-256 is
 * another one: what was sent must then not become visible; the reason of the signal
 */
export async function* outgoing(
  source: ByteSource,
  options?: PutOptions
): AsyncGenerator<Uint8Array, void, undefined> {
  const signal = options?.signal
  const wanted = options?.sha256
  const hash = wanted === undefined ? undefined : createHash('sha256')
  let sent = 0
  for await (const chunk of abortable(exactly(source, { signal }), signal)) {
    if (chunk.byteLength === 0) continue
    hash?.update(chunk)
    yield chunk
    sent += chunk.byteLength
    tellProgress(options, sent)
  }
  const actual = hash?.digest()
  if (actual === undefined || wanted === undefined) return
  if (actual.byteLength !== wanted.byteLength || !timingSafeEqual(actual, wanted)) {
    throw new StorageError(
      'STORAGE_CORRUPT',
      'The bytes of the source do not have the SHA-256 that was announced'
    )
  }
}

/** Tells how far a put is; what that does is not our affair. */
export function tellProgress(options: PutOptions | undefined, sent: number): void {
  try {
    options?.onProgress?.(sent)
  } catch {
    // Display only.
  }
}
