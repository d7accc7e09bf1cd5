import type { BlockRefs, EntryRow } from '@tercet/core'
import type { DlistEntry } from '@tercet/volume-format'

const TYPES = { file: 'File', folder: 'Folder', symlink: 'Symlink' } as const

/** An entry of the catalog as the list of files has it; which properties are written is for the list's writer to say. */
export function toDlistEntry(row: EntryRow): DlistEntry {
  const isFile = row.type === 'file'
  const { metaHash } = row
  // All with the same properties, because there may be a million.
  return {
    type: TYPES[row.type],
    path: row.path,
    hash: isFile ? row.hash : undefined,
    sizeBytes: isFile ? row.size : undefined,
    time: isFile ? (row.mtime ?? 0) : undefined,
    metaHash,
    metaSize: metaHash === undefined ? undefined : row.metaSize,
    metaBlockHash: row.metaContent?.block,
    metaBlocklists: listsOf(row.metaContent),
    blockHash: isFile ? row.content?.block : undefined,
    blockSize: isFile && row.content?.block !== undefined ? row.size : undefined,
    blocklists: isFile ? listsOf(row.content) : undefined
  }
}

function listsOf(refs: BlockRefs | undefined): Uint8Array | undefined {
  return refs === undefined || refs.blocklists.length === 0 ? undefined : Buffer.concat(refs.blocklists)
}
