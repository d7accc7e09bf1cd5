/** The blocks of a stream as they are kept. */
export interface BlockRefs {
  /** Raw hashes of the blocklists, in order; empty for a stream of one block. */
  readonly blocklists: readonly Uint8Array[]
  /** Of a stream of one block: its raw hash. */
  readonly block: Uint8Array | undefined
}

/**
 * Reads them from a row of `blockset`: the number of blocklists, and their packed hashes or, without any, the hash of
 * the one block.
 */
export function toBlockRefs(listCount: number, blocks: Uint8Array | null): BlockRefs {
  if (listCount === 0 || blocks === null) return { blocklists: [], block: blocks ?? undefined }
  const width = blocks.length / listCount
  return {
    blocklists: Array.from({ length: listCount }, (_, i) => blocks.subarray(i * width, (i + 1) * width)),
    block: undefined
  }
}
