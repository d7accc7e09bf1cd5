import type { StorageBackend } from '@tercet/interface'
import type { RequiredVolumes } from '@tercet/sync-engine'
import { type CatalogCalls, CatalogHolder } from '../catalog/catalog-holder.ts'
import { surveyDestination } from '../destination/survey-destination.ts'
import type { ResolvedOpenOptions } from '../open-options.ts'
import { volumesNeededBy } from './volumes-needed.ts'

/**
 * What the versions of replicas need there. After a compaction a replica has its blocks in other volumes than the catalog
 * of the backup says, so it is read from the replica itself: its lists and indexes, into a temporary catalog. That is
 * done only where room is short and files have to go before others can come.
 */
export class ReplicaNeeds implements Disposable {
  readonly #options: ResolvedOpenOptions
  readonly #calls: CatalogCalls
  readonly #holders = new Map<StorageBackend, Promise<CatalogHolder>>()
  readonly #open: CatalogHolder[] = []

  constructor(options: ResolvedOpenOptions, calls: CatalogCalls) {
    this.#options = options
    this.#calls = calls
  }

  /** Names of the volumes; undefined where the replica does not tell. */
  async of(backend: StorageBackend, dlist: string): Promise<RequiredVolumes | undefined> {
    const { signal } = this.#calls
    try {
      const holder = this.#holders.get(backend) ?? this.#hold(backend)
      this.#holders.set(backend, holder)
      return await volumesNeededBy(await (await holder).forReading(this.#calls), dlist, signal)
    } catch {
      signal?.throwIfAborted()
      return undefined
    }
  }

  [Symbol.dispose](): void {
    for (const holder of this.#open) holder[Symbol.dispose]()
  }

  async #hold(backend: StorageBackend): Promise<CatalogHolder> {
    const survey = await surveyDestination(backend, this.#options.prefix)
    const holder = new CatalogHolder({ backend, survey, options: this.#options }, undefined)
    this.#open.push(holder)
    return holder
  }
}
