import type { Catalog, CatalogVolume } from '@tercet/core'
import { counted } from '@tercet/interface'
import type { HashTable } from '../common/hash-table.ts'
import type { IssueLog } from '../common/issue-log.ts'
import type { CatalogImport } from './catalog-import.ts'
import type { DestinationDblocks } from './destination-dblocks.ts'
import { findMissingContent, type MissingContent } from './missing-content.ts'
import type { VolumeIntake } from './volume-intake.ts'

export interface MissingSearchOptions {
  readonly catalog: Catalog
  readonly importer: CatalogImport
  readonly dblocks: DestinationDblocks
  readonly intake: VolumeIntake
  readonly issues: IssueLog
}

/** What is left when every list and index was taken in, and the search for it in dblocks (format, section 12.1). */
export class MissingSearch {
  /** Dblocks that had to be read. */
  fetched = 0
  blocks = 0
  blocklists = 0
  readonly #options: MissingSearchOptions

  constructor(options: MissingSearchOptions) {
    this.#options = options
  }

  /** Reads dblocks while blocks or blocklists are missing: first those that should hold them, then all others. */
  async run(): Promise<void> {
    const { dblocks, intake, importer } = this.#options
    let missing = this.#missing()
    const passes: (() => CatalogVolume[])[] = [
      () => dblocks.all().filter(({ id }) => this.#holdsAny(id, missing.blocklists)),
      () => dblocks.all().filter(({ processed }) => !processed),
      () => dblocks.all()
    ]
    const read = new Set<number>()
    for (const pass of passes) {
      if (isComplete(missing)) break
      const volumes = pass().filter(({ id }) => !read.has(id))
      for (const { id } of volumes) read.add(id)
      if (volumes.length === 0) continue
      intake.expect(volumes.length)
      this.fetched += volumes.length
      await intake.each(volumes, async (volume, path, report) => {
        await importer.takeDblock(volume, path, report)
      })
      missing = this.#missing()
    }
    this.#report(missing)
  }

  #missing(): MissingContent {
    const { catalog, importer, dblocks } = this.#options
    if (importer.settings === undefined)
      throw new TypeError('A version was taken in, so the settings are known')
    return findMissingContent(catalog, importer.settings, (name) => dblocks.has(name))
  }

  /** Whether a volume, as its index lists it, holds one of these. */
  #holdsAny(volumeId: number, wanted: HashTable): boolean {
    if (wanted.count === 0) return false
    return this.#options.catalog.blocks.ofVolume(volumeId).some((run) => {
      for (let at = 0; at < run.hashes.length; at += wanted.hashBytes)
        if (wanted.find(run.hashes, at) >= 0) return true
      return false
    })
  }

  #report(missing: MissingContent): void {
    this.blocks = missing.blocks.count
    this.blocklists = missing.blocklists.count
    this.#judgeAbsent(missing)
    if (isComplete(missing)) return
    this.#options.issues.add({
      code: 'RECREATE_BLOCKS_MISSING',
      severity: 'error',
      message: `No volume that can be read has ${counted(missing.blocks.count, 'block')} and ${counted(missing.blocklists.count, 'list of blocks', 'lists of blocks')} of the versions; verify tells which files need them`
    })
  }

  /** Volumes that an index names and that are not there: of no concern when nothing needs them. */
  #judgeAbsent(missing: MissingContent): void {
    const { catalog, dblocks, issues } = this.#options
    for (const { id, name } of dblocks.absent()) {
      const isNeeded = this.#holdsAny(id, missing.blocks)
      if (!isNeeded) catalog.volumes.forget(id)
      issues.add({
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
