import type { SqlConnection } from './sql-connection.ts'

export type SettingValue = string | number | Uint8Array

/** Small facts by name, such as the block size of the destination. No secrets: not even their hashes without salt. */
export class SettingTable {
  readonly #connection: SqlConnection

  constructor(connection: SqlConnection) {
    this.#connection = connection
  }

  get(key: string): SettingValue | undefined {
    return this.#connection.get<{ value: SettingValue }>('SELECT value FROM setting WHERE key = ?', key)
      ?.value
  }

  /** Undefined removes the setting. */
  set(key: string, value: SettingValue | undefined): void {
    if (value === undefined) this.#connection.run('DELETE FROM setting WHERE key = ?', key)
    else this.#connection.run('INSERT OR REPLACE INTO setting VALUES(?, ?)', key, value)
  }

  all(): Map<string, SettingValue> {
    const rows = this.#connection.all<{ key: string; value: SettingValue }>(
      'SELECT key, value FROM setting ORDER BY key'
    )
    return new Map(rows.map((row) => [row.key, row.value]))
  }
}
