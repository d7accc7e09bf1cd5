import type { Readable } from 'node:stream'
import { Arrivals } from './arrivals.ts'
import { brokeOff, tooMany } from './incoming.ts'

/** The body of an answer, and how many bytes it announced. */
export interface Body {
  readonly stream: Readable
  readonly size: number | undefined
}

/**
 * The bytes of a body, of one content from the first to the last: as many as announced, so that a connection that was cut
 * does not look like the end. What it fails with goes through `translate`; an abort rejects with the reason itself. The
 * stream is destroyed at the end, whatever that was.
 *
 * @throws StorageError `STORAGE_UNAVAILABLE` (a retry may help) when it is fewer bytes, `STORAGE_CORRUPT` when it is more
 */
export async function* readBody(
  { stream, size: announced }: Body,
  path: string,
  signal: AbortSignal | undefined,
  translate: (error: unknown) => unknown
): AsyncGenerator<Uint8Array, void, undefined> {
  using arrivals = new Arrivals(stream, signal)
  let seen = 0
  try {
    for (let come = await arrivals.next(); come !== undefined; come = await arrivals.next())
      for (const chunk of come) {
        seen += chunk.byteLength
        if (announced !== undefined && seen > announced) throw tooMany(path, announced, seen)
        yield chunk
        signal?.throwIfAborted()
      }
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw translate(error)
  }
  if (announced !== undefined && seen < announced) throw brokeOff(path, announced, seen)
}
