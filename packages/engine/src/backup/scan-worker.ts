import { type CarriedRange, type CatalogReader, openCatalogReader } from '@tercet/core'
import { loadNative } from '@tercet/native'
import {
  currentPlatform,
  type FolderScan,
  type ResolvedScanOptions,
  resolveScanOptions,
  type ScanOptions,
  scanChanged,
  scanListed,
  scanSources,
  splitPath
} from '@tercet/source-fs'
import type { ScanAnswer } from './scan-answer.ts'
import type { PreviousEntry } from './scan-batch.ts'
import { type PreviousVersion, Scanner, type ScannerSettings } from './scanner.ts'

/** What the scanner is told when it starts; plain JSON. */
export interface ScanSetup {
  readonly sources: ScanOptions
  /** Only these paths are looked at. */
  readonly listed: readonly string[] | undefined
  /** Only this is looked at, as it has changed. */
  readonly changed: { readonly paths: readonly string[]; readonly trees: readonly string[] } | undefined
  readonly catalogPath: string
  /** The newest version; undefined: there is none. */
  readonly newestSeq: number | undefined
  readonly settings: ScannerSettings
}

/** The walk, one answer at a time, so that whoever asks sets the pace. */
export class ScanWorker implements Disposable {
  readonly #reader: CatalogReader
  readonly #scanner: Scanner
  readonly #answers: Generator<ScanAnswer, void, undefined>

  constructor(setup: ScanSetup) {
    this.#reader = openCatalogReader(setup.catalogPath)
    const previous = setup.newestSeq === undefined ? NOTHING : previousVersion(this.#reader, setup.newestSeq)
    const scans = scansOf(setup, resolveScanOptions(setup.sources), previous)
    this.#scanner = new Scanner(scans, previous, setup.settings)
    this.#answers = this.#scanner.run()
  }

  /** Undefined: the walk has ended. */
  next(): ScanAnswer | undefined {
    const next = this.#answers.next()
    return next.done === true ? undefined : next.value
  }

  /** What was not reached, when no further answer is wanted and the last one was not taken. */
  unreached(): CarriedRange[] {
    return [...this.#scanner.unreached()]
  }

  [Symbol.dispose](): void {
    this.#answers.return()
    this.#reader.close()
  }
}

function scansOf(
  { listed, changed }: ScanSetup,
  sources: ResolvedScanOptions,
  previous: PreviousVersion
): Iterable<FolderScan> {
  const context = { native: loadNative(), deferXattrs: true }
  if (listed !== undefined) return scanListed(sources, listed, context)
  if (changed === undefined) return scanSources(sources, context)
  return scanChanged(sources, changed, { ...context, isKnownFolder: (path) => isKnownFolder(previous, path) })
}

function isKnownFolder(previous: PreviousVersion, path: string): boolean {
  const { folder, name } = splitPath(path, currentPlatform())
  if (previous.rowsOf(folder, [name]).length > 0) return true
  for (const _folder of previous.folders(path)) return true
  return false
}

const NOTHING: PreviousVersion = {
  rows: () => [],
  rowsOf: () => [],
  hashes: () => new Map(),
  folders: () => []
}

/** The entries of a stored version, whatever the version that is being built changes meanwhile. */
function previousVersion(reader: CatalogReader, seq: number): PreviousVersion {
  return {
    rows: (folder) => reader.entries.base(folder, seq),
    hashes: (folder) => {
      const hashes = new Map<string, PreviousEntry>()
      for (const { name, size, hash, metaHash } of reader.entries.children(seq, folder))
        hashes.set(name, { size, hash, metaHash })
      return hashes
    },
    rowsOf: (folder, names) => reader.entries.baseOf(folder, seq, names),
    folders: (under) => reader.entries.folders(seq, under)
  }
}
