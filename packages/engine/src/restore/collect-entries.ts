import type { BlockRefs, CatalogReader, EntryRow, ResolvedVersion } from '@tercet/core'
import { argumentFilters, CommonFolder, parseFilters, restorePrefix } from '@tercet/source-fs'
import { EngineError } from '../common/engine-error.ts'
import { PackedBytes, uint32List } from '../common/growable.ts'
import { platformOf } from '../common/selection-paths.ts'
import { EntryTable, FILE, FOLDER, SYMLINK } from './entry-table.ts'
import type { ResolvedPlanOptions } from './restore-options.ts'

/** The entries of a version that a restore is about, with what is needed to find their blocks. */
export interface SelectedEntries {
  readonly table: EntryTable
  readonly metaHashes: PackedBytes
  readonly metaSizes: { at(index: number): number }
  /** Only of entries whose hash does not name their only block. */
  readonly contentRefs: ReadonlyMap<number, BlockRefs>
  readonly metaRefs: ReadonlyMap<number, BlockRefs>
  /** What the stored paths have in common and a restore leaves out; ends with a separator, or is empty. */
  readonly leftOutFolder: string
  readonly files: number
  readonly folders: number
  readonly links: number
  readonly bytes: number
}

const KINDS = { file: FILE, folder: FOLDER, symlink: SYMLINK } as const

/**
 * Streams a version and keeps what is selected. Folders come before what is in them.
 *
 * @throws EngineError `RESTORE_NOTHING_SELECTED`; SourceError `FILTER_INVALID`
 */
export function collectEntries(
  catalog: CatalogReader,
  version: ResolvedVersion,
  options: ResolvedPlanOptions
): SelectedEntries {
  const table = new EntryTable()
  const metaHashes = new PackedBytes()
  const metaSizes = uint32List()
  const contentRefs = new Map<number, BlockRefs>()
  const metaRefs = new Map<number, BlockRefs>()
  const counts = { files: 0, folders: 0, links: 0, bytes: 0 }
  const selectedFolder = new CommonFolder()
  const wholeFolder = new CommonFolder()
  let includes: ((path: string) => boolean) | undefined
  for (const row of catalog.entries.of({ seq: version.seq })) {
    includes ??= selector(options, row.path)
    wholeFolder.add(row.path)
    if (!includes(row.path) || (row.type === 'file' && row.size > options.skipFilesLargerThan)) continue
    selectedFolder.add(row.path)
    const index = addRow(table, row)
    metaHashes.push(row.metaHash ?? NO_HASH)
    metaSizes.push(row.metaSize)
    if (row.content !== undefined) contentRefs.set(index, row.content)
    if (row.metaContent !== undefined) metaRefs.set(index, row.metaContent)
    if (row.type === 'file') {
      counts.files += 1
      counts.bytes += row.size
    } else if (row.type === 'folder') counts.folders += 1
    else counts.links += 1
  }
  if (table.count === 0) {
    throw new EngineError(
      'RESTORE_NOTHING_SELECTED',
      `Nothing in version ${version.version} matches. List its entries to see the paths it holds`,
      { context: { version: version.version } }
    )
  }
  const leftOutFolder = restorePrefix(selectedFolder, wholeFolder)
  return { table, metaHashes, metaSizes, contentRefs, metaRefs, leftOutFolder, ...counts }
}

function addRow(table: EntryTable, row: EntryRow): number {
  return table.add({
    kind: KINDS[row.type],
    storedPath: row.path,
    sizeBytes: row.size,
    time: row.mtime ?? Number.NaN,
    hash: row.hash
  })
}

function selector(options: ResolvedPlanOptions, anyPath: string): (path: string) => boolean {
  const platform = platformOf(anyPath)
  const rules = [
    ...options.filters,
    ...options.exclude.map((expression) => ({ exclude: expression })),
    ...argumentFilters([...options.include], platform)
  ]
  if (rules.length === 0) return () => true
  const filter = parseFilters(rules, { platform })
  return (path) => filter.includes(path)
}

const NO_HASH = new Uint8Array()
