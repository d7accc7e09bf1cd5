import { rmSync } from 'node:fs'
import { BlockRunTable } from './block-run-table.ts'
import { BlocksetTable } from './blockset-table.ts'
import type { CatalogLock } from './catalog-lock.ts'
import { EntryQueries } from './entry-queries.ts'
import { EntryTable } from './entry-table.ts'
import { FilesetTable } from './fileset-table.ts'
import { FolderTable } from './folder-table.ts'
import { LedgerTable } from './ledger-table.ts'
import { SettingTable } from './setting-table.ts'
import type { SqlConnection } from './sql-connection.ts'
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
  /** @internal */
  protected readonly connection: SqlConnection
  /** @internal */
  protected readonly folders: FolderTable

  constructor(connection: SqlConnection, clock: () => number = Date.now) {
    this.connection = connection
    this.folders = new FolderTable(connection)
    this.settings = new SettingTable(connection)
    this.volumes = new VolumeTable(connection, clock)
    this.blocks = new BlockRunTable(connection)
    this.blocksets = new BlocksetTable(connection)
    this.filesets = new FilesetTable(connection, this.folders)
    this.entries = new EntryQueries(connection)
    this.ledger = new LedgerTable(connection)
  }

  get path(): string {
    return this.connection.path
  }

  /** Statements executed so far on this connection. */
  get statementCount(): number {
    return this.connection.statementCount
  }

  close(): void {
    this.connection.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** A catalog that may be written to. Every method that writes does so in a transaction, its own or the caller's. */
export class Catalog extends CatalogReader {
  /** Changes the entries of the version that is being built. */
  readonly changes: EntryTable
  readonly #lock: CatalogLock | undefined
  readonly #temporaryFolder: string | undefined

  constructor(
    connection: SqlConnection,
    options: { clock: () => number; lock: CatalogLock | undefined; temporaryFolder: string | undefined }
  ) {
    super(connection, options.clock)
    this.changes = new EntryTable(connection, this.folders, this.blocksets)
    this.#lock = options.lock
    this.#temporaryFolder = options.temporaryFolder
  }

  /** Transactions committed so far. */
  get commitCount(): number {
    return this.connection.commitCount
  }

  /** Runs `work`, which must be synchronous, so that all of its changes are stored or none. May be nested. */
  transaction<T>(work: () => T): T {
    return this.connection.transaction(work)
  }

  override close(): void {
    super.close()
    this.#lock?.[Symbol.dispose]()
    if (this.#temporaryFolder !== undefined) rmSync(this.#temporaryFolder, { recursive: true, force: true })
  }
}
