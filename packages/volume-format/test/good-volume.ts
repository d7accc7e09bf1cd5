import { collectSink, hashBytes } from '@tercet/crypto'
import * as native from '../src/index.node.ts'

/** A dblock in good order, with some compressed blocks. */
export function goodVolume(): [name: string, bytes: Uint8Array] {
  const sink = collectSink()
  const settings = { blocksize: 1024 * 1024, blockHash: 'SHA256', fileHash: 'SHA256' } as const
  using compressor = native.createCompressor({ method: 'zstd', level: 1 })
  const writer = native.createDblockWriter({
    sink,
    settings,
    compressor,
    createdAt: new Date(0),
    dblockSizeBytes: 50 * 1024 * 1024
  })
  for (let i = 0; i < 4; i++) {
    const block = new TextEncoder().encode(`block ${i} `.repeat(100_000))
    writer.addBlock(hashBytes('SHA256', block), block)
  }
  writer.finish()
  return ['duplicati-b00.dblock.zip', sink.bytes()]
}
