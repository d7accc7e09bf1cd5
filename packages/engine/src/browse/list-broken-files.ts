import type { CatalogReader, EntryRow, ResolvedVersion } from '@tercet/core'
import { assertKnownKeys, type CallOptions, systemClock } from '@tercet/interface'
import { isContentKnown } from '../common/catalog-completeness.ts'
import type { ReadingContext } from '../common/context.ts'
import { HashTable } from '../common/hash-table.ts'
import { selectVersion, type VersionChoice } from '../common/select-version.ts'
import { requireStoredSettings, type StoredSettings } from '../common/stored-settings.ts'
import { listDestination } from '../common/volume-fetcher.ts'
import { findMissingContent } from '../recreate/missing-content.ts'
import { blocksOnlyIn, visitNeeding } from './affected.ts'

/** In which version to look; neither means all. */
export interface ListBrokenFilesOptions extends VersionChoice, CallOptions {}

/** A volume that cannot be counted on. */
export interface LostVolume {
  readonly name: string
  readonly type: 'dblock' | 'dindex' | 'dlist'
  /** It is not at the destination; it has another size than was stored; a verification has found it damaged. */
  readonly reason: 'missing' | 'size' | 'damaged'
}

/** One state of an entry that cannot be restored as a whole. */
export interface BrokenFile {
  readonly path: string
  readonly type: 'file' | 'folder' | 'symlink'
  readonly sizeBytes: number
  /** Versions that have it, newest first. */
  readonly versions: readonly number[]
  /** The content can be restored, the metadata cannot. */
  readonly metadataOnly: boolean
}

export interface BrokenFilesResult {
  readonly volumes: readonly LostVolume[]
  /** Versions whose own list is lost at the destination, so that only this catalog knows them. */
  readonly versionsWithoutList: readonly number[]
  /** By path, then by version. */
  readonly files: readonly BrokenFile[]
}

/**
 * What cannot be restored: entries with a block that is in no volume which is there and not known to be damaged. Lists
 * the destination and fetches nothing; what nobody has verified yet counts as good.
 *
 * @throws CoreError `CATALOG_NO_SUCH_VERSION`; EngineError `ENGINE_CATALOG_EMPTY`; ConfigurationError; StorageError;
 * `signal.reason`
 */
export async function listBrokenFiles(
  context: ReadingContext,
  options: ListBrokenFilesOptions = {}
): Promise<BrokenFilesResult> {
  assertKnownKeys(options, ['version', 'time', 'signal'], 'listBrokenFiles')
  const { backend, catalog, clock = systemClock } = context
  const { signal, version, time } = options
  signal?.throwIfAborted()
  const settings = requireStoredSettings(catalog)
  const isAll = version === undefined && time === undefined
  const versions = isAll
    ? catalog.filesets.versions()
    : [selectVersion(catalog, { version, time }, clock.now())]
  const lost = lostVolumes(catalog, await listDestination(backend, { signal }))
  const lists = new Set(lost.flatMap(({ name }) => catalog.volumes.byName(name)?.id ?? []))
  return {
    volumes: lost,
    versionsWithoutList: versions
      .filter(({ volumeId }) => lists.has(volumeId ?? 0))
      .map((one) => one.version),
    files: brokenFiles(findBrokenEntries(catalog, settings, lost), versions)
  }
}

/** Volumes that the catalog counts on, as far as they are not there as they were stored. */
export function lostVolumes(
  catalog: CatalogReader,
  listing: ReadonlyMap<string, number | undefined>
): readonly LostVolume[] {
  const lost: LostVolume[] = []
  for (const { name, type, size, archived } of catalog.volumes.all({ states: ['uploaded', 'verified'] })) {
    const listed = listing.get(name)
    const hasOtherSize = listed !== undefined && size !== undefined && listed !== size && !archived
    if (!listing.has(name)) lost.push({ name, type, reason: 'missing' })
    else if (hasOtherSize) lost.push({ name, type, reason: 'size' })
    else if (catalog.ledger.get(name)?.outcome === 'damaged') lost.push({ name, type, reason: 'damaged' })
  }
  return lost
}

/** One state of an entry that needs a block which is lost. */
export interface BrokenEntry {
  readonly row: EntryRow
  readonly metadataOnly: boolean
}

/** Finds them by {@link stateKey}. */
export function findBrokenEntries(
  catalog: CatalogReader,
  settings: StoredSettings,
  lost: readonly LostVolume[]
): ReadonlyMap<string, BrokenEntry> {
  const isKnown = isContentKnown(catalog)
  const missing = isKnown ? blocksOfLost(catalog, settings, lost) : searchMissing(catalog, settings, lost)
  const found = new Map<string, BrokenEntry>()
  const visit = (row: EntryRow, isMetadata: boolean): void => {
    const key = stateKey(row)
    const before = found.get(key)
    found.set(key, { row, metadataOnly: isMetadata && (before?.metadataOnly ?? true) })
  }
  // A list of blocks whose content the catalog has is no loss.
  visitNeeding(catalog, settings, missing, visit, { lists: !isKnown })
  return found
}

function blocksOfLost(
  catalog: CatalogReader,
  settings: StoredSettings,
  lost: readonly LostVolume[]
): HashTable {
  return blocksOnlyIn(
    catalog,
    settings,
    new Set(lost.flatMap(({ name }) => catalog.volumes.byName(name)?.id ?? []))
  )
}

/** Looks at everything that versions refer to. */
function searchMissing(
  catalog: CatalogReader,
  settings: StoredSettings,
  lost: readonly LostVolume[]
): HashTable {
  const names = new Set(lost.map(({ name }) => name))
  const { blocks, blocklists } = findMissingContent(catalog, settings, (name) => !names.has(name))
  const missing = new HashTable(blocks.hashBytes, blocks.count + blocklists.count)
  for (const table of [blocks, blocklists])
    for (let number = 0; number < table.count; number++) missing.add(table.hashAt(number))
  return missing
}

/** Names one state of an entry. */
export function stateKey({ fromSeq, path }: Pick<EntryRow, 'fromSeq' | 'path'>): string {
  return `${fromSeq} ${path}`
}

function brokenFiles(
  found: ReadonlyMap<string, BrokenEntry>,
  versions: readonly ResolvedVersion[]
): readonly BrokenFile[] {
  const files: BrokenFile[] = []
  for (const { row, metadataOnly } of found.values()) {
    const having = versions.filter(({ seq }) => row.fromSeq <= seq && seq < row.toSeq)
    if (having.length === 0) continue
    const { path, type, size: sizeBytes } = row
    files.push({ path, type, sizeBytes, versions: having.map(({ version }) => version), metadataOnly })
  }
  return files.sort((a, b) => compareText(a.path, b.path) || a.versions[0]! - b.versions[0]!)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
