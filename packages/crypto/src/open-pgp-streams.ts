import type { ByteChunks } from './aes-crypt-streams.ts'
import { CryptoError } from './crypto-error.ts'
import type { StallGuard } from './stall-guard.ts'

/** The library makes packets of what it gets, at a price for each. */
const PIECE_BYTES = 1024 * 1024

export function truncated(cause?: unknown): CryptoError {
  return new CryptoError('CRYPTO_TRUNCATED', 'The OpenPGP message is cut off', { cause })
}

/** Tells `guard` when all of `input` was taken. */
export async function* guarded(
  input: ByteChunks,
  guard: StallGuard
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* input
  guard.inputEnded()
}

/** The result of `work`, unless it never comes: for some damaged messages the library waits for ever for what they lack. */
export async function unlessStalled<T>(work: Promise<T>, guard: StallGuard): Promise<T> {
  try {
    return await new Promise((resolve, reject) => {
      guard.wait(() => reject(truncated()))
      work.then(resolve, reject)
    })
  } finally {
    guard.rest()
  }
}

/** Small chunks put together. */
export async function* inPieces(input: ByteChunks): AsyncGenerator<Uint8Array, void, undefined> {
  let piece: Uint8Array | undefined
  let size = 0
  for await (const chunk of input) {
    if (size + chunk.length > PIECE_BYTES && size > 0) {
      yield piece!.subarray(0, size)
      piece = undefined
      size = 0
    }
    if (chunk.length >= PIECE_BYTES) {
      yield chunk
      continue
    }
    piece ??= new Uint8Array(PIECE_BYTES)
    piece.set(chunk, size)
    size += chunk.length
  }
  if (size > 0) yield piece!.subarray(0, size)
}

/** `first`, then what `rest` still has. */
export async function* prepended(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>
): AsyncGenerator<Uint8Array, void, undefined> {
  yield first
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

/** Takes no more of `input` than is asked for. */
export function streamOf(input: ByteChunks): ReadableStream<Uint8Array> {
  const chunks = (Symbol.asyncIterator in input ? input : asyncOf(input))[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next()
        if (next.done === true) controller.close()
        else controller.enqueue(next.value)
      },
      async cancel() {
        await chunks.return?.(undefined)
      }
    },
    { highWaterMark: 0 }
  )
}

export function textStreamOf(input: AsyncIterable<Uint8Array>): ReadableStream<string> {
  const text = new TextDecoder()
  const chunks = input[Symbol.asyncIterator]()
  return new ReadableStream<string>({
    async pull(controller) {
      const next = await chunks.next()
      if (next.done === true) controller.close()
      else controller.enqueue(text.decode(next.value, { stream: true }))
    }
  })
}

/** Not every engine can iterate a stream; leaving the loop early ends it. */
export async function* chunksOf<T>(
  stream: ReadableStream<T>,
  guard?: StallGuard
): AsyncGenerator<T, void, undefined> {
  const reader = stream.getReader()
  const cancel = (): void => void reader.cancel().catch(() => {})
  try {
    for (;;) {
      guard?.wait(cancel)
      const { done, value } = await reader.read()
      guard?.rest()
      if (guard?.isStalled === true) throw truncated()
      if (done) return
      yield value
    }
  } finally {
    cancel() // not waited for: a stream that is stalled does not end
  }
}

async function* asyncOf(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks
}
