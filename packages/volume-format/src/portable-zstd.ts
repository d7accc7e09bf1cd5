import { Decompress } from 'fzstd'

/** Frames may ask for gigabytes of window; those of the highest level that anybody writes need this much. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024
/** No block unpacks to more than 128 KiB, and none is shorter than this, so a step of input is bounded in its output. */
const STEP_BYTES = 512

/**
 * Unpacks Zstandard frames of any number to exactly `sizeBytes`, block by block, so that nothing grows beyond that.
 *
 * @returns undefined when the content is damaged or has another length
 */
export function unpackZstd(packed: Uint8Array, sizeBytes: number): Uint8Array | undefined {
  const content = new Uint8Array(sizeBytes)
  let size = 0
  try {
    assertWindow(packed)
    const stream = new Decompress((block) => {
      content.set(block, size)
      size += block.length
    })
    stream.push(packed, true)
  } catch {
    return undefined
  }
  return size === sizeBytes ? content : undefined
}

/** Unpacks frames as a stream. */
export function* unpackZstdChunks(chunks: Iterable<Uint8Array>): Generator<Uint8Array, void, undefined> {
  let ready: Uint8Array[] = []
  const stream = new Decompress((block) => {
    // The stream goes on using its block.
    if (block.length > 0) ready.push(new Uint8Array(block))
  })
  let first = true
  for (const chunk of chunks) {
    if (first) assertWindow(chunk)
    first = false
    for (let at = 0; at < chunk.length; at += STEP_BYTES) {
      stream.push(chunk.subarray(at, at + STEP_BYTES))
      yield* ready
      ready = []
    }
  }
  stream.push(new Uint8Array(0), true)
  yield* ready
}

/** The window of the first frame (RFC 8878, section 3.1.1.1): its own, or that of all the content. */
function assertWindow(packed: Uint8Array): void {
  const descriptor = packed[4] ?? 0
  let window = 2 ** (10 + ((packed[5] ?? 0) >> 3))
  if ((descriptor & 0x20) !== 0) {
    const start = 5 + [0, 1, 2, 4][descriptor & 3]!
    const length = 1 << (descriptor >> 6)
    window = 0
    for (let i = length - 1; i >= 0; i--) window = window * 256 + (packed[start + i] ?? 0)
  }
  if (window > MAX_WINDOW_BYTES) throw new RangeError('The window is too large')
}
