import { type BlockRefs, toBlockRefs } from './blockset-table.ts'
import { ENTRY_TYPES, type EntryType } from './entry-batch.ts'

/** One entry of a version, as it is read from the catalog. */
export interface EntryRow {
  readonly path: string
  /** Everything of `path` before `name`: ends with a separator, or is empty above the roots. */
  readonly folder: string
  readonly name: string
  readonly type: EntryType
  /** Bytes of the content; 0 for folders and links. */
  readonly size: number
  /** Seconds since 1970; undefined for folders and links. */
  readonly mtime: number | undefined
  /** Hash of the content; undefined for folders and links. */
  readonly hash: Uint8Array | undefined
  /** Blocks of the content, where they are not told by hash and size: two or more, or another block hash. */
  readonly content: BlockRefs | undefined
  readonly metaHash: Uint8Array | undefined
  readonly metaSize: number
  readonly metaContent: BlockRefs | undefined
  readonly signature: Uint8Array | undefined
  readonly flags: number
  /** The versions with `fromSeq` ≤ seq < `toSeq` have this entry. */
  readonly fromSeq: number
  readonly toSeq: number
}

/** Columns for {@link toEntryRow}, of tables `entry AS e`, `folder AS f` and the joined blocksets `c` and `m`. */
export const ENTRY_COLUMNS = `f.path AS folder, e.name, e.type, e.size, e.mtime, e.hash, e.meta_hash AS metaHash,
  e.meta_size AS metaSize, e.signature, e.flags, e.from_seq AS fromSeq, e.to_seq AS toSeq,
  e.content_id AS contentId, c.list_count AS listCount, c.blocklists, c.block,
  e.meta_content_id AS metaContentId, m.list_count AS metaListCount, m.blocklists AS metaBlocklists, m.block AS metaBlock`

export const ENTRY_BLOCKSETS =
  'LEFT JOIN blockset AS c ON c.id = e.content_id LEFT JOIN blockset AS m ON m.id = e.meta_content_id'

/** A row of {@link ENTRY_COLUMNS}. */
export interface RawEntry {
  folder: string
  name: string
  type: number
  size: number | null
  mtime: number | null
  hash: Uint8Array | null
  metaHash: Uint8Array | null
  metaSize: number | null
  signature: Uint8Array | null
  flags: number
  fromSeq: number
  toSeq: number
  contentId: number | null
  listCount: number | null
  blocklists: Uint8Array | null
  block: Uint8Array | null
  metaContentId: number | null
  metaListCount: number | null
  metaBlocklists: Uint8Array | null
  metaBlock: Uint8Array | null
}

export function toEntryRow(row: RawEntry): EntryRow {
  return {
    path: row.folder + row.name,
    folder: row.folder,
    name: row.name,
    type: ENTRY_TYPES[row.type] as EntryType,
    size: row.size ?? 0,
    mtime: row.mtime ?? undefined,
    hash: row.hash ?? undefined,
    content: row.contentId === null ? undefined : toBlockRefs({ ...row, listCount: row.listCount ?? 0 }),
    metaHash: row.metaHash ?? undefined,
    metaSize: row.metaSize ?? 0,
    metaContent:
      row.metaContentId === null
        ? undefined
        : toBlockRefs({
            listCount: row.metaListCount ?? 0,
            blocklists: row.metaBlocklists,
            block: row.metaBlock
          }),
    signature: row.signature ?? undefined,
    flags: row.flags,
    fromSeq: row.fromSeq,
    toSeq: row.toSeq
  }
}
