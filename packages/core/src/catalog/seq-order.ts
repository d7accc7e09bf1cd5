import { OPEN_SEQ } from './schema.ts'
import type { SqlConnection } from './sql-connection.ts'

/**
 * Seqs are handed out with wide gaps, so that a version that turns up later (an older dlist read after newer ones) gets
 * one in between, without a row of the others being touched.
 */
const STEP = 2 ** 20
const FIRST = 2 ** 40

interface Bounds {
  readonly previous: number | undefined
  readonly next: number | undefined
}

/** The seq of a new version behind all others. */
export function seqAtEnd(connection: SqlConnection): number {
  const last = connection.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM fileset')?.seq
  return last === null || last === undefined ? FIRST : last + STEP
}

/**
 * A seq for a version with this time: before the first version that is younger by its time, else at the end. Where the
 * gap there is used up, all versions are given new numbers first.
 */
export function seqForTime(connection: SqlConnection, time: number): number {
  const seq = between(boundsForTime(connection, time))
  if (seq !== undefined) return seq
  respace(connection)
  return between(boundsForTime(connection, time)) as number
}

/** The versions next to a seq, which itself need not exist; `next` is {@link OPEN_SEQ} at the end. */
export function neighbours(
  connection: SqlConnection,
  seq: number
): { previous: number | undefined; next: number } {
  const previous = connection.get<{ seq: number | null }>(
    'SELECT max(seq) AS seq FROM fileset WHERE seq < ?',
    seq
  )
  const next = connection.get<{ seq: number | null }>(
    'SELECT min(seq) AS seq FROM fileset WHERE seq > ?',
    seq
  )
  return { previous: previous?.seq ?? undefined, next: next?.seq ?? OPEN_SEQ }
}

function boundsForTime(connection: SqlConnection, time: number): Bounds {
  // What is to be deleted (state 2) is no version any more, and tells nothing of the order.
  const next = connection.get<{ seq: number | null }>(
    'SELECT min(seq) AS seq FROM fileset WHERE time > ? AND state <> 2',
    time
  )?.seq
  const previous = connection.get<{ seq: number | null }>(
    'SELECT max(seq) AS seq FROM fileset WHERE :next IS NULL OR seq < :next',
    { next: next ?? null }
  )?.seq
  return { previous: previous ?? undefined, next: next ?? undefined }
}

function between({ previous, next }: Bounds): number | undefined {
  if (next === undefined) return previous === undefined ? FIRST : previous + STEP
  if (previous === undefined) return next - STEP
  return next - previous < 2 ? undefined : previous + Math.floor((next - previous) / 2)
}

/** Gives every version a new seq with full gaps again. By way of negative numbers, so that no two rows meet. */
function respace(connection: SqlConnection): void {
  const seqs = connection.all<{ seq: number }>('SELECT seq FROM fileset ORDER BY seq').map((row) => row.seq)
  connection.exec('CREATE TEMP TABLE renumber(old INTEGER PRIMARY KEY, new INTEGER NOT NULL)')
  connection.run(
    `INSERT INTO renumber SELECT value, -(${FIRST} + key * ${STEP}) FROM json_each(?)`,
    JSON.stringify(seqs)
  )
  connection.exec(`
    UPDATE entry SET to_seq = -new FROM renumber WHERE old = to_seq;
    UPDATE entry SET from_seq = new FROM renumber WHERE old = from_seq;
    UPDATE entry SET from_seq = -from_seq;
    UPDATE carried_range SET seq = new FROM renumber WHERE old = seq;
    UPDATE carried_range SET seq = -seq;
    UPDATE fileset SET seq = new FROM renumber WHERE old = seq;
    UPDATE fileset SET seq = -seq;
    DROP TABLE renumber;
  `)
}
