import { type Catalog, type CatalogVolume, CoreError } from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import { isTercetError } from '@tercet/interface'
import type { VolumeSettings } from '@tercet/volume-format'
import { forgetSeenDamage } from '../backup/reread-lost-entries.ts'
import { EngineError } from '../common/engine-error.ts'
import type { EventListener } from '../common/events.ts'
import { type FetchOutcome, fetchAhead } from '../common/fetch-ahead.ts'
import type { IssueLog } from '../common/issue-log.ts'
import { type StoredSettings, writeStoredSettings } from '../common/stored-settings.ts'
import type { VolumeFetcher } from '../common/volume-fetcher.ts'
import type { CatalogImport, ProblemReporter } from './catalog-import.ts'
import { findMissingContent, type MissingContent } from './missing-content.ts'
import type { DestinationSurvey, SurveyedVolume } from './survey-destination.ts'

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

/** Lists that may fail with "wrong passphrase" before it is believed: one alone may have a damaged beginning. */
const PASSPHRASE_ATTEMPTS = 3

/** The steps of a recreation, in the order of the format's section 12.1. */
export class RecreateRun {
  versions = 0
  fetchedDblocks = 0
  missingBlocks = 0
  missingBlocklists = 0
  readonly #options: RecreateRunOptions
  readonly #catalog: Catalog
  readonly #dblocks: ReadonlyMap<string, SurveyedVolume>
  readonly #dblocksById: ReadonlyMap<string, SurveyedVolume>
  #wrongPassphrase = 0
  #total = 0
  #done = 0

  constructor(options: RecreateRunOptions) {
    this.#options = options
    this.#catalog = options.catalog
    const { dblocks } = options.survey
    this.#dblocks = new Map(dblocks.map((volume) => [volume.name.name, volume]))
    this.#dblocksById = new Map(dblocks.map((volume) => [volume.name.id.toLowerCase(), volume]))
  }

  async execute(): Promise<void> {
    const { survey, choice } = this.#options
    const dlists = this.#wantedDlists()
    forgetSeenDamage(this.#catalog)
    this.#catalog.settings.set('recreate-state', choice === undefined ? 'running' : 'partial')
    this.#register([...dlists, ...survey.dindexes, ...survey.dblocks])
    const newDlists = this.#unprocessed(dlists)
    const newDindexes = this.#unprocessed(survey.dindexes)
    this.#total = newDlists.length + newDindexes.length
    await this.#takeDlists(newDlists)
    if (survey.dlists.length > 0) this.#assertAnyVersion()
    await this.#each(newDindexes, (volume, path, report) =>
      this.#adoptFirst(
        volume,
        this.#options.importer.takeDindex(volume, path, (...args) => this.#locate(...args), report)
      )
    )
    if (survey.dlists.length === 0) await this.#takeLeftovers()
    else await this.#findRest()
    if (choice === undefined) this.#catalog.settings.set('recreate-state', undefined)
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
    await this.#each(dlists, async (volume, path, report) => {
      const manifest = await importer.takeDlist(volume, path, report, signal)
      this.versions += 1
      this.#adoptFirst(volume, manifest)
    })
  }

  /** Where no version is left that could need them, all blocks there are may serve the next one. */
  async #takeLeftovers(): Promise<void> {
    const { importer } = this.#options
    const dblocks = this.#listedDblocks().filter(({ processed }) => !processed)
    this.#total += dblocks.length
    this.fetchedDblocks += dblocks.length
    await this.#each(dblocks, (volume, path, report) =>
      this.#adoptFirst(volume, importer.takeDblock(volume, path, report))
    )
    if (importer.settings === undefined && this.#wrongPassphrase > 0) throw wrongPassphrase()
  }

  #adoptFirst(volume: CatalogVolume, manifest: VolumeSettings): void {
    if (this.#options.importer.settings === undefined)
      this.#adopt({ ...manifest, encrypted: volume.name.endsWith('.aes') })
  }

  /** The oldest list that can be read says what is fixed for this destination; all other volumes must agree. */
  #adopt(found: Omit<StoredSettings, 'prefix'>): void {
    const { blocksize, blockHash, fileHash, encrypted } = found
    const settings = { prefix: this.#options.prefix, blocksize, blockHash, fileHash, encrypted }
    writeStoredSettings(this.#catalog, settings)
    this.#options.importer.settings = settings
  }

  /** @throws EngineError `RECREATE_NO_VERSION_READABLE` */
  #assertAnyVersion(): void {
    if (this.#catalog.filesets.versions().length > 0) return
    if (this.#wrongPassphrase > 0) throw wrongPassphrase()
    throw new EngineError(
      'RECREATE_NO_VERSION_READABLE',
      'Not one list of a version could be read; the issues say why. The destination may be damaged'
    )
  }

  /** Fetches volumes and takes them in. One that cannot be used is an issue. */
  async #each(
    volumes: readonly CatalogVolume[],
    take: (volume: CatalogVolume, path: string, report: ProblemReporter) => void | Promise<void>
  ): Promise<void> {
    const { fetcher, emit, signal } = this.#options
    for await (const outcome of fetchAhead(fetcher, volumes, ({ name }) => name, signal)) {
      await this.#takeOne(outcome, take)
      this.#done += 1
      emit({
        type: 'recreate-progress',
        volumes: this.#done,
        totalVolumes: this.#total,
        bytes: fetcher.bytes
      })
    }
  }

  async #takeOne(
    { item: volume, volume: fetched, error }: FetchOutcome<CatalogVolume>,
    take: (volume: CatalogVolume, path: string, report: ProblemReporter) => void | Promise<void>
  ): Promise<void> {
    const { issues } = this.#options
    try {
      if (fetched === undefined) throw error
      await take(volume, fetched.path, ({ code, message, path }) =>
        issues.add({
          code,
          severity: 'warning',
          message: `${volume.name}: ${message}`,
          volume: volume.name,
          ...(path === undefined ? {} : { path })
        })
      )
    } catch (problem) {
      if (!isTercetError(problem) || !isOfOneVolume(problem.code)) throw problem
      this.#notePassphrase(problem.code)
      issues.add({
        code: 'RECREATE_VOLUME_UNREADABLE',
        severity: 'error',
        message: `${volume.name} cannot be read (${problem.code}): ${problem.message}`,
        volume: volume.name
      })
    }
  }

  /** @throws EngineError `ENGINE_PASSPHRASE_WRONG` */
  #notePassphrase(code: string): void {
    if (code !== 'CRYPTO_WRONG_PASSPHRASE' || this.#catalog.filesets.versions().length > 0) return
    this.#wrongPassphrase += 1
    if (this.#wrongPassphrase >= PASSPHRASE_ATTEMPTS) throw wrongPassphrase()
  }

  /** The dblock that an index means: of that name, or of that id where it was encrypted or packed anew since. */
  #locate(
    name: string,
    sizeBytes: number | undefined,
    hash: Uint8Array | undefined
  ): CatalogVolume | undefined {
    const id = name.slice(name.indexOf('-') + 1, name.indexOf('.')).toLowerCase()
    const listed = this.#dblocks.get(name) ?? this.#dblocksById.get(id)
    const isSame = listed?.name.name === name
    const known = this.#catalog.volumes.byName(listed?.name.name ?? name)
    if (known === undefined) {
      // Not at the destination: entered all the same, so that what needs it can be told.
      this.#catalog.volumes.add({ name, type: 'dblock', state: 'uploaded', size: sizeBytes, hash })
      return this.#catalog.volumes.byName(name)
    }
    if (isSame && known.hash === undefined) this.#catalog.volumes.update(known.id, { size: sizeBytes, hash })
    return known
  }

  /** Reads dblocks while blocks or blocklists are missing: first those that should hold them, then all others. */
  async #findRest(): Promise<void> {
    let missing = this.#missing()
    const passes: (() => CatalogVolume[])[] = [
      () => this.#holding(missing),
      () => this.#listedDblocks().filter(({ processed }) => !processed),
      () => this.#listedDblocks()
    ]
    const read = new Set<number>()
    for (const pass of passes) {
      if (isComplete(missing)) break
      const volumes = pass().filter(({ id }) => !read.has(id))
      for (const { id } of volumes) read.add(id)
      if (volumes.length === 0) continue
      this.#total += volumes.length
      this.fetchedDblocks += volumes.length
      await this.#each(volumes, (volume, path, report) => {
        this.#options.importer.takeDblock(volume, path, report)
      })
      missing = this.#missing()
    }
    this.#reportMissing(missing)
  }

  #missing(): MissingContent {
    const { settings } = this.#options.importer
    if (settings === undefined) throw new TypeError('A version was taken in, so the settings are known')
    return findMissingContent(this.#catalog, settings, (name) => this.#dblocks.has(name))
  }

  /** Listed dblocks that are known to hold blocklists that are missing. */
  #holding(missing: MissingContent): CatalogVolume[] {
    const { settings } = this.#options.importer
    const width = hashSizeBytes(settings?.blockHash ?? 'SHA256')
    return this.#listedDblocks().filter(({ id }) =>
      this.#catalog.blocks.ofVolume(id).some((run) => {
        for (let at = 0; at < run.hashes.length; at += width)
          if (missing.blocklists.find(run.hashes, at) >= 0) return true
        return false
      })
    )
  }

  #listedDblocks(): CatalogVolume[] {
    return [...this.#catalog.volumes.all({ type: 'dblock' })].filter(({ name }) => this.#dblocks.has(name))
  }

  #reportMissing(missing: MissingContent): void {
    this.missingBlocks = missing.blocks.count
    this.missingBlocklists = missing.blocklists.count
    this.#judgeMissingVolumes(missing)
    if (isComplete(missing)) return
    this.#options.issues.add({
      code: 'RECREATE_BLOCKS_MISSING',
      severity: 'error',
      message: `${missing.blocks.count} blocks and ${missing.blocklists.count} lists of blocks are in no volume that can be read; verify tells which files need them`
    })
  }

  /** Volumes that an index names and that are not there: of no concern when nothing needs them. */
  #judgeMissingVolumes(missing: MissingContent): void {
    const { hashBytes } = missing.blocks
    for (const { id, name } of [...this.#catalog.volumes.all({ type: 'dblock' })]) {
      if (this.#dblocks.has(name)) continue
      const isNeeded = this.#catalog.blocks.ofVolume(id).some((run) => {
        for (let at = 0; at < run.hashes.length; at += hashBytes)
          if (missing.blocks.find(run.hashes, at) >= 0) return true
        return false
      })
      if (!isNeeded) this.#catalog.volumes.forget(id)
      this.#options.issues.add({
        code: 'RECREATE_VOLUME_MISSING',
        severity: isNeeded ? 'error' : 'warning',
        message: isNeeded
          ? `${name} is missing, and versions need blocks of it`
          : `${name} is missing, but nothing needs it`,
        volume: name
      })
    }
  }
}

function isComplete(missing: MissingContent): boolean {
  return missing.blocks.count === 0 && missing.blocklists.count === 0
}

/** Problems of one volume, without which the others can still be used. */
function isOfOneVolume(code: string): boolean {
  if (NEVER_ONE.has(code)) return false
  return (
    code.startsWith('VOLUME_') ||
    code.startsWith('CRYPTO_') ||
    code.startsWith('STORAGE_') ||
    code === 'CATALOG_CONFLICT'
  )
}

const NEVER_ONE: ReadonlySet<string> = new Set([
  'VOLUME_MANIFEST_VERSION',
  'VOLUME_UNSUPPORTED_COMPRESSION',
  'VOLUME_UNSUPPORTED_ENCRYPTION',
  'CRYPTO_NO_PASSPHRASE',
  'STORAGE_ACCESS_DENIED',
  'STORAGE_CLOSED'
])

function wrongPassphrase(): EngineError {
  return new EngineError(
    'ENGINE_PASSPHRASE_WRONG',
    'The passphrase does not open the volumes of the destination'
  )
}
