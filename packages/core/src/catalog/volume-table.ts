import { CoreError } from '../core-error.ts'
import type { SqlConnection, SqlRow } from './sql-connection.ts'

const TYPES = ['dblock', 'dlist', 'dindex'] as const
const STATES = ['temporary', 'uploading', 'uploaded', 'verified', 'deleting', 'deleted'] as const

export type VolumeType = (typeof TYPES)[number]

/**
 * What is known of a volume at the destination. `uploading`: its size and hash are committed and a PUT may have
 * happened. `deleting`: its removal was decided and committed. `deleted`: confirmed, and kept a while so that a stale
 * listing does not look like a foreign volume.
 */
export type VolumeState = (typeof STATES)[number]

export interface CatalogVolume {
  readonly id: number
  readonly name: string
  readonly type: VolumeType
  readonly state: VolumeState
  /** Bytes at the destination; undefined: not known yet. */
  readonly size: number | undefined
  /** Digest of the stored bytes with the file-hash algorithm. */
  readonly hash: Uint8Array | undefined
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly stateChangedAt: number
  readonly verifiedCount: number
  readonly verifiedAt: number | undefined
  readonly archived: boolean
  /** What the volume holds is in the catalog. */
  readonly processed: boolean
  /** Of a dlist: the time in its name, in seconds since 1970. */
  readonly time: number | undefined
}

export interface NewVolume {
  readonly name: string
  readonly type: VolumeType
  readonly state: VolumeState
  readonly size?: number | undefined
  readonly hash?: Uint8Array | undefined
  readonly processed?: boolean | undefined
  readonly archived?: boolean | undefined
  readonly time?: number | undefined
}

/** What can change in a volume's row; what is left out stays. */
export interface VolumeChange {
  /** A volume whose upload failed goes on under another name. */
  readonly name?: string | undefined
  readonly time?: number | undefined
  readonly state?: VolumeState | undefined
  readonly size?: number | undefined
  readonly hash?: Uint8Array | undefined
  readonly processed?: boolean | undefined
  readonly archived?: boolean | undefined
}

/** Setting that holds the id of {@link VolumeTable.uncommittedList}. */
const UNCOMMITTED_LIST = 'uncommitted-list'

/** The volumes at the destination, and which dindex describes which dblock. */
export class VolumeTable {
  readonly #connection: SqlConnection
  readonly #now: () => number

  readonly #onForget: () => void

  constructor(connection: SqlConnection, now: () => number, onForget: () => void) {
    this.#connection = connection
    this.#now = now
    this.#onForget = onForget
  }

  /**
   * Adds a volume and returns its id.
   *
   * @throws CoreError `CATALOG_CONFLICT` when the name is taken
   */
  add(volume: NewVolume): number {
    const now = this.#now()
    const insert = () =>
      this.#connection.get<{ id: number }>(
        'INSERT INTO volume(name,type,state,size,hash,created_at,state_changed_at,processed,archived,time) VALUES(?,?,?,?,?,?,?,?,?,?) RETURNING id',
        volume.name,
        TYPES.indexOf(volume.type),
        STATES.indexOf(volume.state),
        volume.size ?? null,
        volume.hash ?? null,
        now,
        now,
        Number(volume.processed ?? false),
        Number(volume.archived ?? false),
        volume.time ?? null
      )
    return this.#connection.transaction(insert)?.id as number
  }

  /** @throws CoreError `CATALOG_NO_SUCH_VOLUME`; `CATALOG_CONFLICT` when the new name is taken */
  update(id: number, change: VolumeChange): void {
    const { state, processed, archived } = change
    const changed = this.#connection.run(
      `UPDATE volume SET state = ifnull(:state, state), state_changed_at = iif(:state IS NULL, state_changed_at, :now),
        size = ifnull(:size, size), hash = ifnull(:hash, hash), processed = ifnull(:processed, processed),
        archived = ifnull(:archived, archived), name = ifnull(:name, name), time = ifnull(:time, time) WHERE id = :id`,
      {
        id,
        now: this.#now(),
        state: state === undefined ? null : STATES.indexOf(state),
        size: change.size ?? null,
        hash: change.hash ?? null,
        processed: processed === undefined ? null : Number(processed),
        archived: archived === undefined ? null : Number(archived),
        name: change.name ?? null,
        time: change.time ?? null
      }
    )
    if (changed === 0) throw noSuchVolume(id)
  }

  /** Sets the state of many volumes with one statement; ids without a volume are passed over. */
  setState(ids: Iterable<number>, state: VolumeState): void {
    this.#connection.run(
      'UPDATE volume SET state = ?, state_changed_at = ? WHERE id IN (SELECT value FROM json_each(?))',
      STATES.indexOf(state),
      this.#now(),
      JSON.stringify([...ids])
    )
  }

  /** Counts one more successful verification of each. */
  markVerified(ids: Iterable<number>): void {
    this.#connection.run(
      `UPDATE volume SET verified_count = verified_count + 1, verified_at = :now, state = iif(state = 2, 3, state),
        state_changed_at = iif(state = 2, :now, state_changed_at) WHERE id IN (SELECT value FROM json_each(:ids))`,
      { now: this.#now(), ids: JSON.stringify([...ids]) }
    )
  }

  /** Takes over from the ledger what volumes of these names went through before this catalog was made. */
  adoptVerifications(): void {
    this.#connection.run(
      `UPDATE volume SET verified_count = 1, verified_at = ledger.verified_at FROM ledger
        WHERE ledger.volume_name = volume.name AND ledger.outcome = 'sound' AND volume.verified_count = 0`
    )
  }

  byId(id: number): CatalogVolume | undefined {
    return toVolume(this.#connection.get('SELECT * FROM volume WHERE id = ?', id))
  }

  byName(name: string): CatalogVolume | undefined {
    return toVolume(this.#connection.get('SELECT * FROM volume WHERE name = ?', name))
  }

  /** All volumes, or those of a type or of some states, in the order in which they were added. */
  *all(
    only: { type?: VolumeType | undefined; states?: readonly VolumeState[] | undefined } = {}
  ): Generator<CatalogVolume> {
    const rows = this.#connection.iterate(
      `SELECT * FROM volume WHERE (:type IS NULL OR type = :type)
        AND (:states IS NULL OR state IN (SELECT value FROM json_each(:states))) ORDER BY id`,
      {
        type: only.type === undefined ? null : TYPES.indexOf(only.type),
        states:
          only.states === undefined ? null : JSON.stringify(only.states.map((state) => STATES.indexOf(state)))
      }
    )
    for (const row of rows) yield toVolume(row) as CatalogVolume
  }

  /** Records that the dindex describes the dblock. Known links stay. */
  linkIndex(indexVolumeId: number, blockVolumeId: number): void {
    this.#connection.run('INSERT OR IGNORE INTO index_link VALUES(?, ?)', indexVolumeId, blockVolumeId)
  }

  /** Ids of the dindex volumes that describe this dblock. */
  indexesOf(blockVolumeId: number): number[] {
    return this.#connection
      .all<{ id: number }>(
        'SELECT index_volume_id AS id FROM index_link WHERE block_volume_id = ? ORDER BY 1',
        blockVolumeId
      )
      .map((row) => row.id)
  }

  /** Ids of the dblock volumes that this dindex describes. */
  describedBy(indexVolumeId: number): number[] {
    return this.#connection
      .all<{ id: number }>(
        'SELECT block_volume_id AS id FROM index_link WHERE index_volume_id = ? ORDER BY 1',
        indexVolumeId
      )
      .map((row) => row.id)
  }

  /** dblock volumes that are at the destination and that no dindex there describes. */
  withoutIndex(): CatalogVolume[] {
    return this.#connection
      .all(
        `SELECT * FROM volume AS v WHERE type = 0 AND state IN (1, 2, 3) AND NOT EXISTS
          (SELECT 1 FROM index_link JOIN volume AS i ON i.id = index_volume_id
            WHERE block_volume_id = v.id AND i.state IN (1, 2, 3)) ORDER BY id`
      )
      .map((row) => toVolume(row) as CatalogVolume)
  }

  /**
   * Decides that this list is to take the place of that of a version which is rewritten. It does not count before
   * `filesets.rewrite` has named it; undefined: none is under way any more.
   */
  setUncommittedList(id: number | undefined): void {
    if (id === undefined) this.#connection.run('DELETE FROM setting WHERE key = ?', UNCOMMITTED_LIST)
    else this.#connection.run('INSERT OR REPLACE INTO setting VALUES(?, ?)', UNCOMMITTED_LIST, id)
  }

  /** The list that was to take the place of another one, where that was interrupted before it counted. */
  uncommittedList(): CatalogVolume | undefined {
    return toVolume(
      this.#connection.get(
        `SELECT v.* FROM setting AS s JOIN volume AS v ON v.id = s.value WHERE s.key = ? AND v.state IN (1, 2, 3)
          AND NOT EXISTS (SELECT 1 FROM fileset WHERE volume_id = v.id)`,
        UNCOMMITTED_LIST
      )
    )
  }

  /** dblock volumes whose last verdict in the ledger is that they are damaged or gone. */
  damaged(): CatalogVolume[] {
    return this.#connection
      .all(
        `SELECT v.* FROM ledger JOIN volume AS v ON v.name = ledger.volume_name
          WHERE ledger.outcome = 'damaged' AND v.type = 0 ORDER BY v.id`
      )
      .map((row) => toVolume(row) as CatalogVolume)
  }

  /** Whether something needs it: it has blocks, it describes blocks, or it is the dlist of a stored version. */
  isReferenced(id: number): boolean {
    const row = this.#connection.get<{ referenced: number }>(
      `SELECT EXISTS (SELECT 1 FROM block_run WHERE volume_id = :id)
        OR EXISTS (SELECT 1 FROM index_link WHERE index_volume_id = :id)
        OR EXISTS (SELECT 1 FROM fileset WHERE volume_id = :id AND state = 1) AS referenced`,
      { id }
    )
    return row?.referenced === 1
  }

  /** Removes what is known of the volume's content: its blocks and its links. Its own row stays. */
  forgetContent(id: number): void {
    this.#connection.transaction(() => {
      this.#connection.run('DELETE FROM block_run WHERE volume_id = ?', id)
      this.#connection.run('DELETE FROM index_link WHERE block_volume_id = :id OR index_volume_id = :id', {
        id
      })
    })
    this.#onForget()
  }

  /**
   * Removes the volume with all that is known of its content. Versions stay as they are; a version whose dlist it was
   * no longer names a volume.
   */
  forget(id: number): void {
    this.#connection.transaction(() => {
      this.forgetContent(id)
      this.#connection.run('UPDATE fileset SET volume_id = NULL WHERE volume_id = ?', id)
      this.#connection.run('DELETE FROM volume WHERE id = ?', id)
    })
  }
}

function noSuchVolume(id: number): CoreError {
  return new CoreError('CATALOG_NO_SUCH_VOLUME', `The catalog has no volume with the id ${id}`, {
    context: { id }
  })
}

function toVolume(row: SqlRow | undefined): CatalogVolume | undefined {
  if (row === undefined) return undefined
  return {
    id: row['id'] as number,
    name: row['name'] as string,
    type: TYPES[row['type'] as number] as VolumeType,
    state: STATES[row['state'] as number] as VolumeState,
    size: (row['size'] as number | null) ?? undefined,
    hash: (row['hash'] as Uint8Array | null) ?? undefined,
    createdAt: row['created_at'] as number,
    stateChangedAt: row['state_changed_at'] as number,
    verifiedCount: row['verified_count'] as number,
    verifiedAt: (row['verified_at'] as number | null) ?? undefined,
    archived: row['archived'] === 1,
    processed: row['processed'] === 1,
    time: (row['time'] as number | null) ?? undefined
  }
}
