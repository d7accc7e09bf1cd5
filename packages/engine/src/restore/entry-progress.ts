import { DONE, DROPPED, type EntryTable, SYMLINK } from './entry-table.ts'

/** What became of the entries of a restore so far. */
export class EntryProgress {
  files = 0
  bytes = 0
  failed = 0
  failedFolders = 0
  failedLinks = 0
  readonly #entries: EntryTable

  constructor(entries: EntryTable) {
    this.#entries = entries
  }

  finished(entry: number): void {
    this.#entries.mark(entry, DONE)
    this.files += 1
  }

  /** The entry is given up; whoever does that reports it. */
  drop(entry: number): void {
    if (this.#entries.has(entry, DROPPED)) return
    this.#entries.mark(entry, DROPPED)
    this.failed += 1
    if (this.#entries.kinds.at(entry) === SYMLINK) this.failedLinks += 1
  }

  /** Entries of the last steps, by kind. */
  lastFailed({ folders, links, names }: { folders: number; links: number; names: number }): void {
    this.failed += folders + links + names
    this.failedFolders += folders
    this.failedLinks += links
  }
}
