import type { EntryBatch } from '@tercet/core'
import { OUTCOME, type PackedBatch } from './packed-batch.ts'
import { HINT, type ScanBatch } from './scan-batch.ts'

/** A batch and its answer, sorted by what the catalog has to do. */
export interface SelectedEntries {
  /** New rows. */
  readonly put: EntryBatch
  /** Paths whose rows end. */
  readonly vanished: readonly string[]
  /** Paths of the version before that could not be read. */
  readonly stale: readonly string[]
  /** Unchanged paths whose signature is another or was not known, and the signatures. */
  readonly refreshed: readonly string[]
  readonly refreshedSignatures: Uint8Array
}

/** Picks from an answer what goes into the catalog; without unchanged or failed entries nothing is copied. */
export function selectEntries(batch: ScanBatch, packed: PackedBatch): SelectedEntries {
  const folders = batch.folders.split('\0')
  const names = batch.names.split('\0')
  const kept: number[] = []
  const vanished: string[] = []
  const stale: string[] = []
  const refreshed: number[] = []
  const pathOf = (index: number): string => folders[batch.folderOf[index]!]! + names[index]!
  for (let index = 0; index < batch.count; index++) {
    const known = (batch.hints[index]! & HINT.PREVIOUS) !== 0
    const outcome = packed.outcomes[index]!
    if (outcome === OUTCOME.UNCHANGED) refreshed.push(index)
    else if (outcome === OUTCOME.VANISHED) {
      if (known) vanished.push(pathOf(index))
    } else if (outcome === OUTCOME.FAILED) {
      if (known) stale.push(pathOf(index))
    } else kept.push(index)
  }
  const all = kept.length === batch.count
  const pick = <T extends NumericArray>(source: T, width = 1): T =>
    all ? source : gather(source, kept, width)
  const width = (source: Uint8Array): number => source.length / batch.count
  return {
    put: {
      count: kept.length,
      folders,
      folderIndexes: pick(batch.folderOf),
      names: all ? names : kept.map((index) => names[index]!),
      types: pick(batch.types),
      sizes: pick(packed.sizes),
      mtimes: pick(packed.mtimes),
      hashes: pick(packed.hashes, width(packed.hashes)),
      metaHashes: pick(packed.metaHashes, width(packed.metaHashes)),
      metaSizes: pick(packed.metaSizes),
      signatures: pick(packed.signatures, width(packed.signatures)),
      flags: pick(packed.flags),
      contents: pick(packed.contents),
      metaContents: pick(packed.metaContents),
      blocksets: packed.blocksets
    },
    vanished,
    stale,
    refreshed: refreshed.map(pathOf),
    refreshedSignatures: gather(packed.signatures, refreshed, width(packed.signatures))
  }
}

type NumericArray = Uint8Array | Uint32Array | Int32Array | Float64Array

function gather<T extends NumericArray>(source: T, indexes: readonly number[], width: number): T {
  const target = new (source.constructor as new (length: number) => T)(indexes.length * width)
  indexes.forEach((index, position) => {
    target.set(source.subarray(index * width, (index + 1) * width) as never, position * width)
  })
  return target
}
