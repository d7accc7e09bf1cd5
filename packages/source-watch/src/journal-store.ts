import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ChangeSet, Cursor } from './change-journal.ts'
import type { Doubt, DoubtReason } from './doubt.ts'
import { openExisting, openOrSetAside, openToRead } from './open-store.ts'
import { outermost, prefixOf } from './paths.ts'

const PAGE_ROWS = 4096

/** A change that is to be kept. */
export interface JournalEntries {
  readonly dirty: Iterable<string>
  readonly doubts: Iterable<Doubt>
}

/**
 * The journal's file: an SQLite database, so that it is bounded by the number of paths instead of by what happens to
 * them, and that another process can read it while it is written. Nothing in it has to survive a loss of power, because
 * nobody watched then.
 */
export class JournalStore implements Disposable {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #seq: number

  private constructor(database: DatabaseSync) {
    this.#database = database
    this.#seq = Number(this.fact('seq') ?? 0)
  }

  /**
   * Opens or makes the file. A damaged one is set aside as `<path>.damaged`, and `wasDamaged` says so.
   *
   * @throws WatchError `WATCH_STORE_UNUSABLE`, `WATCH_STORE_NEWER`
   */
  static open(path: string): { readonly store: JournalStore; readonly wasDamaged: boolean } {
    const { database, wasDamaged } = openOrSetAside(path)
    return { store: new JournalStore(database), wasDamaged }
  }

  /** For reading a file that is written by another thread or process. */
  static reader(path: string): JournalStore {
    return new JournalStore(openToRead(path))
  }

  /** For asking the process that writes the file; undefined: it has only just begun to make it. The file must be there. */
  static guest(path: string): JournalStore | undefined {
    const database = openExisting(path)
    return database && new JournalStore(database)
  }

  /** Where the journal stands; 0: nothing was ever noted. */
  get cursor(): Cursor {
    return this.#seq
  }

  /** Adds what was heard of; all of it has the same, new cursor. */
  add({ dirty, doubts }: JournalEntries): Cursor {
    this.transaction(() => {
      this.#seq += 1
      this.setFact('seq', String(this.#seq))
      const putDirty = this.#prepare(
        'INSERT INTO dirty (path, seq) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET seq = excluded.seq'
      )
      for (const path of dirty) putDirty.run(path, this.#seq)
      for (const { path, reason, isStanding } of doubts) {
        this.#run(
          `INSERT INTO doubt (path, seq, reason, standing) VALUES (?, ?, ?, ?)
           ON CONFLICT (path) DO UPDATE SET seq = excluded.seq,
             reason = CASE WHEN NOT doubt.standing AND (excluded.standing OR doubt.reason = 'new-folder')
               THEN excluded.reason ELSE doubt.reason END,
             standing = max(doubt.standing, excluded.standing)`,
          path,
          this.#seq,
          reason,
          Number(isStanding)
        )
        // What is in doubt as a whole needs no names.
        this.#run('DELETE FROM dirty WHERE path > ? AND path < ?', ...rangeBelow(path))
        this.#run('DELETE FROM doubt WHERE path > ? AND path < ? AND standing = 0', ...rangeBelow(path))
      }
    })
    return this.#seq
  }

  /** What was standing there can be watched from now on; it is looked at once more. */
  endStanding(path: string): void {
    this.#run('UPDATE doubt SET standing = 0 WHERE path = ?', path)
  }

  standing(): readonly Doubt[] {
    return this.doubts().filter(({ isStanding }) => isStanding)
  }

  changes(): ChangeSet {
    // From the file: a guest has not written it.
    const cursor = Number(this.fact('seq') ?? 0)
    const doubts = this.doubts()
    const [row] = this.#all('SELECT count(*) AS count FROM dirty')
    return {
      cursor,
      dirtyCount: Number(row!['count']),
      dirty: { [Symbol.iterator]: () => this.dirty() },
      unknown: outermost(doubts),
      baseline: this.fact('baseline')
    }
  }

  settle(cursor: Cursor, baseline: string): void {
    this.transaction(() => {
      this.#run('DELETE FROM dirty WHERE seq <= ?', cursor)
      this.#run('DELETE FROM doubt WHERE seq <= ? AND standing = 0', cursor)
      this.setFact('baseline', baseline)
    })
  }

  /** Names of a file that has several, and which file it is. */
  links(path: string): { readonly file: string; readonly names: readonly string[] } | undefined {
    const [row] = this.#all('SELECT file FROM linked WHERE path = ?', path)
    if (row === undefined) return undefined
    const file = String(row['file'])
    return { file, names: this.linkedNames(file) }
  }

  linkedNames(file: string): readonly string[] {
    return this.#all('SELECT path FROM linked WHERE file = ?', file).map((row) => String(row['path']))
  }

  link(path: string, file: string): void {
    this.#run(
      'INSERT INTO linked (path, file) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET file = excluded.file',
      path,
      file
    )
  }

  unlink(path: string): void {
    this.#run('DELETE FROM linked WHERE path = ?', path)
  }

  /** Paths with several names at `folder` and below it. */
  linkedBelow(folder: string): readonly string[] {
    return this.#all('SELECT path FROM linked WHERE path > ? AND path < ?', ...rangeBelow(folder)).map(
      (row) => String(row['path'])
    )
  }

  forgetLinks(): void {
    this.#run('DELETE FROM linked')
  }

  fact(key: string): string | undefined {
    const [row] = this.#all('SELECT value FROM fact WHERE key = ?', key)
    return row === undefined ? undefined : String(row['value'])
  }

  /** In one transaction; inside another one as a part of it. */
  transaction(action: () => void): void {
    if (this.#database.isTransaction) {
      action()
      return
    }
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      action()
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  [Symbol.dispose](): void {
    this.#statements.clear()
    this.#database.close()
  }

  doubts(): readonly Doubt[] {
    return this.#all('SELECT path, reason, standing FROM doubt ORDER BY path').map((row) => ({
      path: String(row['path']),
      reason: String(row['reason']) as DoubtReason,
      isStanding: row['standing'] === 1
    }))
  }

  /** Those that were added since are among them: to look at too many is no harm, and they stay. */
  *dirty(): Generator<string> {
    let after = ''
    for (;;) {
      const rows = this.#all(`SELECT path FROM dirty WHERE path > ? ORDER BY path LIMIT ${PAGE_ROWS}`, after)
      for (const row of rows) yield String(row['path'])
      if (rows.length < PAGE_ROWS) return
      after = String(rows.at(-1)!['path'])
    }
  }

  setFact(key: string, value: string): void {
    this.#run(
      'INSERT INTO fact (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      value
    )
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#prepare(sql).run(...values)
  }

  #all(sql: string, ...values: (string | number)[]): Record<string, unknown>[] {
    return this.#prepare(sql).all(...values) as Record<string, unknown>[]
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

/** Bounds of all paths below a folder in the order of bytes. */
function rangeBelow(folder: string): [string, string] {
  const start = prefixOf(folder)
  return [start, start.slice(0, -1) + String.fromCharCode(start.charCodeAt(start.length - 1) + 1)]
}
