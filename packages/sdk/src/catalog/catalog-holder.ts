import type { Catalog } from '@tercet/core'
import type { EngineContext } from '@tercet/engine'
import type { CallOptions, Secret } from '@tercet/interface'
import type { BackupEventListener } from '../backup-event.ts'
import { assertFound } from '../destination/assert-found.ts'
import { surveyDestination } from '../destination/survey-destination.ts'
import {
  type CatalogPlace,
  completeCatalog,
  contextOf,
  hasCatalogFile,
  openFittingCatalog
} from './open-fitting-catalog.ts'

/** What a call brings along while a catalog is made for it. */
export interface CatalogCalls extends CallOptions {
  readonly passphrase: Secret | string | undefined
  readonly onEvent?: BackupEventListener | undefined
}

/**
 * The catalogs of one backup: the one that stays, and a temporary one where there is none and nothing is to be changed.
 * Each is opened, and filled from the destination, when it is first needed.
 */
export class CatalogHolder implements Disposable {
  readonly #path: string | undefined
  #place: CatalogPlace
  #isSurveyOld = false
  #lasting: Catalog | undefined
  #temporary: Catalog | undefined
  /** Calls at the same time must not make the same catalog twice. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(place: CatalogPlace, path: string | undefined, lasting: Catalog | undefined) {
    this.#place = place
    this.#path = path
    this.#lasting = lasting
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

  /** The catalog that stays, as it is; undefined while there is none. */
  async lasting(): Promise<Catalog | undefined> {
    return this.#hasLasting ? await this.#inTurn(() => this.#open(false)) : undefined
  }

  /**
   * What reading works on: the catalog that stays, else all that the destination has in a temporary one.
   *
   * @throws SdkError `BACKUP_NOT_FOUND`
   */
  async forReading(calls: CatalogCalls): Promise<EngineContext> {
    if (!this.#hasLasting) {
      const { backend, survey, options } = await this.place()
      assertFound(backend, survey, options.prefix)
    }
    return await this.forTrying(calls)
  }

  /** The same for a dry run, which may find nothing at the destination yet. */
  async forTrying(calls: CatalogCalls): Promise<EngineContext> {
    return await this.#inTurn(() => this.#complete(!this.#hasLasting, calls))
  }

  /** What changes work on: the catalog that stays, made where it is missing. */
  async forWriting(calls: CatalogCalls): Promise<EngineContext> {
    return await this.#inTurn(() => this.#complete(this.#path === undefined, calls))
  }

  /** The catalog that stays, made where it is missing, with nothing taken in. */
  async forRepair({ passphrase }: CatalogCalls): Promise<EngineContext> {
    return await this.#inTurn(async () =>
      contextOf(this.#place, await this.#open(this.#path === undefined), passphrase)
    )
  }

  [Symbol.dispose](): void {
    this.#lasting?.close()
    this.#temporary?.close()
    this.#lasting = undefined
    this.#temporary = undefined
  }

  get #hasLasting(): boolean {
    return this.#lasting !== undefined || hasCatalogFile(this.#path)
  }

  async #complete(temporary: boolean, { passphrase, ...calls }: CatalogCalls): Promise<EngineContext> {
    const context = contextOf(this.#place, await this.#open(temporary), passphrase)
    await completeCatalog(context, this.#place, calls)
    return context
  }

  async #open(temporary: boolean): Promise<Catalog> {
    if (temporary) this.#temporary ??= await openFittingCatalog(this.#place, undefined)
    else this.#lasting ??= await openFittingCatalog(this.#place, this.#path)
    return (temporary ? this.#temporary : this.#lasting) as Catalog
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
