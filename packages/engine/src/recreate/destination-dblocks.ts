import type { Catalog, CatalogVolume } from '@tercet/core'
import type { SurveyedVolume } from './survey-destination.ts'

/** The dblocks at the destination, as indexes and the catalog name them. */
export class DestinationDblocks {
  readonly #catalog: Catalog
  readonly #byName: ReadonlyMap<string, SurveyedVolume>
  readonly #byId: ReadonlyMap<string, SurveyedVolume>

  constructor(catalog: Catalog, dblocks: readonly SurveyedVolume[]) {
    this.#catalog = catalog
    this.#byName = new Map(dblocks.map((volume) => [volume.name.name, volume]))
    this.#byId = new Map(dblocks.map((volume) => [volume.name.id.toLowerCase(), volume]))
  }

  has(name: string): boolean {
    return this.#byName.has(name)
  }

  /** Those that are there, as the catalog knows them. */
  all(): CatalogVolume[] {
    return [...this.#catalog.volumes.all({ type: 'dblock' })].filter(({ name }) => this.has(name))
  }

  /** Those that are not there and that an index names. */
  absent(): CatalogVolume[] {
    return [...this.#catalog.volumes.all({ type: 'dblock' })].filter(({ name }) => !this.has(name))
  }

  /** The dblock that an index means: of that name, or of that id where it was encrypted or packed anew since. */
  locate(
    name: string,
    sizeBytes: number | undefined,
    hash: Uint8Array | undefined
  ): CatalogVolume | undefined {
    const id = name.slice(name.indexOf('-') + 1, name.indexOf('.')).toLowerCase()
    const listed = this.#byName.get(name) ?? this.#byId.get(id)
    const isSame = listed?.name.name === name
    const { volumes } = this.#catalog
    const known = volumes.byName(listed?.name.name ?? name)
    if (known === undefined) {
      // Not at the destination: entered all the same, so that what needs it can be told.
      volumes.add({ name, type: 'dblock', state: 'uploaded', size: sizeBytes, hash })
      return volumes.byName(name)
    }
    if (isSame && known.hash === undefined) volumes.update(known.id, { size: sizeBytes, hash })
    return known
  }
}
