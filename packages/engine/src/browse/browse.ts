import type { ResolvedVersion } from '@tercet/core'
import { assertKnownKeys, ConfigurationError, systemClock } from '@tercet/interface'
import { argumentFilters, parseFilters } from '@tercet/source-fs/filter'
import type { ReadingContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { selectVersion, type VersionChoice } from '../common/select-version.ts'
import { platformOf } from '../common/selection-paths.ts'
import { readCoverage } from '../common/version-coverage.ts'
import { type Entry, toEntry, toVersion, type Version } from './browse-types.ts'

/** What reading the catalog needs; a context from the destination alone has it, too. */
export type BrowseContext = Pick<ReadingContext, 'catalog' | 'clock'>

/** All versions, newest first. */
export function versions(context: BrowseContext): Version[] {
  const { catalog } = context
  return catalog.filesets.versions().map((version) => toVersion(version, readCoverage(catalog, version.time)))
}

export interface EntriesOptions extends VersionChoice {
  /** Only this entry and what is below it. */
  readonly under?: string | undefined
  /** Paths, names and patterns; only what matches is listed. @defaultValue everything */
  readonly include?: readonly string[] | undefined
}

/**
 * Streams the entries of exactly one version, each folder's together.
 *
 * @throws CoreError `CATALOG_NO_SUCH_VERSION`; SourceError `FILTER_INVALID`; ConfigurationError
 */
export function* entries(context: BrowseContext, options: EntriesOptions = {}): Generator<Entry> {
  assertKnownKeys(options, ['version', 'time', 'under', 'include'], 'entries')
  const version = resolve(context, options)
  yield* matching(context, version, argumentSelector(options.include ?? []), options.under)
}

/** Which versions: by number, or all of them. */
export interface FindOptions {
  readonly include: readonly string[]
  /** @defaultValue all */
  readonly versions?: readonly number[] | undefined
}

/** A path and what each version has under it. */
export interface FoundEntry {
  readonly path: string
  /** Newest first. */
  readonly versions: readonly { readonly version: number; readonly entry: Entry }[]
}

/**
 * Looks for paths in several versions. An entry that many versions share is compared with the patterns once.
 *
 * @throws CoreError `CATALOG_NO_SUCH_VERSION`; SourceError `FILTER_INVALID`
 */
export function find(context: BrowseContext, options: FindOptions): FoundEntry[] {
  assertKnownKeys(options, ['include', 'versions'], 'find')
  return findIn(context, options.versions, argumentSelector(options.include))
}

function findIn(
  context: BrowseContext,
  versions: readonly number[] | undefined,
  select: SelectorOf
): FoundEntry[] {
  const { filesets } = context.catalog
  const wanted =
    versions === undefined ? filesets.versions() : versions.map((version) => filesets.resolve({ version }))
  const found = new Map<string, { version: number; entry: Entry }[]>()
  for (const version of wanted) {
    for (const entry of matching(context, version, select, undefined)) {
      const list = found.get(entry.path)
      if (list === undefined) found.set(entry.path, [{ version: version.version, entry }])
      else list.push({ version: version.version, entry })
    }
  }
  return [...found]
    .map(([path, list]) => ({ path, versions: list }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

export interface PageOptions {
  /** Entries to leave out at the beginning. @defaultValue 0 */
  readonly offset?: number | undefined
  /** Most entries to return. @defaultValue 1000 */
  readonly limit?: number | undefined
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Of all pages together. */
  readonly total: number
}

export interface FolderContentOptions extends VersionChoice, PageOptions {
  readonly folder: string
}

/**
 * The direct children of a folder in exactly one version, by name. The folder `''` holds the roots.
 *
 * @throws EngineError `ENGINE_FOLDER_NOT_FOUND`; CoreError `CATALOG_NO_SUCH_VERSION`; ConfigurationError
 */
export function folderContent(context: BrowseContext, options: FolderContentOptions): Page<Entry> {
  assertKnownKeys(options, ['version', 'time', 'folder', 'offset', 'limit'], 'folderContent')
  const version = resolve(context, options)
  const { folder } = options
  if (folder === '') return page(rootsOf(context, version), options)
  const found = page(childrenOf(context, version, folder), options)
  if (found.total > 0 || context.catalog.entries.find(folder, version.seq)?.type === 'folder') return found
  throw new EngineError(
    'ENGINE_FOLDER_NOT_FOUND',
    `Version ${version.version} has no folder ${JSON.stringify(folder)}`,
    { context: { folder, version: version.version } }
  )
}

/** Every version that has something under a path, newest first; undefined entries are left out. */
export function fileVersions(
  context: BrowseContext,
  options: { readonly paths: readonly string[] }
): FoundEntry[] {
  assertKnownKeys(options, ['paths'], 'fileVersions')
  const all = context.catalog.filesets
    .versions()
    .map(({ seq, version }) => ({ seq, version, carried: context.catalog.carried.of(seq) }))
  return options.paths.map((path) => {
    const history = context.catalog.entries.history(path)
    const versionsWithIt = all.flatMap(({ seq, version, carried }) => {
      const row = history.find(({ fromSeq, toSeq }) => fromSeq <= seq && seq < toSeq)
      return row === undefined ? [] : [{ version, entry: toEntry(row, carried) }]
    })
    return { path, versions: versionsWithIt }
  })
}

export interface SearchOptions extends PageOptions {
  /** Text that the path has in it, or a pattern with `*` and `?` for all of it. Case is ignored. */
  readonly text: string
  /** @defaultValue all */
  readonly versions?: readonly number[] | undefined
}

/** Searches versions for paths, page by page. */
export function searchEntries(context: BrowseContext, options: SearchOptions): Page<FoundEntry> {
  assertKnownKeys(options, ['text', 'versions', 'offset', 'limit'], 'searchEntries')
  const pattern = /[*?]/.test(options.text) ? options.text : `*${options.text}*`
  const select: SelectorOf = (anyPath) => {
    const filter = parseFilters([{ include: pattern }], {
      platform: platformOf(anyPath),
      caseSensitive: false
    })
    return (path) => filter.includes(path)
  }
  return page(findIn(context, options.versions, select), options)
}

function resolve(context: BrowseContext, choice: VersionChoice): ResolvedVersion {
  return selectVersion(context.catalog, choice, (context.clock ?? systemClock).now())
}

function* matching(
  context: BrowseContext,
  version: ResolvedVersion,
  select: SelectorOf,
  under: string | undefined
): Generator<Entry> {
  const carried = context.catalog.carried.of(version.seq)
  let isIncluded: ((path: string) => boolean) | undefined
  for (const row of context.catalog.entries.of({ seq: version.seq, under })) {
    isIncluded ??= select(row.path)
    if (isIncluded(row.path)) yield toEntry(row, carried)
  }
}

/** Makes the test for paths, given any one of them, which tells the system they are from. */
type SelectorOf = (anyPath: string) => (path: string) => boolean

function argumentSelector(include: readonly string[]): SelectorOf {
  if (include.length === 0) return () => () => true
  return (anyPath) => {
    const platform = platformOf(anyPath)
    const filter = parseFilters(argumentFilters([...include], platform), { platform })
    return (path) => filter.includes(path)
  }
}

/** Entries whose folder is not an entry itself. */
export function* rootsOf(context: BrowseContext, version: ResolvedVersion): Generator<Entry> {
  const carried = context.catalog.carried.of(version.seq)
  let root: string | undefined
  for (const row of context.catalog.entries.of({ seq: version.seq })) {
    if (root !== undefined && row.path.startsWith(root)) continue
    if (row.type === 'folder') root = row.path
    yield toEntry(row, carried)
  }
}

function* childrenOf(context: BrowseContext, { seq }: ResolvedVersion, folder: string): Generator<Entry> {
  const carried = context.catalog.carried.of(seq)
  for (const row of context.catalog.entries.children(seq, folder)) yield toEntry(row, carried)
}

function page<Item>(items: Iterable<Item>, options: PageOptions): Page<Item> {
  const { offset = 0, limit = 1000 } = options
  if (!(Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(limit) && limit > 0)) {
    throw new ConfigurationError(
      'CONFIG_INVALID_VALUE',
      '"offset" must be a whole number from 0, and "limit" one from 1'
    )
  }
  const kept: Item[] = []
  let total = 0
  for (const item of items) {
    if (total >= offset && kept.length < limit) kept.push(item)
    total += 1
  }
  return { items: kept, total }
}
