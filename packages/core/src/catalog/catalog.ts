import { BlockRunTable } from './block-run-table.ts'
import { BlocksetTable } from './blockset-table.ts'
import { CarriedTable } from './carried-table.ts'
import { copySurvivingTables } from './copy-surviving-tables.ts'
import { EntryChanges } from './entry-changes.ts'
import { EntryQueries } from './entry-queries.ts'
import { compareFilesets, type EntryDifference } from './fileset-comparison.ts'
import { FilesetStage } from './fileset-stage.ts'
import { FilesetTable } from './fileset-table.ts'
import { FolderTable } from './folder-table.ts'
import { fullCheck } from './integrity.ts'
import { LedgerTable } from './ledger-table.ts'
import { SettingTable } from './setting-table.ts'
import type { SqlConnection } from './sql-connection.ts'
import { TouchedEntries } from './touched-entries.ts'
import { VolumeTable } from './volume-table.ts'

/** What can be read of a catalog, by any number of readers at once. */
export class CatalogReader implements Disposable {
  readonly settings: SettingTable
  readonly volumes: VolumeTable
  readonly blocks: BlockRunTable
  readonly blocksets: BlocksetTable
  readonly filesets: FilesetTable
  readonly entries: EntryQueries
  readonly ledger: LedgerTable
  readonly carried: CarriedTable
  /** @internal */
  protected readonly connection: SqlConnection
  /** @internal */
  protected readonly folders: FolderTable
  /** @internal */
  protected readonly touched: TouchedEntries
  readonly #onClose: (() => void) | undefined

  /** @internal */
  constructor(
    connection: SqlConnection,
    options: { clock?: (() => number) | undefined; onClose?: (() => void) | undefined } = {}
  ) {
    this.connection = connection
    this.#onClose = options.onClose
    this.folders = new FolderTable(connection)
    this.touched = new TouchedEntries(connection)
    this.settings = new SettingTable(connection)
    this.blocks = new BlockRunTable(connection)
    this.volumes = new VolumeTable(connection, options.clock ?? Date.now, () => this.blocks.forgetCache())
    this.blocksets = new BlocksetTable(connection)
    this.filesets = new FilesetTable(connection, this.folders, this.touched)
    this.entries = new EntryQueries(connection)
    this.ledger = new LedgerTable(connection)
    this.carried = new CarriedTable(connection)
  }

  /** The catalog's file. */
  get path(): string {
    return this.connection.path
  }

  /** Statements executed so far on this connection. */
  get statementCount(): number {
    return this.connection.statementCount
  }

  /** What differs between two versions, by folder and name. */
  compare(beforeSeq: number, afterSeq: number): Generator<EntryDifference> {
    return compareFilesets(this.connection, beforeSeq, afterSeq)
  }

  /** Checks the whole file and the rules of its content, which takes a while. Empty: all is well. */
  findProblems(): string[] {
    return fullCheck(this.connection)
  }

  /** May be called again. */
  close(): void {
    this.connection.close()
    this.#onClose?.()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** A catalog that may be written to. Every method that writes does so in a transaction, its own or the caller's. */
export class Catalog extends CatalogReader {
  /** Changes the entries of the version that is being built. */
  readonly changes: EntryChanges
  /** Where a damaged catalog went that this one replaces. */
  readonly setAsidePath: string | undefined
  readonly #beforeClose: () => void

  /** @internal */
  constructor(
    connection: SqlConnection,
    options: {
      clock: () => number
      setAsidePath: string | undefined
      beforeClose: () => void
      onClose: () => void
    }
  ) {
    super(connection, options)
    this.changes = new EntryChanges(connection, this.folders, this.blocksets, this.touched)
    this.setAsidePath = options.setAsidePath
    this.#beforeClose = options.beforeClose
  }

  /** Transactions committed so far. */
  get commitCount(): number {
    return this.connection.commitCount
  }

  /** Runs `work`, which must be synchronous, so that all of its changes are stored or none. May be nested. */
  transaction<T>(work: () => T): T {
    return this.connection.transaction(work)
  }

  /** Begins to take in a version that was read from its dlist. One at a time. */
  stageFileset(): FilesetStage {
    return new FilesetStage(this.connection, this.filesets, this.folders, this.blocksets)
  }

  /** Takes over from another catalog what the destination cannot tell: the ledger. As far as it can be read. */
  copySurvivingTables(fromPath: string): void {
    copySurvivingTables(fromPath, this.ledger)
  }

  /** Rebuilds the file without unused space. Needs room for a second one meanwhile. */
  vacuum(): void {
    this.connection.exec('VACUUM')
  }

  override close(): void {
    if (this.connection.isOpen) {
      try {
        this.#beforeClose()
      } finally {
        super.close()
      }
    }
  }
}
