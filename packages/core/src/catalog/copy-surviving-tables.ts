import { loadSqlite } from '@tercet/native'
import type { LedgerEntry, LedgerTable } from './ledger-table.ts'

/** Copies the ledger out of a catalog that may be damaged: as much of it as can be read. */
export function copySurvivingTables(fromPath: string, ledger: LedgerTable): void {
  ledger.recordAll(readLedger(fromPath))
}

function readLedger(path: string): LedgerEntry[] {
  const entries: LedgerEntry[] = []
  const { DatabaseSync } = loadSqlite()
  try {
    const source = new DatabaseSync(path, { readOnly: true })
    try {
      for (const row of source.prepare('SELECT volume_name, verified_at, outcome FROM ledger').iterate()) {
        const { volume_name: volumeName, verified_at: verifiedAt, outcome } = row
        if (typeof volumeName !== 'string' || typeof verifiedAt !== 'number') continue
        if (outcome !== 'sound' && outcome !== 'damaged') continue
        entries.push({ volumeName, verifiedAt, outcome })
      }
    } finally {
      source.close()
    }
  } catch {
    // Too damaged to read on. The ledger only saves time: what it does not know is verified again.
  }
  return entries
}
