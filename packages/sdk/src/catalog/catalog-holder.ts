import type { Catalog, CatalogReader } from '@tercet/core'
import type { EngineContext, IssueOptions, ReadingContext } from '@tercet/engine'
import { type CallOptions, isTercetError, type Secret } from '@tercet/interface'
import type { BackupEventListener } from '../backup-event.ts'
import { assertFound } from '../destination/assert-found.ts'
import { surveyDestination } from '../destination/survey-destination.ts'
import { isCatalogComplete, lacksVersions } from './catalog-fit.ts'
import {
  type CatalogPlace,
  type CatalogPurpose,
  completeCatalog,
  contextOf,
  hasCatalogFile,
  openFittingCatalog,
  openFittingReader
} from './open-fitting-catalog.ts'

/** What a call brings along while a catalog is made for it. */
export interface CatalogCalls extends CallOptions, IssueOptions {
  readonly passphrase: Secret | string | undefined
  readonly onEvent?: BackupEventListener | undefined
}

/**
 * The catalogs of one backup: the one that stays, and a temporary one where there is none and nothing is to be changed.
 * Each is opened, and filled from the destination, when it is first needed; the one that stays is only read until
 * something writes to it, so that others may.
 */
export class CatalogHolder implements Disposable {
  readonly #path: string | undefined
  #place: CatalogPlace
  #isSurveyOld = false
  #reader: CatalogReader | undefined
  #writer: Catalog | undefined
  #temporary: Catalog | undefined
  /** Calls at the same time must not make the same catalog twice. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(place: CatalogPlace, path: string | undefined) {
    this.#place = place
    this.#path = path
  }

  /** The destination as it is now. */
  async place(): Promise<CatalogPlace> {
    if (this.#isSurveyOld) {
      const { backend, options } = this.#place
      this.#place = { ...this.#place, survey: await surveyDestination(backend, options.prefix) }
      this.#isSurveyOld = false
    }
    return this.#place
  }

  /** The destination was written to. */
  surveyIsOld(): void {
    this.#isSurveyOld = true
  }

  /** The catalog that stays, to be read; undefined while there is none. */
  async existing(): Promise<CatalogReader | undefined> {
    return this.#hasLasting ? await this.#inTurn(() => this.#openToRead()) : undefined
  }

  /**
   * What reading works on: the catalog that stays, else all that the destination has in a temporary one. Versions that
   * were made with another catalog are taken in first, so that the newest is the newest.
   *
   * @throws SdkError `BACKUP_NOT_FOUND`
   */
  async forReading(calls: CatalogCalls): Promise<ReadingContext> {
    await this.#assertFound()
    return await this.#inTurn(async () => {
      const reader = this.#hasLasting ? await this.#openToRead() : undefined
      const { survey } = this.#place
      if (reader !== undefined && isCatalogComplete(reader) && !lacksVersions(reader, survey))
        return contextOf(this.#place, reader, calls.passphrase)
      return await this.#complete(!this.#hasLasting, 'read', calls)
    })
  }

  /** The same for reading that is noted down, as verifications are. */
  async forVerifying(calls: CatalogCalls): Promise<EngineContext> {
    await this.#assertFound()
    return await this.#inTurn(() => this.#complete(!this.#hasLasting, 'read', calls))
  }

  /** The same for a dry run, which may find no version at the destination yet. */
  async forTrying(calls: CatalogCalls): Promise<EngineContext> {
    return await this.#inTurn(() => this.#complete(!this.#hasLasting, 'write', calls))
  }

  /** What changes work on: the catalog that stays, made where it is missing. */
  async forWriting(calls: CatalogCalls): Promise<EngineContext> {
    return await this.#inTurn(() => this.#complete(this.#path === undefined, 'write', calls))
  }

  /** The catalog that stays, made where it is missing, with nothing taken in. */
  async forRepair({ passphrase }: CatalogCalls): Promise<EngineContext> {
    return await this.#inTurn(async () =>
      contextOf(this.#place, await this.#openToWrite(this.#path === undefined), passphrase)
    )
  }

  [Symbol.dispose](): void {
    for (const catalog of [this.#reader, this.#writer, this.#temporary]) catalog?.close()
    this.#reader = undefined
    this.#writer = undefined
    this.#temporary = undefined
  }

  get #hasLasting(): boolean {
    return this.#writer !== undefined || hasCatalogFile(this.#path)
  }

  async #assertFound(): Promise<void> {
    if (this.#hasLasting) {
      const catalog = await this.#inTurn(() => this.#openToRead())
      if (catalog.filesets.all().length > 0) return
    }
    const { backend, survey, options } = await this.place()
    assertFound(backend, survey, options.prefix)
  }

  async #complete(
    temporary: boolean,
    purpose: CatalogPurpose,
    { passphrase, ...calls }: CatalogCalls
  ): Promise<EngineContext> {
    const context = contextOf(this.#place, await this.#openToWrite(temporary), passphrase)
    await completeCatalog(context, this.#place, calls, purpose)
    return context
  }

  async #openToRead(): Promise<CatalogReader> {
    const open = this.#writer ?? this.#reader
    if (open !== undefined) return open
    // A damaged one that may be set aside, or one of an older schema, needs somebody who may change it.
    if (this.#place.options.damagedCatalog === 'set-aside') return await this.#openToWrite(false)
    try {
      this.#reader = openFittingReader(this.#place, this.#path as string)
      return this.#reader
    } catch (error) {
      if (!isTercetError(error, 'CATALOG_READ_ONLY')) throw error
      return await this.#openToWrite(false)
    }
  }

  async #openToWrite(temporary: boolean): Promise<Catalog> {
    if (temporary) {
      this.#temporary ??= await openFittingCatalog(this.#place, undefined)
      return this.#temporary
    }
    this.#writer ??= await openFittingCatalog(this.#place, this.#path)
    this.#reader?.close()
    this.#reader = undefined
    return this.#writer
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work)
    this.#last = turn.then(
      () => {},
      () => {}
    )
    return await turn
  }
}
