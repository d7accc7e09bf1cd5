import type { Catalog } from '../../src/catalog/catalog.ts'
import type { EntryBatch } from '../../src/catalog/entry-batch.ts'
import { keysOf } from '../../src/catalog/entry-changes.ts'
import type { EntryRow } from '../../src/catalog/entry-row.ts'

/** 32 bytes that stand for a hash. */
export function hash(n: number): Uint8Array {
  const bytes = new Uint8Array(32).fill(n & 255)
  new DataView(bytes.buffer).setUint32(0, n)
  return bytes
}

/** Entries of one block, or folders where the path ends with a slash; `content` makes hash, size and time. */
export function batchOf(
  entries: ReadonlyMap<string, number> | readonly (readonly [string, number])[]
): EntryBatch {
  const list = [...entries]
  const pick = (make: (content: number, path: string) => number): number[] =>
    list.map(([path, n]) => make(n, path))
  return {
    ...keysOf(list.map(([path]) => path)),
    count: list.length,
    types: Uint8Array.from(pick((_, path) => (path.endsWith('/') ? 1 : 0))),
    sizes: Float64Array.from(pick((n) => n)),
    mtimes: Float64Array.from(pick((n) => n * 10)),
    hashes: Buffer.concat(list.map(([, n]) => hash(n))),
    metaHashes: Buffer.concat(list.map(([, n]) => hash(n + 1000))),
    metaSizes: Int32Array.from(pick((n) => n + 50)),
    signatures: Buffer.concat(list.map(([, n]) => hash(n).subarray(0, 8)))
  }
}

/** What {@link batchOf} made the entry of. */
export function contentOf(row: EntryRow): number {
  return row.metaSize - 50
}

/** Stores a version with these entries in place of, and besides, those of the one before. */
export function storeVersion(
  catalog: Catalog,
  time: number,
  entries: readonly (readonly [string, number])[],
  volumeId = 1
): number {
  const seq = catalog.filesets.begin({ time })
  catalog.changes.put(seq, batchOf(entries))
  catalog.filesets.complete(seq, { volumeId, isFull: true })
  return seq
}

export function pathsOf(rows: Iterable<EntryRow>): string[] {
  return Array.from(rows, (row) => row.path)
}
