import { corruptCatalog } from './catalog-error.ts'
import { ENTRY_BLOCKSETS, ENTRY_COLUMNS, type RawBase, type RawEntry } from './entry-row.ts'
import type { SqlConnection } from './sql-connection.ts'

/** Entries of one page, so that memory stays bounded however many a folder has. */
const PAGE_ENTRIES = 1000

/** Which entries of a folder are meant. */
export interface FolderPart {
  /** Path of the folder. */
  readonly folder: string
  readonly seq: number
  /** A condition for `entry AS e`, in which `:seq` is the version. */
  readonly where: string
}

/**
 * Reads the entries of a folder by name, in pages that SQLite packs into one row each: what a row costs is an object
 * and a value for each of its columns, several times as much as SQLite needs to find it.
 */
export class EntryPages {
  readonly #connection: SqlConnection

  constructor(connection: SqlConnection) {
    this.#connection = connection
  }

  /** Whole entries. */
  entries(part: FolderPart): Generator<RawEntry[]> {
    return this.#pages(part, ENTRY_PAGE, (page: EntryPage, after) =>
      page.blocksets > 0 ? this.#joined(part, after) : this.#unpackEntries(part.folder, page)
    )
  }

  /** What the walk compares with. */
  bases(part: FolderPart): Generator<RawBase[]> {
    return this.#pages(part, BASE_PAGE, (page: BasePage) => this.#unpackBases(page))
  }

  *#pages<Row extends { name: string }, Page>(
    { folder, seq, where }: FolderPart,
    columns: string,
    unpack: (page: Page, after: string) => Row[]
  ): Generator<Row[]> {
    const sql = `SELECT ${columns} FROM (SELECT * FROM entry AS e WHERE ${pageOf(where)})`
    for (let after: string | undefined = ''; after !== undefined; ) {
      const rows = unpack(this.#connection.get<Page>(sql, { folder, seq, after }) as Page, after)
      if (rows.length > 0) yield rows
      after = rows.length < PAGE_ENTRIES ? undefined : rows.at(-1)?.name
    }
  }

  /** The same page row by row, with the blocks of its streams, which few entries need. */
  #joined({ folder, seq, where }: FolderPart, after: string): RawEntry[] {
    return this.#connection.all<RawEntry>(
      `SELECT ${ENTRY_COLUMNS} FROM entry AS e CROSS JOIN folder AS f ON f.id = e.folder_id ${ENTRY_BLOCKSETS}
        WHERE ${pageOf(where)}`,
      { folder, seq, after }
    )
  }

  #unpackEntries(folder: string, page: EntryPage): RawEntry[] {
    const hashes = new PackedBlobs(page.hashes, this.#connection.path)
    const metaHashes = new PackedBlobs(page.metaHashes, this.#connection.path)
    const rows = JSON.parse(page.rows) as EntryTuple[]
    return rows.map(
      ([name, type, size, mtime, hashBytes, metaHashBytes, metaSize, flags, fromSeq, toSeq]) => ({
        path: folder + name,
        name,
        type,
        size,
        mtime,
        hash: hashes.take(hashBytes),
        metaHash: metaHashes.take(metaHashBytes),
        metaSize,
        flags,
        fromSeq,
        toSeq,
        listCount: null,
        blocks: null,
        metaListCount: null,
        metaBlocks: null
      })
    )
  }

  #unpackBases(page: BasePage): RawBase[] {
    const signatures = new PackedBlobs(page.signatures, this.#connection.path)
    const rows = JSON.parse(page.rows) as BaseTuple[]
    return rows.map(([name, type, size, mtime, flags, signatureBytes]) => ({
      name,
      type,
      size,
      mtime,
      flags,
      signature: signatures.take(signatureBytes)
    }))
  }
}

function pageOf(where: string): string {
  return `e.folder_id = (SELECT id FROM folder WHERE path = :folder) AND ${where} AND e.name > :after
    ORDER BY e.name LIMIT ${PAGE_ENTRIES}`
}

type EntryTuple = [
  name: string,
  type: number,
  size: number | null,
  mtime: number | null,
  hashBytes: number | null,
  metaHashBytes: number | null,
  metaSize: number | null,
  flags: number,
  fromSeq: number,
  toSeq: number
]

const ENTRY_PAGE = `json_group_array(json_array(name, type, size, mtime, length(hash), length(meta_hash), meta_size, flags,
  from_seq, to_seq)) AS rows, group_concat(hex(hash), '') AS hashes, group_concat(hex(meta_hash), '') AS metaHashes,
  count(content_id) + count(meta_content_id) AS blocksets`

interface EntryPage {
  readonly rows: string
  readonly hashes: string | null
  readonly metaHashes: string | null
  readonly blocksets: number
}

type BaseTuple = [
  name: string,
  type: number,
  size: number | null,
  mtime: number | null,
  flags: number,
  signatureBytes: number | null
]

const BASE_PAGE = `json_group_array(json_array(name, type, size, mtime, flags, length(signature))) AS rows,
  group_concat(hex(signature), '') AS signatures`

interface BasePage {
  readonly rows: string
  readonly signatures: string | null
}

/** Blobs of a column, one after the other. */
class PackedBlobs {
  readonly #bytes: Uint8Array
  readonly #path: string
  #at = 0

  constructor(hex: string | null, catalogPath: string) {
    // Not from the pool of small buffers, which a row that is kept would hold on to.
    const bytes = Buffer.allocUnsafeSlow((hex?.length ?? 0) / 2)
    bytes.write(hex ?? '', 'hex')
    this.#bytes = new Uint8Array(bytes.buffer)
    this.#path = catalogPath
  }

  /** The next one; its length as the column says it. */
  take(sizeBytes: number | null): Uint8Array | null {
    if (sizeBytes === null) return null
    const from = this.#at
    this.#at += sizeBytes
    if (this.#at > this.#bytes.length) throw corruptCatalog(this.#path, 'an entry does not add up')
    return this.#bytes.subarray(from, this.#at)
  }
}
