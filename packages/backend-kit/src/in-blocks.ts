/**
 * The bytes in blocks of one size, the last one shorter; in buffers that are in `free` again, where there are some.
 *
 * @param size of all bytes together, so that no buffer is larger
 */
export async function* inBlocks(
  chunks: AsyncIterable<Uint8Array>,
  blockBytes: number,
  size: number,
  free: Buffer[] = []
): AsyncGenerator<Buffer, void, undefined> {
  let block: Buffer | undefined
  let filled = 0
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.byteLength; ) {
      block ??= free.pop() ?? Buffer.allocUnsafeSlow(Math.min(blockBytes, size))
      const length = Math.min(chunk.byteLength - from, block.byteLength - filled)
      block.set(chunk.subarray(from, from + length), filled)
      from += length
      filled += length
      if (filled < block.byteLength) continue
      yield block
      block = undefined
      filled = 0
    }
  }
  if (block !== undefined) yield block.subarray(0, filled)
}
