import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Issue, isTercetError } from '@tercet/interface'
import { decodeLedger, encodeLedger, type SyncLedger } from '@tercet/sync-engine'
import { decodeSyncState, EMPTY_SYNC_STATE, encodeSyncState, type SyncState } from '@tercet/sync-policy'
import { KeptLedger } from './kept-ledger.ts'

/**
 * Where replication remembers what it did: a folder beside the catalog, and not in it, so that losing or making the
 * catalog anew costs nothing of it. Without a catalog that stays, it is remembered as long as the backup is open.
 */
export class SyncStore {
  readonly #folder: string | undefined
  #state: SyncState | undefined
  readonly #ledgers = new Map<string, KeptLedger>()
  #issues: Issue[] = []

  constructor(catalogPath: string | undefined) {
    this.#folder = catalogPath === undefined ? undefined : `${catalogPath}-sync`
  }

  /**
   * What is remembered. One that is damaged is kept under another name and begun anew: everything is due then.
   *
   * @throws SyncPolicyError `SYNC_STATE_TOO_NEW`
   */
  state(): SyncState {
    this.#state ??= this.#read('state.json', decodeSyncState) ?? EMPTY_SYNC_STATE
    return this.#state
  }

  /** What was found damaged since the last call. */
  takeIssues(): Issue[] {
    const issues = this.#issues
    this.#issues = []
    return issues
  }

  saveState(state: SyncState): void {
    this.#write('state.json', encodeSyncState(state))
    this.#state = state
  }

  /** What is known of the content of a replica. It may be changed, and is kept by {@link SyncStore.saveLedger}. */
  ledger(id: string): SyncLedger {
    const known =
      this.#ledgers.get(id) ?? new KeptLedger(() => this.#read(ledgerName(id), decodeLedger) ?? new Map())
    this.#ledgers.set(id, known)
    return known
  }

  saveLedger(id: string): void {
    const ledger = this.#ledgers.get(id)?.takeChanged()
    if (ledger !== undefined) this.#write(ledgerName(id), encodeLedger(ledger))
  }

  #read<Value>(name: string, decode: (text: string) => Value): Value | undefined {
    if (this.#folder === undefined) return undefined
    const path = join(this.#folder, name)
    try {
      return decode(readFileSync(path, 'utf8'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      if (isTercetError(error, 'SYNC_STATE_TOO_NEW')) throw error
      const message = error instanceof Error ? error.message : String(error)
      setAside(path)
      this.#issues.push({ code: 'SYNC_STATE_CORRUPT', severity: 'warning', message: `${path}: ${message}` })
      return undefined
    }
  }

  #write(name: string, text: string): void {
    if (this.#folder === undefined) return
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const path = join(this.#folder, name)
    const temporary = `${path}.new`
    writeFileSync(temporary, text, { mode: 0o600 })
    chmodSync(temporary, 0o600)
    renameSync(temporary, path)
  }
}

function ledgerName(id: string): string {
  return `${id}.ledger.json`
}

function setAside(path: string): void {
  try {
    renameSync(path, `${path}.damaged`)
  } catch {
    // It could not be read either; what is written next tells more.
  }
}
