import { hashSizeBytes } from '@tercet/crypto'
import { visitBlocks } from '../common/content-blocks.ts'
import { PackedBytes, packedAt } from '../common/growable.ts'
import type { PlaceRequest } from './place-entries.ts'

/** What is needed to compare files with the content that is wanted. */
export type CompareRequest = Pick<PlaceRequest, 'catalog' | 'selected' | 'settings' | 'examine'>

/** Files to compare in one job. */
const FILES_PER_JOB = 200
/** Bytes of content to compare in one job. */
const BYTES_PER_JOB = 256 * 1024 * 1024

/**
 * Compares files of this machine, block by block, with what the entries want.
 *
 * @param decide `equal` has one byte a block, 1 where the file holds it; undefined for what is no file that could be
 * compared
 */
export async function compareFiles(
  request: CompareRequest,
  entries: readonly number[],
  pathOf: (entry: number) => string,
  decide: (entry: number, isSame: boolean, equal: Uint8Array | undefined) => void
): Promise<void> {
  const { selected, settings, examine } = request
  const width = hashSizeBytes(settings.blockHash)
  for (let at = 0; at < entries.length; ) {
    const batch: number[] = []
    const paths = new PackedBytes()
    const blocks = new PackedBytes()
    for (let bytes = 0; at < entries.length && batch.length < FILES_PER_JOB && bytes < BYTES_PER_JOB; at++) {
      const entry = entries[at] as number
      const hashes: Uint8Array[] = []
      visitContent(request, entry, (row, offset) => hashes.push(row.subarray(offset, offset + width)))
      batch.push(entry)
      paths.pushText(pathOf(entry))
      blocks.push(Buffer.concat(hashes))
      bytes += selected.table.sizes.at(entry)
    }
    const sizes = Float64Array.from(batch, (entry) => selected.table.sizes.at(entry))
    const result = await examine({ paths: paths.pack(), blocks: blocks.pack(), sizes, settings })
    batch.forEach((entry, i) => {
      const equal = result.isFile[i] === 1 ? packedAt(result.equal, i).slice() : undefined
      decide(entry, result.same[i] === 1, equal)
    })
  }
}

/** Visits the blocks of an entry's content, in order. */
export function visitContent(
  { catalog, selected, settings }: Pick<CompareRequest, 'catalog' | 'selected' | 'settings'>,
  entry: number,
  visit: Parameters<typeof visitBlocks>[3]
): boolean {
  const refs = selected.contentRefs.get(entry)
  const stream = { hash: selected.table.hash(entry), sizeBytes: selected.table.sizes.at(entry), refs }
  return visitBlocks(catalog, settings, stream, visit)
}
