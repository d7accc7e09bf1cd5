import type { Readable } from 'node:stream'
import { abortable } from '@tercet/interface'
import { incoming } from './incoming.ts'

/** The body of an answer, and how many bytes it announced. */
export interface Body {
  readonly stream: Readable
  readonly size: number | undefined
}

/**
 * The bytes of a body, of one content from the first to the last. What it fails with goes through `translate`; an abort
 * rejects with the reason itself. The stream is destroyed at the end, whatever that was.
 */
export async function* readBody(
  { stream, size }: Body,
  path: string,
  signal: AbortSignal | undefined,
  translate: (error: unknown) => unknown
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* incoming(abortable(stream as AsyncIterable<Uint8Array>, signal), size, path)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw translate(error)
  } finally {
    stream.destroy()
  }
}
