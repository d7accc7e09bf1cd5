import type { SqlConnection } from './sql-connection.ts'

/** Entries of one piece. */
const PIECE_ENTRIES = 1000

/** Greater than every text, as SQLite orders values. */
const END = new Uint8Array(0)

const PACKED = `
  SELECT ifnull(group_concat(CASE WHEN content_id IS NULL AND size BETWEEN 1 AND :max THEN hex(hash) END, ''), '') ||
    ifnull(group_concat(CASE WHEN meta_content_id IS NULL AND meta_size BETWEEN 1 AND :max THEN hex(meta_hash) END, ''), '')
    AS hashes
  FROM entry WHERE folder_id = :folder AND name > :after AND name <= :last`

/**
 * Hashes of the streams of all versions that are one block whose hash is that of the stream, packed, some of them at a
 * time; repeated where entries share a stream. SQLite packs them: a value for each costs several times as much as
 * finding it.
 *
 * @param blocksize streams that are longer cannot be one block, and are left out
 */
export function* ownBlocks(connection: SqlConnection, blocksize: number): Generator<Uint8Array> {
  const folders = connection.all<{ id: number }>('SELECT id FROM folder')
  for (const { id: folder } of folders) {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const last: string | undefined = connection.get<{ name: string }>(
        `SELECT name FROM entry WHERE folder_id = ? AND name > ? ORDER BY name LIMIT 1 OFFSET ${PIECE_ENTRIES - 1}`,
        folder,
        after
      )?.name
      const packed = connection.get<{ hashes: string }>(PACKED, {
        folder,
        after,
        last: last ?? END,
        max: blocksize
      })
      if (packed !== undefined && packed.hashes !== '') yield Buffer.from(packed.hashes, 'hex')
      after = last
    }
  }
}
