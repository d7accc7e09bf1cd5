import { BulkStatement } from './bulk-statement.ts'
import type { SqlConnection } from './sql-connection.ts'

export interface LedgerEntry {
  readonly volumeName: string
  /** Milliseconds since 1970. */
  readonly verifiedAt: number
  readonly outcome: 'sound' | 'damaged'
}

const SELECT = 'SELECT volume_name AS volumeName, verified_at AS verifiedAt, outcome FROM ledger'

/** What was verified and when, by the names of volumes, so that it survives a recreation of the catalog. */
export class LedgerTable {
  readonly #connection: SqlConnection

  constructor(connection: SqlConnection) {
    this.#connection = connection
  }

  /** Replaces what was known of the volume. */
  record(entry: LedgerEntry): void {
    this.recordAll([entry])
  }

  recordAll(entries: readonly LedgerEntry[]): void {
    if (entries.length === 0) return
    this.#connection.transaction(() => {
      new BulkStatement(this.#connection, 3, { before: 'INSERT OR REPLACE INTO ledger VALUES' }).runAll(
        entries.map(({ volumeName, verifiedAt, outcome }) => [volumeName, verifiedAt, outcome])
      )
    })
  }

  get(volumeName: string): LedgerEntry | undefined {
    return this.#connection.get<LedgerEntry>(`${SELECT} WHERE volume_name = ?`, volumeName)
  }

  all(): IterableIterator<LedgerEntry> {
    return this.#connection.iterate<LedgerEntry>(`${SELECT} ORDER BY volume_name`)
  }
}
