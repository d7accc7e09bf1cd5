import { Decompress, decompress } from 'fzstd'

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
  try {
    const { windowBytes, singleSegment } = readFrameHeader(packed)
    // All of the content is the window here, so blocks are put where they belong instead of being moved about.
    if (singleSegment) return windowBytes === sizeBytes ? decompress(packed, content) : undefined
    return unpackBlocks(packed, content) === sizeBytes ? content : undefined
  } catch {
    return undefined
  }
}

/** Returns the length of what was unpacked; throws where it does not fit into `content`. */
function unpackBlocks(packed: Uint8Array, content: Uint8Array): number {
  let size = 0
  const stream = new Decompress((block) => {
    content.set(block, size)
    size += block.length
  })
  stream.push(packed, true)
  return size
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
    if (first) readFrameHeader(chunk)
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

/**
 * The window of the first frame (RFC 8878, section 3.1.1.1): its own, or, in a single segment, that of all the content.
 *
 * @throws RangeError for more than anybody needs
 */
function readFrameHeader(packed: Uint8Array): { windowBytes: number; singleSegment: boolean } {
  const descriptor = packed[4] ?? 0
  const singleSegment = (descriptor & 0x20) !== 0
  let windowBytes = 2 ** (10 + ((packed[5] ?? 0) >> 3))
  if (singleSegment) {
    const start = 5 + [0, 1, 2, 4][descriptor & 3]!
    const length = 1 << (descriptor >> 6)
    windowBytes = length === 2 ? 256 : 0
    for (let i = 0; i < length; i++) windowBytes += (packed[start + i] ?? 0) * 256 ** i
  }
  if (windowBytes > MAX_WINDOW_BYTES) throw new RangeError('The window is too large')
  return { windowBytes, singleSegment }
}
