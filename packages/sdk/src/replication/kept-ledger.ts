import type { LedgerEntry, SyncLedger } from '@tercet/sync-engine'

/**
 * A ledger that is read when something is asked of it, and has to be kept only when something was changed: a run with
 * nothing new asks nothing.
 */
export class KeptLedger implements SyncLedger {
  readonly #read: () => Map<string, LedgerEntry>
  #files: Map<string, LedgerEntry> | undefined
  #isChanged = false

  constructor(read: () => Map<string, LedgerEntry>) {
    this.#read = read
  }

  get(path: string): LedgerEntry | undefined {
    return this.#open().get(path)
  }

  set(path: string, entry: LedgerEntry): void {
    this.#open().set(path, entry)
    this.#isChanged = true
  }

  delete(path: string): void {
    if (this.#open().delete(path)) this.#isChanged = true
  }

  /** All of it, if it has to be kept. */
  takeChanged(): ReadonlyMap<string, LedgerEntry> | undefined {
    if (!this.#isChanged) return undefined
    this.#isChanged = false
    return this.#files
  }

  #open(): Map<string, LedgerEntry> {
    this.#files ??= this.#read()
    return this.#files
  }
}
