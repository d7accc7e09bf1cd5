import { COUNT_CARRIED } from './carried-table.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { EntryCounts } from './touched-entries.ts'

interface Completed {
  readonly seq: number
  readonly volumeId: number
  readonly isFull: boolean
}

const COMPLETE = 'UPDATE fileset SET state = 1, volume_id = :volumeId, is_full = :isFull'
const WITH_COUNTS = `${COMPLETE}, entries = :entries, files = :files, bytes = :bytes, carried = :carried
  WHERE seq = :seq`
const COUNTING = `${COMPLETE}, carried = ${COUNT_CARRIED}, (entries, files, bytes) =
  (SELECT count(*), ifnull(sum(type = 0), 0), ifnull(sum(iif(type = 0, size, 0)), 0) FROM entry
    WHERE from_seq <= :seq AND to_seq > :seq)
  WHERE seq = :seq`

/** Notes that a version is finished, with its counts, which are looked for in its entries where they are not known. */
export function completeFileset(
  connection: SqlConnection,
  { seq, volumeId, isFull }: Completed,
  counts: EntryCounts | undefined
): number {
  const fixed = { seq, volumeId, isFull: Number(isFull) }
  return counts === undefined
    ? connection.run(COUNTING, fixed)
    : connection.run(WITH_COUNTS, { ...fixed, ...counts })
}
