import type { BlockIndex } from '../block-index/block-index.ts'
import type { BlockRefs } from './block-refs.ts'
import type { Catalog } from './catalog.ts'
import { keysOf } from './entry-changes.ts'
import type { EntryRow } from './entry-row.ts'

/** Block hashes and entries that are looked up at a time. */
const HASHES_AT_ONCE = 16_384
const ENTRIES_AT_ONCE = 1024

/** Entries whose blocks are being looked up. */
interface Batch {
  readonly paths: string[]
  readonly isMissing: boolean[]
  /** Block hashes, and for each the index of the entry that needs it. */
  readonly hashes: Uint8Array[]
  readonly owners: number[]
}

/**
 * Takes back each entry that a version being built has changed and whose content or metadata is not stored completely,
 * as after volumes were lost: the path is as in the version before. `index` must hold the catalog's blocks. Returns the
 * paths. Streams, so that the version may be of any size.
 */
export function revertUnavailable(catalog: Catalog, seq: number, index: BlockIndex): string[] {
  const reverted: string[] = []
  let batch = newBatch()
  for (const entry of catalog.entries.of({ seq, changedOnly: true })) {
    const owner = batch.paths.push(entry.path) - 1
    batch.isMissing.push(false)
    for (const hash of neededBlocks(catalog, entry)) {
      if (hash === undefined) {
        batch.isMissing[owner] = true
        break
      }
      batch.hashes.push(hash)
      batch.owners.push(owner)
      if (batch.hashes.length === HASHES_AT_ONCE) findMissing(catalog, index, batch)
    }
    if (batch.paths.length < ENTRIES_AT_ONCE) continue
    finish(catalog, index, batch, reverted)
    batch = newBatch()
  }
  finish(catalog, index, batch, reverted)
  catalog.changes.revert(seq, keysOf(reverted))
  return reverted
}

function newBatch(): Batch {
  return { paths: [], isMissing: [], hashes: [], owners: [] }
}

function finish(catalog: Catalog, index: BlockIndex, batch: Batch, reverted: string[]): void {
  findMissing(catalog, index, batch)
  for (const [i, path] of batch.paths.entries()) if (batch.isMissing[i]) reverted.push(path)
}

/** Looks the collected hashes up and forgets them. */
function findMissing(catalog: Catalog, index: BlockIndex, batch: Batch): void {
  const ordinals = catalog.blocks.find(index, batch.hashes)
  for (const [i, owner] of batch.owners.entries()) if (ordinals[i] === -1) batch.isMissing[owner] = true
  batch.hashes.length = 0
  batch.owners.length = 0
}

/** Hashes of all blocks that an entry is made of, blocklists included; undefined: it cannot be told. */
function* neededBlocks(catalog: Catalog, entry: EntryRow): Generator<Uint8Array | undefined> {
  if (entry.type === 'file' && entry.size > 0) yield* streamBlocks(catalog, entry.hash, entry.content)
  if (entry.metaHash !== undefined) yield* streamBlocks(catalog, entry.metaHash, entry.metaContent)
}

function* streamBlocks(
  catalog: Catalog,
  hash: Uint8Array | undefined,
  refs: BlockRefs | undefined
): Generator<Uint8Array | undefined> {
  if (refs === undefined) yield hash
  else if (refs.block !== undefined) yield refs.block
  else {
    for (const list of refs.blocklists) {
      yield list
      const blocks = catalog.blocksets.blocklist(list)
      if (blocks === undefined) yield undefined
      else for (let at = 0; at < blocks.length; at += list.length) yield blocks.subarray(at, at + list.length)
    }
  }
}
