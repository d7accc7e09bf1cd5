import type { EngineContext, ReadingContext } from '@tercet/engine'
import type { Secret, StorageBackend } from '@tercet/interface'
import type { OperationCalls } from './call-options.ts'
import type { CatalogCalls, CatalogHolder } from './catalog/catalog-holder.ts'
import type { CatalogPlace } from './catalog/open-fitting-catalog.ts'
import { type ExclusiveOptions, exclusively, type Reported } from './destination/exclusively.ts'
import type { WriteProtection } from './destination/write-protection.ts'
import type { RunOptions } from './operation-options.ts'
import type { RunPlace } from './prepare-run.ts'
import type { RunReplication } from './replication/replicate-after-run.ts'
import type { Replication } from './replication/resolve-replication.ts'
import type { SyncStore } from './replication/sync-store.ts'
import { SdkError } from './sdk-error.ts'

/** What {@link openBackup} has found out. @internal */
export interface OpenedBackup extends CatalogPlace {
  /** The backend without its layers. */
  readonly store: StorageBackend
  readonly protection: WriteProtection
  readonly passphrase: Secret | string | undefined
  readonly catalogs: CatalogHolder
  readonly catalogPath: string | undefined
  readonly isNew: boolean
  /** What becomes of a backup after it was made. */
  readonly replication: Replication | undefined
}

/** What all operations of one opened backup share. @internal */
export class Session {
  readonly opened: OpenedBackup
  readonly catalogs: CatalogHolder
  passphrase: Secret | string | undefined
  #remembered: SyncStore | undefined
  #isClosed = false

  constructor(opened: OpenedBackup) {
    this.opened = opened
    this.catalogs = opened.catalogs
    this.passphrase = opened.passphrase
  }

  /** What reading works on. @throws SdkError `BACKUP_CLOSED`, `BACKUP_NOT_FOUND` */
  async forReading(calls: OperationCalls): Promise<ReadingContext> {
    this.assertOpen()
    calls.signal?.throwIfAborted()
    return await this.catalogs.forReading(this.calls(calls))
  }

  /** Work that changes the destination, unless it is a dry run. */
  async changing<Result extends Reported>(
    options: OperationCalls & ExclusiveOptions,
    work: (calls: CatalogCalls, context: EngineContext) => Promise<Result>
  ): Promise<Result> {
    this.assertOpen()
    options.signal?.throwIfAborted()
    const calls = this.calls(options)
    return await this.exclusively(options, async () => {
      const context = options.dryRun
        ? await this.catalogs.forTrying(calls)
        : await this.catalogs.forWriting(calls)
      try {
        const result = await work(calls, context)
        if (options.dryRun !== true) await this.volumesChanged(context, options)
        return result
      } finally {
        this.catalogs.surveyIsOld()
      }
    })
  }

  /** Under the lease, if there is one. What others have written until it was taken is looked at first. */
  async exclusively<Result extends Reported>(
    options: ExclusiveOptions,
    work: () => Promise<Result>
  ): Promise<Result> {
    const { protection } = this.opened
    return await exclusively(protection, options, async () => {
      if (protection.isLeased) this.catalogs.surveyIsOld()
      return await work()
    })
  }

  async place(): Promise<RunPlace> {
    return { ...(await this.catalogs.place()), catalogs: this.catalogs, passphrase: this.passphrase }
  }

  /** To be called after work on the destination. */
  async volumesChanged(context: EngineContext, { signal }: OperationCalls): Promise<void> {
    if (!this.opened.options.verificationFile) return
    const { writeVerificationFile } = await import('@tercet/engine')
    await writeVerificationFile(context, { signal })
  }

  /** The same where the catalog that the work was done with may be another one now. */
  async destinationChanged(options: OperationCalls): Promise<void> {
    if (!this.opened.options.verificationFile) return
    await this.volumesChanged(await this.catalogs.forWriting(this.calls(options)), options)
  }

  calls({ signal, onEvent = this.opened.options.onEvent }: OperationCalls): CatalogCalls {
    return { passphrase: this.passphrase, signal, onEvent }
  }

  async replicationOf(options: RunOptions): Promise<RunReplication | undefined> {
    const { replication } = this.opened
    if (replication === undefined) return undefined
    const { prepareReplication } = await import('./replication/replicate-after-run.ts')
    return prepareReplication(this.opened, replication, await this.syncStore(), options)
  }

  /** What replication remembers; without a catalog that stays, as long as the backup is open. */
  async syncStore(): Promise<SyncStore> {
    const { SyncStore } = await import('./replication/sync-store.ts')
    this.#remembered ??= new SyncStore(this.opened.catalogPath)
    return this.#remembered
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.catalogs[Symbol.dispose]()
    if (this.opened.options.keepDestinationOpen) return
    for (const replica of this.opened.replication?.backends.values() ?? [])
      await replica[Symbol.asyncDispose]()
    await this.opened.store[Symbol.asyncDispose]()
  }

  assertOpen(): void {
    if (!this.#isClosed) return
    throw new SdkError('BACKUP_CLOSED', `The backup at ${this.opened.backend.displayName} was closed`)
  }
}
