import { BlockIndex, type BlockRun, type CatalogReader } from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import { visitBlocks } from '../common/content-blocks.ts'
import { EngineError } from '../common/engine-error.ts'
import type { StoredSettings } from '../common/stored-settings.ts'

/**
 * Which stored blocks are needed. The one rule: a block is live if any entry in the catalog refers to it. Those are the
 * entries of all versions, also of one that an interrupted backup has begun and of one whose removal is not confirmed. Of
 * several copies of a block one is live: the newest that is stored for certain, in a volume not known to be damaged.
 */
export interface LiveBlocks {
  has(ordinal: number): boolean
}

/**
 * Finds them with one pass over the blocks and one over what versions refer to. Memory: at most 20 bytes a block.
 *
 * @param lost ids of volumes that are known to be gone or damaged, besides those that the ledger names
 * @throws EngineError `COMPACT_LIVENESS_UNKNOWN` when a list of blocks is not known, so that nothing can be proven dead
 */
export function findLiveBlocks(
  catalog: CatalogReader,
  settings: StoredSettings,
  lost: ReadonlySet<number> = new Set()
): LiveBlocks {
  const width = hashSizeBytes(settings.blockHash)
  const blocks = Math.max(1, catalog.blocks.count())
  const chosen = BlockIndex.create({ expectedBlocks: blocks, maxBlocks: blocks })
  const bits = new Uint8Array((catalog.blocks.nextOrdinal() >>> 3) + 1)
  const mark = (ordinal: number): void => {
    bits[ordinal >>> 3]! |= 1 << (ordinal & 7)
  }
  const copies = chooseCopies(catalog, chosen, width, lost)
  // Blocks that the index cannot tell apart stay all.
  for (const ordinal of lookAlikes(catalog, copies)) mark(ordinal)
  const look = (hashes: Uint8Array, offset: number): void => {
    const ordinal = chosen.lookup(hashes, offset)
    if (ordinal >= 0) mark(ordinal)
  }
  // Where the algorithms differ, the hash of a stream is that of no block.
  if (settings.fileHash === settings.blockHash)
    for (const hashes of catalog.entries.ownBlocks(settings.blocksize))
      for (let at = 0; at < hashes.length; at += width) look(hashes, at)
  for (const refs of catalog.blocksets.used()) {
    for (const hash of refs.blocklists) look(hash, 0)
    const isKnown = visitBlocks(catalog, settings, { hash: refs.hash, sizeBytes: refs.size, refs }, look)
    if (!isKnown) throw unknownLiveness()
  }
  return { has: (ordinal) => (bits[ordinal >>> 3]! & (1 << (ordinal & 7))) !== 0 }
}

interface Copies {
  /** Ordinals of the blocks that were chosen before. */
  readonly chosen: number[]
  /** Ordinals and hashes of those that seem to be copies of them. */
  readonly others: number[]
  readonly hashes: Uint8Array[]
}

/** Enters one stored copy of each block: volumes that are damaged come last, the newest first. */
function chooseCopies(
  catalog: CatalogReader,
  index: BlockIndex,
  width: number,
  lost: ReadonlySet<number>
): Copies {
  const damaged = new Set([...lost, ...catalog.volumes.damaged().map(({ id }) => id)])
  const stored = new Set<number>()
  for (const { id } of catalog.volumes.all({ type: 'dblock', states: ['uploaded', 'verified'] }))
    stored.add(id)
  const copies: Copies = { chosen: [], others: [], hashes: [] }
  const enter = ({ first, count, hashes }: BlockRun): void => {
    for (let i = count - 1; i >= 0; i--) {
      const before = index.claim(hashes, i * width, first + i)
      if (before < 0) continue
      copies.chosen.push(before)
      copies.others.push(first + i)
      copies.hashes.push(hashes.slice(i * width, (i + 1) * width))
    }
  }
  for (const isDamaged of damaged.size === 0 ? [false] : [false, true])
    for (const run of catalog.blocks.newestFirst())
      if (stored.has(run.volumeId) && damaged.has(run.volumeId) === isDamaged) enter(run)
  return copies
}

/** Ordinals of those that are other blocks after all. */
function lookAlikes(catalog: CatalogReader, { chosen, others, hashes }: Copies): readonly number[] {
  if (others.length === 0) return []
  const { mismatched } = catalog.blocks.confirm(Uint32Array.from(chosen), Buffer.concat(hashes))
  return Array.from(mismatched, (position) => others[position]!)
}

function unknownLiveness(): EngineError {
  return new EngineError(
    'COMPACT_LIVENESS_UNKNOWN',
    'The blocks of a file are not known, as the list of them is lost, so that no block can be proven to be unused. Nothing was changed; "list-broken-files" names the file'
  )
}
