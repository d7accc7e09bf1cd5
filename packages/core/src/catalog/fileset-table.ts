import { CoreError } from '../core-error.ts'
import { collectGarbage } from './collect-garbage.ts'
import { completeFileset } from './complete-fileset.ts'
import type { FolderTable } from './folder-table.ts'
import { keepCarriedMarks } from './keep-carried-marks.ts'
import { type EntryRemoval, rewriteEntries } from './rewrite-fileset.ts'
import { OPEN_SEQ } from './schema.ts'
import { seqAtEnd } from './seq-order.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { TouchedEntries } from './touched-entries.ts'

/** One version of the backup. */
export interface Fileset {
  /** Place in the order of versions; newer ones have greater ones. Not consecutive, and only valid in this catalog. */
  readonly seq: number
  /** The label that names its dlist: seconds since 1970. Clocks step, so it need not rise with `seq`. */
  readonly time: number
  /** Its dlist; undefined while it is built, or when that volume was forgotten. */
  readonly volumeId: number | undefined
  /** False: a partial version. */
  readonly isFull: boolean
  /**
   * `building`: begun, and neither completed nor discarded yet. `deleting`: no version any more, while its dlist may
   * still be at the destination.
   */
  readonly state: 'building' | 'stored' | 'deleting'
  readonly files: number
  /** Sum of the sizes of its files. */
  readonly bytes: number
  readonly entries: number
  /** How many of them are as in the version before, because they could not be read or were not reached. */
  readonly carried: number
}

/** Which version: by number (0 is the newest) or by a time in seconds since 1970. */
export type VersionSelector =
  | { readonly version: number; readonly time?: undefined }
  | {
      readonly time: number
      readonly version?: undefined
      readonly match?: 'at-or-before' | 'exact' | undefined
    }

/** A version with its number. */
export interface ResolvedVersion extends Fileset {
  /** 0 is the newest stored version. */
  readonly version: number
}

interface FilesetRow {
  seq: number
  time: number
  volume_id: number | null
  is_full: number
  state: number
  files: number
  bytes: number
  entries: number
  carried: number
}

const STATES = ['building', 'stored', 'deleting'] as const

/** The versions. */
export class FilesetTable {
  readonly #connection: SqlConnection
  readonly #folders: FolderTable
  readonly #touched: TouchedEntries

  constructor(connection: SqlConnection, folders: FolderTable, touched: TouchedEntries) {
    this.#connection = connection
    this.#folders = folders
    this.#touched = touched
  }

  /**
   * Begins a version behind all others and returns its seq. Its entries are those of the version before until
   * `entries.put` and `entries.close` change them.
   *
   * @throws CoreError `CATALOG_VERSION_BUILDING` when another is unfinished, `CATALOG_CONFLICT` when the time is taken
   */
  begin(fileset: { readonly time: number }): number {
    return this.#connection.transaction(() => {
      this.assertNoneBuilding()
      // What was to be deleted must not come back as the version that this one continues.
      this.remove(...this.deleting().map((fileset) => fileset.seq))
      const seq = seqAtEnd(this.#connection)
      this.#connection.run('INSERT INTO fileset(seq, time) VALUES(?, ?)', seq, fileset.time)
      this.#touched.begin(seq)
      return seq
    })
  }

  /** Declares a version finished, counts it, and names its dlist. Costs what changed in it, where that is little. */
  complete(seq: number, outcome: { readonly volumeId: number; readonly isFull: boolean }): void {
    const changed = completeFileset(this.#connection, { seq, ...outcome }, this.#touched.count(seq))
    this.#touched.forget()
    if (changed === 0) throw noSuchVersion(`with the seq ${seq}`, { seq })
  }

  /** Changes a version's label or dlist. */
  relabel(
    seq: number,
    change: { readonly time?: number | undefined; readonly volumeId?: number | undefined }
  ): void {
    const changed = this.#connection.run(
      'UPDATE fileset SET time = ifnull(?, time), volume_id = ifnull(?, volume_id) WHERE seq = ?',
      change.time ?? null,
      change.volumeId ?? null,
      seq
    )
    if (changed === 0) throw noSuchVersion(`with the seq ${seq}`, { seq })
  }

  /**
   * Takes entries out of one stored version, or their lost metadata, and names its new dlist; all other versions stay
   * exactly as they are. What nothing refers to any more stays until {@link FilesetTable.collectGarbage}.
   *
   * @throws CoreError `CATALOG_NO_SUCH_VERSION`, `CATALOG_CONFLICT` when another version has the time
   */
  rewrite(
    seq: number,
    list: { readonly time: number; readonly volumeId: number },
    removal: EntryRemoval
  ): void {
    this.#connection.transaction(() => {
      this.#touched.forget()
      const { isFull } = this.bySeq(seq) ?? { isFull: false }
      rewriteEntries(this.#connection, this.#folders, seq, removal)
      this.complete(seq, { volumeId: list.volumeId, isFull })
      this.relabel(seq, list)
    })
  }

  /** Removes streams, lists of blocks and folders that no entry refers to any more. */
  collectGarbage(): void {
    this.#connection.transaction(() => {
      collectGarbage(this.#connection)
      this.#folders.forgetCache()
    })
  }

  /**
   * Removes versions, stored or building. What no other version has goes with them; all others stay exactly as they
   * were. Blocks stay known. Unknown seqs are passed over.
   */
  remove(...seqs: readonly number[]): void {
    if (seqs.length === 0) return
    this.#connection.transaction(() => {
      this.#touched.forget()
      removeFilesets(this.#connection, seqs)
      this.collectGarbage()
    })
  }

  /**
   * Decides that stored versions are to go: from now on they are no versions, and {@link FilesetTable.remove} follows
   * when their dlists are gone. Commits what is about to happen at the destination, so it belongs into one transaction
   * with the same mark at their dlists.
   */
  markDeleting(seqs: readonly number[]): void {
    this.#changeState(seqs, 'stored', 'deleting')
  }

  /** Makes them versions again, where their dlists cannot be deleted. */
  unmarkDeleting(seqs: readonly number[]): void {
    this.#changeState(seqs, 'deleting', 'stored')
  }

  /** Versions that are to go and that nobody has removed yet, oldest first. */
  deleting(): Fileset[] {
    return this.#connection
      .all<FilesetRow>('SELECT * FROM fileset WHERE state = ? ORDER BY seq', STATES.indexOf('deleting'))
      .map(toFileset)
  }

  /** All that are building, stored or to be deleted, oldest first by seq. */
  all(): Fileset[] {
    return this.#connection.all<FilesetRow>('SELECT * FROM fileset ORDER BY seq').map(toFileset)
  }

  /** The stored versions with their numbers, newest first. */
  versions(): ResolvedVersion[] {
    return this.#connection
      .all<FilesetRow>('SELECT * FROM fileset WHERE state = 1 ORDER BY seq DESC')
      .map((row, version) => ({ ...toFileset(row), version }))
  }

  bySeq(seq: number): Fileset | undefined {
    const row = this.#connection.get<FilesetRow>('SELECT * FROM fileset WHERE seq = ?', seq)
    return row === undefined ? undefined : toFileset(row)
  }

  byTime(time: number): Fileset | undefined {
    const row = this.#connection.get<FilesetRow>('SELECT * FROM fileset WHERE time = ?', time)
    return row === undefined ? undefined : toFileset(row)
  }

  /** The unfinished version. */
  building(): Fileset | undefined {
    const row = this.#connection.get<FilesetRow>(
      'SELECT * FROM fileset WHERE state = 0 ORDER BY seq DESC LIMIT 1'
    )
    return row === undefined ? undefined : toFileset(row)
  }

  /** The least time, not before this one, that no version has. */
  freeTime(time: number): number {
    let free = time
    while (this.byTime(free) !== undefined) free++
    return free
  }

  /**
   * The one stored version that is meant: by number; or by time, which chooses the newest whose label is not after it,
   * or with `match: 'exact'` the one with that label. Never another instead.
   *
   * @throws CoreError `CATALOG_NO_SUCH_VERSION`
   */
  resolve(selector: VersionSelector): ResolvedVersion {
    const versions = this.versions()
    const found =
      selector.time === undefined
        ? versions[selector.version]
        : versions.find(({ time }) =>
            selector.match === 'exact' ? time === selector.time : time <= selector.time
          )
    if (found !== undefined) return found
    const range =
      versions.length === 0 ? 'The backup has no version' : `Versions are 0 to ${versions.length - 1}`
    throw selector.time === undefined
      ? noSuchVersion(`${selector.version}`, { version: selector.version, versions: versions.length }, range)
      : noSuchVersion(
          `${selector.match === 'exact' ? 'of' : 'at or before'} ${timeText(selector.time)}`,
          { time: selector.time, versions: versions.length },
          versions.length === 0
            ? range
            : `The oldest is of ${timeText(Math.min(...versions.map(({ time }) => time)))}`
        )
  }

  #changeState(seqs: readonly number[], from: Fileset['state'], to: Fileset['state']): void {
    this.#connection.run(
      'UPDATE fileset SET state = ? WHERE state = ? AND seq IN (SELECT value FROM json_each(?))',
      STATES.indexOf(to),
      STATES.indexOf(from),
      JSON.stringify(seqs)
    )
  }

  /** @throws CoreError `CATALOG_VERSION_BUILDING` */
  assertNoneBuilding(): void {
    const building = this.building()
    if (building === undefined) return
    throw new CoreError(
      'CATALOG_VERSION_BUILDING',
      `The version of ${timeText(building.time)} is unfinished: it must be completed or discarded first`,
      { context: { time: building.time } }
    )
  }
}

/**
 * Takes versions out of all intervals, in one pass over the entries for any number of them: what began with one begins
 * with the next that stays, what ended with one ends with the next that stays, and what nothing is left of is deleted.
 * Without a next one, what ended is open again.
 */
function removeFilesets(connection: SqlConnection, seqs: readonly number[]): void {
  const gone = new Set(seqs)
  const all = connection.all<{ seq: number }>('SELECT seq FROM fileset ORDER BY seq DESC')
  let next = OPEN_SEQ
  const moves: [old: number, next: number][] = []
  for (const { seq } of all) {
    if (gone.has(seq)) moves.push([seq, next])
    else next = seq
  }
  connection.exec('CREATE TEMP TABLE gone(seq INTEGER PRIMARY KEY, next INTEGER NOT NULL)')
  connection.run('INSERT INTO gone SELECT value ->> 0, value ->> 1 FROM json_each(?)', JSON.stringify(moves))
  connection.exec(`
    DELETE FROM entry WHERE (SELECT next FROM gone WHERE seq = from_seq)
      >= ifnull((SELECT next FROM gone WHERE seq = to_seq), to_seq);
    UPDATE entry SET to_seq = gone.next FROM gone WHERE gone.seq = to_seq;
  `)
  keepCarriedMarks(connection)
  connection.exec(`
    UPDATE entry SET from_seq = gone.next FROM gone WHERE gone.seq = from_seq;
    DELETE FROM carried_range WHERE seq IN (SELECT seq FROM gone);
    DELETE FROM fileset WHERE seq IN (SELECT seq FROM gone);
    DROP TABLE gone;
  `)
}

function toFileset(row: FilesetRow): Fileset {
  return {
    seq: row.seq,
    time: row.time,
    volumeId: row.volume_id ?? undefined,
    isFull: row.is_full === 1,
    state: STATES[row.state] as Fileset['state'],
    files: row.files,
    bytes: row.bytes,
    entries: row.entries,
    carried: row.carried
  }
}

function noSuchVersion(what: string, context: Record<string, number>, hint = ''): CoreError {
  return new CoreError('CATALOG_NO_SUCH_VERSION', `There is no version ${what}. ${hint}`.trim(), {
    context
  })
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '')
}
