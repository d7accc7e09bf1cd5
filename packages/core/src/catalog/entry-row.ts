import { type BlockRefs, toBlockRefs } from './block-refs.ts'
import { ENTRY_TYPES, type EntryType } from './entry-batch.ts'
import { splitPath } from './entry-path.ts'

/** One entry of a version, as it is read from the catalog. */
export class EntryRow {
  readonly path: string
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
  readonly flags: number
  /** The versions with `fromSeq` ≤ seq < `toSeq` have this entry. */
  readonly fromSeq: number
  readonly toSeq: number

  /** @internal */
  constructor(row: RawEntry) {
    this.path = row.path
    this.type = ENTRY_TYPES[row.type] as EntryType
    this.size = row.size ?? 0
    this.mtime = row.mtime ?? undefined
    this.hash = row.hash ?? undefined
    this.content = row.listCount === null ? undefined : toBlockRefs(row.listCount, row.blocks)
    this.metaHash = row.metaHash ?? undefined
    this.metaSize = row.metaSize ?? 0
    this.metaContent = row.metaListCount === null ? undefined : toBlockRefs(row.metaListCount, row.metaBlocks)
    this.flags = row.flags
    this.fromSeq = row.fromSeq
    this.toSeq = row.toSeq
  }

  /** Last segment of the path, with its trailing separator if it has one. */
  get name(): string {
    return splitPath(this.path).name
  }

  /** The path before {@link EntryRow.name}: ends with a separator, or is empty above the roots. */
  get folder(): string {
    return splitPath(this.path).folder
  }
}

/**
 * Columns for {@link EntryRow}, of tables `entry AS e`, `folder AS f` and {@link ENTRY_BLOCKSETS}. As few as can be:
 * each costs as much as a tenth of the row.
 */
export const ENTRY_COLUMNS = `f.path || e.name AS path, e.name, e.type, e.size, e.mtime, e.hash, e.meta_hash AS metaHash,
  e.meta_size AS metaSize, e.flags, e.from_seq AS fromSeq, e.to_seq AS toSeq,
  c.list_count AS listCount, ifnull(c.block, c.blocklists) AS blocks,
  m.list_count AS metaListCount, ifnull(m.block, m.blocklists) AS metaBlocks`

export const ENTRY_BLOCKSETS =
  'LEFT JOIN blockset AS c ON c.id = e.content_id LEFT JOIN blockset AS m ON m.id = e.meta_content_id'

/** A row of {@link ENTRY_COLUMNS}. */
export interface RawEntry {
  path: string
  name: string
  type: number
  size: number | null
  mtime: number | null
  hash: Uint8Array | null
  metaHash: Uint8Array | null
  metaSize: number | null
  flags: number
  fromSeq: number
  toSeq: number
  /** Number of blocklists; 0: `blocks` is the hash of the one block; null: there is no blockset. */
  listCount: number | null
  blocks: Uint8Array | null
  metaListCount: number | null
  metaBlocks: Uint8Array | null
}

/** A row of what the walk compares with. */
export interface RawBase {
  name: string
  type: number
  size: number | null
  mtime: number | null
  signature: Uint8Array | null
  flags: number
}
