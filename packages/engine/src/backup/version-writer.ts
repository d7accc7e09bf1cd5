import { type CarriedRange, type Catalog, compareText, keysOf } from '@tercet/core'
import {
  type BackupCounts,
  countBatch,
  countScanned,
  countVanished,
  newBackupCounts
} from './backup-counts.ts'
import type { PackedBatch } from './packed-batch.ts'
import type { BigFile } from './scan-answer.ts'
import { HINT, type ScanBatch } from './scan-batch.ts'
import { selectEntries } from './select-entries.ts'

/**
 * Writes what a run finds into the version that it builds. The version begins with the first difference, so a run that
 * finds none leaves no trace. All methods are to be called in a transaction of the catalog.
 */
export class VersionWriter {
  readonly counts: BackupCounts = newBackupCounts()
  readonly #catalog: Catalog
  readonly #chooseTime: () => number
  #seq: number | undefined
  #hasChanges = false
  #revision = 0
  #listed: string | undefined = ''
  #hasCarriedOver = false

  constructor(catalog: Catalog, chooseTime: () => number) {
    this.#catalog = catalog
    this.#chooseTime = chooseTime
  }

  /** Undefined while nothing differs from the version before. */
  get seq(): number | undefined {
    return this.#seq
  }

  /** Something was added, changed or deleted; a mark on an entry that could not be read is no change. */
  get hasChanges(): boolean {
    return this.#hasChanges
  }

  /** Something could not be looked at, or was not reached. */
  get hasCarriedOver(): boolean {
    return this.#hasCarriedOver
  }

  /** Another number after each change of entries that a list has already; see {@link VersionWriter.listed}. */
  get revision(): number {
    return this.#revision
  }

  /** A list has the entries of all folders before this one; undefined: of all. */
  listed(before: string | undefined): void {
    this.#listed = before
  }

  /** Begins the version even if nothing differs. */
  begin(): number {
    this.#seq ??= this.#catalog.filesets.begin({ time: this.#chooseTime() })
    return this.#seq
  }

  record(batch: ScanBatch, packed: PackedBatch): void {
    countBatch(this.counts, batch, packed)
    this.store(batch, packed)
  }

  /** {@link VersionWriter.record} for entries that were counted before. */
  store(batch: ScanBatch, packed: PackedBatch): void {
    const { put, vanished, stale, refreshed, refreshedSignatures } = selectEntries(batch, packed)
    const { changes } = this.#catalog
    if (put.count > 0) {
      this.#change(put)
      changes.put(this.begin(), put)
    }
    this.#close(vanished)
    this.carryOver(stale, [])
    if (refreshed.length > 0) changes.refreshSignatures(keysOf(refreshed), refreshedSignatures)
  }

  /** Counts what would be read or ended, when nothing is to be written. */
  preview(
    batches: readonly (ScanBatch | undefined)[],
    bigFiles: readonly BigFile[],
    vanished: readonly string[]
  ): void {
    const present = batches.filter((batch) => batch !== undefined)
    for (const batch of present) countScanned(this.counts, batch)
    for (const { hints } of bigFiles)
      this.counts[(hints & HINT.PREVIOUS) === 0 ? 'addedFiles' : 'modifiedFiles'] += 1
    countVanished(this.counts, vanished)
    if (present.length + bigFiles.length + vanished.length > 0) this.#hasChanges = true
  }

  /** Entries of the version before that are gone. */
  vanish(paths: readonly string[]): void {
    if (paths.length === 0) return
    countVanished(this.counts, paths)
    this.#close(paths)
  }

  /** Marks entries that stay although they were not looked at: some one by one, others by where they are. */
  carryOver(paths: readonly string[], ranges: readonly CarriedRange[]): void {
    if (paths.length + ranges.length === 0) return
    this.#hasCarriedOver = true
    this.#catalog.changes.markStale(this.begin(), keysOf(paths))
    this.#catalog.carried.add(this.begin(), ranges)
  }

  #close(paths: readonly string[]): void {
    if (paths.length === 0) return
    const keys = keysOf(paths)
    this.#change(keys)
    this.#catalog.changes.close(this.begin(), keys)
  }

  #change({ folders }: { readonly folders: readonly string[] }): void {
    const listed = this.#listed
    this.#hasChanges = true
    if (listed === undefined || folders.some((folder) => compareText(folder, listed) < 0)) this.#revision += 1
  }
}
