import { type Catalog, type CatalogVolume, CoreError } from '@tercet/core'
import type { VolumeSettings } from '@tercet/volume-format'
import { forgetSeenDamage } from '../backup/reread-lost-entries.ts'
import { setContentKnown } from '../common/catalog-completeness.ts'
import { EngineError } from '../common/engine-error.ts'
import type { EventListener } from '../common/events.ts'
import type { IssueLog } from '../common/issue-log.ts'
import { writeStoredSettings } from '../common/stored-settings.ts'
import type { VolumeFetcher } from '../common/volume-fetcher.ts'
import type { CatalogImport } from './catalog-import.ts'
import { DestinationDblocks } from './destination-dblocks.ts'
import { MissingSearch } from './missing-search.ts'
import type { DestinationSurvey, SurveyedVolume } from './survey-destination.ts'
import { VolumeIntake } from './volume-intake.ts'

export interface RecreateRunOptions {
  readonly catalog: Catalog
  readonly survey: DestinationSurvey
  readonly prefix: string
  /** Only this version; undefined: all. */
  readonly choice: { readonly version: number } | { readonly time: number } | undefined
  readonly fetcher: VolumeFetcher
  readonly importer: CatalogImport
  readonly issues: IssueLog
  readonly emit: EventListener
  readonly signal: AbortSignal | undefined
}

/** The steps of a recreation, in the order of the format's section 12.1. */
export class RecreateRun {
  versions = 0
  fetchedDblocks = 0
  missingBlocks = 0
  missingBlocklists = 0
  readonly #options: RecreateRunOptions
  readonly #catalog: Catalog
  readonly #dblocks: DestinationDblocks
  readonly #intake: VolumeIntake

  constructor(options: RecreateRunOptions) {
    this.#options = options
    this.#catalog = options.catalog
    this.#dblocks = new DestinationDblocks(options.catalog, options.survey.dblocks)
    this.#intake = new VolumeIntake(options)
  }

  async execute(): Promise<void> {
    const { survey, choice } = this.#options
    const dlists = this.#wantedDlists()
    forgetSeenDamage(this.#catalog)
    setContentKnown(this.#catalog, false)
    this.#catalog.settings.set('recreate-state', choice === undefined ? 'running' : 'partial')
    this.#register([...dlists, ...survey.dindexes, ...survey.dblocks])
    const newDlists = this.#unprocessed(dlists)
    const newDindexes = this.#unprocessed(survey.dindexes)
    this.#intake.expect(newDlists.length + newDindexes.length)
    await this.#takeDlists(newDlists)
    if (survey.dlists.length > 0) this.#assertAnyVersion()
    await this.#takeDindexes(newDindexes)
    if (survey.dlists.length === 0) await this.#takeLeftovers()
    else await this.#findRest()
    if (choice !== undefined) return
    this.#catalog.transaction(() => {
      setContentKnown(this.#catalog, this.missingBlocks + this.missingBlocklists === 0)
      this.#catalog.settings.set('recreate-state', undefined)
    })
  }

  /** @throws CoreError `CATALOG_NO_SUCH_VERSION` */
  #wantedDlists(): readonly SurveyedVolume[] {
    const { survey, choice } = this.#options
    if (choice === undefined) return survey.dlists
    const newestFirst = survey.dlists.toReversed()
    const wanted =
      'version' in choice
        ? newestFirst[choice.version]
        : newestFirst.find(({ name }) => (name.time ?? 0) <= choice.time)
    if (wanted !== undefined) return [wanted]
    const which =
      'version' in choice ? `${choice.version}` : `at or before ${new Date(choice.time * 1000).toISOString()}`
    throw new CoreError(
      'CATALOG_NO_SUCH_VERSION',
      `There is no version ${which}. The destination has ${survey.dlists.length}, from 0, the newest`,
      { context: { versions: survey.dlists.length } }
    )
  }

  /** Enters volumes that the catalog does not know, with what the listing says. */
  #register(volumes: readonly SurveyedVolume[]): void {
    this.#catalog.transaction(() => {
      for (const { name, sizeBytes } of volumes) {
        if (this.#catalog.volumes.byName(name.name) !== undefined) continue
        const { type, time } = name
        this.#catalog.volumes.add({ name: name.name, type, state: 'uploaded', size: sizeBytes, time })
      }
      this.#catalog.volumes.adoptVerifications()
    })
  }

  #unprocessed(volumes: readonly SurveyedVolume[]): CatalogVolume[] {
    return volumes.flatMap(({ name }) => {
      const volume = this.#catalog.volumes.byName(name.name)
      if (volume === undefined || volume.processed) return []
      return volume.state === 'deleting' || volume.state === 'deleted' ? [] : [volume]
    })
  }

  async #takeDlists(dlists: readonly CatalogVolume[]): Promise<void> {
    const { importer, signal } = this.#options
    await this.#intake.each(dlists, async (volume, path, report) => {
      const manifest = await importer.takeDlist(volume, path, report, signal)
      this.versions += 1
      this.#adoptFirst(volume, manifest)
    })
  }

  async #takeDindexes(dindexes: readonly CatalogVolume[]): Promise<void> {
    const { importer } = this.#options
    await this.#intake.each(dindexes, async (volume, path, report) => {
      const manifest = await importer.takeDindex(
        volume,
        path,
        (...args) => this.#dblocks.locate(...args),
        report
      )
      this.#adoptFirst(volume, manifest)
    })
  }

  /** Where no version is left that could need them, all blocks there are may serve the next one. */
  async #takeLeftovers(): Promise<void> {
    const { importer } = this.#options
    const dblocks = this.#dblocks.all().filter(({ processed }) => !processed)
    this.#intake.expect(dblocks.length)
    this.fetchedDblocks += dblocks.length
    await this.#intake.each(dblocks, async (volume, path, report) =>
      this.#adoptFirst(volume, await importer.takeDblock(volume, path, report))
    )
    if (importer.settings === undefined) this.#intake.assertPassphrase()
  }

  async #findRest(): Promise<void> {
    const search = new MissingSearch({ ...this.#options, dblocks: this.#dblocks, intake: this.#intake })
    await search.run()
    this.fetchedDblocks += search.fetched
    this.missingBlocks = search.blocks
    this.missingBlocklists = search.blocklists
  }

  /** The oldest list that can be read says what is fixed for this destination; all other volumes must agree. */
  #adoptFirst(volume: CatalogVolume, manifest: VolumeSettings): void {
    const { importer, prefix } = this.#options
    if (importer.settings !== undefined) return
    const { blocksize, blockHash, fileHash } = manifest
    const encrypted = /\.(aes|gpg)$/.test(volume.name)
    const settings = { prefix, blocksize, blockHash, fileHash, encrypted }
    writeStoredSettings(this.#catalog, settings)
    importer.settings = settings
  }

  /** @throws EngineError `RECREATE_NO_VERSION_READABLE` */
  #assertAnyVersion(): void {
    if (this.#catalog.filesets.versions().length > 0) return
    this.#intake.assertPassphrase()
    const { issues, survey } = this.#options
    const [first] = issues.kept
    throw new EngineError(
      'RECREATE_NO_VERSION_READABLE',
      `None of the lists of versions could be read${first === undefined ? '' : `: ${first.message}`}`,
      { context: { lists: survey.dlists.length, ...(first?.volume ? { volume: first.volume } : {}) } }
    )
  }
}
