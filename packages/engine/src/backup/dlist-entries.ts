import type { BlockRefs, EntryRow } from '@tercet/core'
import type { DlistEntry } from '@tercet/volume-format'

const TYPES = { file: 'File', folder: 'Folder', symlink: 'Symlink' } as const

/** An entry of the catalog as the list of files has it; which properties are written is for the list's writer to say. */
export function toDlistEntry(row: EntryRow): DlistEntry {
  return {
    type: TYPES[row.type],
    path: row.path,
    ...(row.type === 'file' ? contentOf(row) : {}),
    ...(row.metaHash === undefined ? {} : { metaHash: row.metaHash, metaSize: row.metaSize }),
    ...(row.metaContent === undefined ? {} : metaBlocksOf(row.metaContent))
  }
}

function contentOf(row: EntryRow): Partial<DlistEntry> {
  const { hash, size, mtime, content } = row
  return {
    sizeBytes: size,
    time: mtime ?? 0,
    ...(hash === undefined ? {} : { hash }),
    ...(content === undefined || content.blocklists.length === 0
      ? {}
      : { blocklists: Buffer.concat(content.blocklists) }),
    ...(content?.block === undefined ? {} : { blockHash: content.block, blockSize: size })
  }
}

function metaBlocksOf({ blocklists, block }: BlockRefs): Partial<DlistEntry> {
  return {
    ...(blocklists.length === 0 ? {} : { metaBlocklists: Buffer.concat(blocklists) }),
    ...(block === undefined ? {} : { metaBlockHash: block })
  }
}
