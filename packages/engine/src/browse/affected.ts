import { type CatalogReader, CoreError, type EntryRow, type ResolvedVersion } from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import { assertKnownKeys } from '@tercet/interface'
import { type StreamRefs, visitBlocks } from '../common/content-blocks.ts'
import { HashTable } from '../common/hash-table.ts'
import { requireStoredSettings, type StoredSettings } from '../common/stored-settings.ts'
import type { BrowseContext } from './browse.ts'

/** A path that needs a block, and the versions in which it does. */
export interface AffectedPath {
  readonly path: string
  /** Version numbers, newest first. */
  readonly versions: readonly number[]
  /** Only the metadata needs it, not the content. */
  readonly metadataOnly: boolean
}

export interface AffectedResult {
  /** Version numbers, newest first. */
  readonly versions: readonly number[]
  readonly paths: readonly AffectedPath[]
}

/**
 * What depends on volumes: versions whose list is among them, and paths that need a block of which no other volume has
 * a copy.
 *
 * @throws CoreError `CATALOG_NO_SUCH_VOLUME`
 */
export function affected(
  context: BrowseContext,
  options: { readonly volumes: readonly string[] }
): AffectedResult {
  assertKnownKeys(options, ['volumes'], 'affected')
  const { catalog } = context
  const settings = requireStoredSettings(catalog)
  const ids = new Set<number>()
  for (const name of options.volumes) {
    const volume = catalog.volumes.byName(name)
    if (volume === undefined) {
      throw new CoreError('CATALOG_NO_SUCH_VOLUME', `The catalog has no volume ${name}`, {
        context: { name }
      })
    }
    ids.add(volume.id)
  }
  const paths = pathsNeeding(catalog, settings, blocksOnlyIn(catalog, settings, ids))
  const versions = new Set(paths.flatMap((path) => path.versions))
  for (const { version, volumeId } of catalog.filesets.versions()) {
    if (volumeId !== undefined && ids.has(volumeId)) versions.add(version)
  }
  return { versions: [...versions].sort((a, b) => a - b), paths }
}

/** Blocks of these volumes that no other volume has as well. */
export function blocksOnlyIn(
  catalog: CatalogReader,
  settings: StoredSettings,
  volumeIds: ReadonlySet<number>
): HashTable {
  const width = hashSizeBytes(settings.blockHash)
  const inside = new HashTable(width)
  for (const id of volumeIds) {
    for (const run of catalog.blocks.ofVolume(id)) {
      for (let at = 0; at < run.hashes.length; at += width) inside.add(run.hashes, at)
    }
  }
  if (inside.count === 0) return inside
  const hasCopy = new Uint8Array(inside.count)
  for (const run of catalog.blocks.all()) {
    if (volumeIds.has(run.volumeId)) continue
    for (let at = 0; at < run.hashes.length; at += width) {
      const number = inside.find(run.hashes, at)
      if (number >= 0) hasCopy[number] = 1
    }
  }
  const only = new HashTable(width)
  for (let number = 0; number < inside.count; number++) {
    if (hasCopy[number] === 0) only.add(inside.hashAt(number))
  }
  return only
}

/** Paths whose content or metadata needs one of the blocks. */
function pathsNeeding(catalog: CatalogReader, settings: StoredSettings, blocks: HashTable): AffectedPath[] {
  const collector = new PathCollector(catalog.filesets.versions())
  visitNeeding(catalog, settings, blocks, (row, isMetadata) => collector.add(row, isMetadata))
  return collector.paths()
}

/** Gathers entries of the catalog as paths with the versions that have them. */
export class PathCollector {
  readonly #versions: readonly ResolvedVersion[]
  readonly #found = new Map<string, { versions: Set<number>; metadataOnly: boolean }>()

  constructor(versions: readonly ResolvedVersion[]) {
    this.#versions = versions
  }

  add(row: EntryRow, isMetadata: boolean): void {
    const path = this.#found.get(row.path) ?? { versions: new Set(), metadataOnly: true }
    this.#found.set(row.path, path)
    if (!isMetadata) path.metadataOnly = false
    for (const { seq, version } of this.#versions) {
      if (row.fromSeq <= seq && seq < row.toSeq) path.versions.add(version)
    }
  }

  paths(): AffectedPath[] {
    return [...this.#found]
      .map(([path, { versions, metadataOnly }]) => ({
        path,
        versions: [...versions].sort((a, b) => a - b),
        metadataOnly
      }))
      .sort((a, b) => (a.path < b.path ? -1 : 1))
  }
}

/**
 * Calls back for each entry, in each of its states once, and each of the blocks that it needs: with the block's number
 * in the table. With `lists`, a blocklist counts as needed by whoever is made of its blocks.
 */
export function visitNeeding(
  catalog: CatalogReader,
  settings: StoredSettings,
  blocks: HashTable,
  visit: (row: EntryRow, isMetadata: boolean, block: number) => void,
  how: { readonly lists: boolean } = { lists: true }
): void {
  if (blocks.count === 0) return
  for (const row of statesNeeding(catalog, settings, blocks, how.lists))
    visitNeeds(
      catalog,
      settings,
      blocks,
      row,
      (isMetadata, block) => visit(row, isMetadata, block),
      how.lists
    )
}

/** Blocks beyond which a question that names each of them would be too long. */
const MAX_NAMED = 100_000

/** States of entries among which are all that need one of the blocks. */
function statesNeeding(
  catalog: CatalogReader,
  settings: StoredSettings,
  blocks: HashTable,
  lists: boolean
): Iterable<EntryRow> {
  if (blocks.count > MAX_NAMED) return catalog.entries.states()
  const sets: number[] = []
  // Whether an entry refers to it, the question for the entries finds out.
  for (const refs of catalog.blocksets.all()) {
    let isNeeding = lists && refs.blocklists.some((list) => blocks.find(list) >= 0)
    const stream = { hash: refs.hash, sizeBytes: refs.size, refs }
    if (!isNeeding)
      visitBlocks(catalog, settings, stream, (hashes, offset) => {
        isNeeding ||= blocks.find(hashes, offset) >= 0
      })
    if (isNeeding) sets.push(refs.id)
  }
  const hashes = Array.from({ length: blocks.count }, (_, number) => blocks.hashAt(number))
  return catalog.entries.needing(hashes, sets)
}

/** Calls back for each of the blocks that one entry needs. */
export function visitNeeds(
  catalog: CatalogReader,
  settings: StoredSettings,
  blocks: HashTable,
  row: EntryRow,
  visit: (isMetadata: boolean, block: number) => void,
  lists = true
): void {
  const look = (isMetadata: boolean, stream: StreamRefs): void => {
    const check = (hashes: Uint8Array, offset: number): void => {
      const block = blocks.find(hashes, offset)
      if (block >= 0) visit(isMetadata, block)
    }
    if (lists) for (const list of stream.refs?.blocklists ?? []) check(list, 0)
    visitBlocks(catalog, settings, stream, check)
  }
  const { hash, size, content, metaHash, metaSize, metaContent } = row
  if (hash !== undefined) look(false, { hash, sizeBytes: size, refs: content })
  if (metaHash !== undefined) look(true, { hash: metaHash, sizeBytes: metaSize, refs: metaContent })
}
