import { closeSync, constants, openSync, readSync } from 'node:fs'
import type { CarriedRanges, EntryRow } from '@tercet/core'
import { createHasher, equalBytes, type HashAlgorithm } from '@tercet/crypto'
import { assertKnownKeys, systemClock } from '@tercet/interface'
import { loadNative } from '@tercet/native'
import { type FolderScan, resolveScanOptions, type ScanEntry, scanSources } from '@tercet/source-fs'
import type { ReadingContext } from '../common/context.ts'
import { ownFilesOf } from '../common/own-files.ts'
import { selectVersion } from '../common/select-version.ts'
import { requireStoredSettings } from '../common/stored-settings.ts'
import { OptionReader } from '../common/validate.ts'
import { type BrowseContext, rootsOf } from './browse.ts'
import { type Entry, toEntry } from './browse-types.ts'
import type { Difference } from './compare.ts'
import type { CompareSourceOptions } from './compare-source.ts'

const KEYS = ['version', 'time', 'by', 'sources', 'filters', 'signal']
const HASH_WINDOW = 1024 * 1024

/** See `compareSource`, of which this is the work: nothing is loaded for it before it is asked for. */
export function* sourceDifferences(
  context: BrowseContext & Partial<Pick<ReadingContext, 'backend'>>,
  options: CompareSourceOptions = {}
): Generator<Difference> {
  assertKnownKeys(options, KEYS, 'compareSource')
  const { catalog } = context
  const version = selectVersion(catalog, options, (context.clock ?? systemClock).now())
  const read = new OptionReader(options, 'compareSource')
  const hasher =
    read.choice('by', 'metadata', ['metadata', 'content']) === 'content'
      ? requireStoredSettings(catalog).fileHash
      : undefined
  const sources = read.texts(
    'sources',
    [...rootsOf(context, version)].map(({ path }) => path)
  )
  const scan = resolveScanOptions({
    sources: [...sources],
    filters: [...read.texts('filters', [])],
    allowMissingSource: true,
    ...ownFilesOf({ catalog, backend: context.backend })
  })
  const carried = catalog.carried.of(version.seq)
  for (const folder of scanSources(scan, { native: loadNative() })) {
    options.signal?.throwIfAborted()
    const rows =
      folder.kind === 'folder'
        ? catalog.entries.children(version.seq, folder.path)
        : listedRows(context, version.seq, folder)
    const known = new Map([...rows].map((row) => [row.name, row]))
    for (const entry of folder.entries) {
      const row = known.get(entry.name)
      known.delete(entry.name)
      const difference = compareEntry(folder.path + entry.name, row, entry, hasher, carried)
      if (difference !== undefined) yield difference
    }
    if (folder.kind !== 'folder' || !folder.complete) continue
    for (const row of known.values()) {
      if (folder.entered.includes(row.name)) continue
      for (const gone of catalog.entries.of({ seq: version.seq, under: row.path }))
        yield deleted(gone, carried)
    }
  }
}

function* listedRows(context: BrowseContext, seq: number, folder: FolderScan): Generator<EntryRow> {
  for (const { name } of folder.entries) {
    const row = context.catalog.entries.find(folder.path + name, seq)
    if (row !== undefined) yield row
  }
}

function compareEntry(
  path: string,
  row: EntryRow | undefined,
  entry: ScanEntry,
  hasher: HashAlgorithm | undefined,
  carried: CarriedRanges
): Difference | undefined {
  const after = liveEntry(path, entry)
  if (row === undefined) return { path, kind: 'added', changes: [], before: undefined, after }
  const changes: Difference['changes'][number][] = []
  if (row.type !== entry.type) changes.push('type')
  else if (row.type === 'file') {
    if (row.size !== entry.stat.size) changes.push('size')
    if (row.mtime !== undefined && row.mtime !== entry.stat.mtimeSeconds) changes.push('time')
    if (hasher !== undefined && !hasContent(path, row, hasher)) changes.push('content')
  }
  return changes.length === 0
    ? undefined
    : { path, kind: 'modified', changes, before: toEntry(row, carried), after }
}

function liveEntry(path: string, { type, stat }: ScanEntry): Entry {
  const isFile = type === 'file'
  return {
    path,
    type,
    sizeBytes: isFile ? stat.size : 0,
    modifiedAt: isFile ? new Date(stat.mtimeSeconds * 1000) : undefined,
    isStale: false
  }
}

function deleted(row: EntryRow, carried: CarriedRanges): Difference {
  return { path: row.path, kind: 'deleted', changes: [], before: toEntry(row, carried), after: undefined }
}

function hasContent(path: string, row: EntryRow, algorithm: HashAlgorithm): boolean {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch {
    return false
  }
  try {
    const hasher = createHasher(algorithm)
    const window = new Uint8Array(HASH_WINDOW)
    for (let got = readSync(file, window); got > 0; got = readSync(file, window))
      hasher.update(window.subarray(0, got))
    return row.hash !== undefined && equalBytes(hasher.digest(), row.hash)
  } catch {
    return false
  } finally {
    closeSync(file)
  }
}
