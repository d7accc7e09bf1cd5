import {
  type Catalog,
  createListSpool,
  dlistName,
  type EntryRow,
  type Fileset,
  type VolumeFile,
  VolumeFileWriter
} from '@tercet/core'
import type { Clock } from '@tercet/interface'
import {
  type CompressionSetting,
  DEFAULT_COMPRESSION,
  type DlistEntry,
  writeDlist
} from '@tercet/volume-format'
import { toDlistEntry } from '../backup/dlist-entries.ts'
import type { Maintenance } from '../common/open-maintenance.ts'
import { readStoredCompression } from '../common/stored-compression.ts'
import type { FateOf } from './entry-fate.ts'
import type { ListExtras } from './list-extras.ts'

/** Metadata without any value, as entries have it whose own is lost. */
export interface EmptyMetadata {
  readonly hash: Uint8Array
  readonly size: number
  /** Of its only block, where the algorithms differ. */
  readonly block: Uint8Array | undefined
}

export interface RewrittenList {
  readonly fileset: Fileset
  readonly time: number
  readonly fateOf: FateOf
  readonly extras: ListExtras
  /** Needed where a fate is `empty-metadata`. */
  readonly emptyMetadata: EmptyMetadata | undefined
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
}

const ENTRIES_AT_ONCE = 500

/** Writes the list of a version without what it loses into the spool. */
export async function writeRewrittenList(
  catalog: Catalog,
  { spool, settings, keys }: Maintenance,
  list: RewrittenList
): Promise<VolumeFile> {
  const { prefix, blocksize, blockHash, fileHash } = settings
  const { fileset, time, extras, clock, signal } = list
  const key = keys?.key
  const compression: CompressionSetting = readStoredCompression(catalog) ?? DEFAULT_COMPRESSION
  const name = dlistName({ prefix, key, compression }, time)
  const path = spool.pathOf(name)
  using entries = createListSpool(`${path}.entries`)
  const sink = new VolumeFileWriter({ path, key, fileHash })
  try {
    await writeDlist({
      sink,
      spool: entries,
      settings: { blocksize, blockHash, fileHash },
      compression,
      createdAt: new Date(clock.now()),
      isFull: extras.isFull,
      entries: inBatches(catalog.entries.of({ seq: fileset.seq }), list),
      controlFiles: extras.controlFiles,
      ...(signal === undefined ? {} : { signal })
    })
    return { name, path, ...sink.finish() }
  } catch (error) {
    sink.discard()
    throw error
  }
}

/** Others have a turn after each batch. */
async function* inBatches(
  rows: Iterable<EntryRow>,
  { fateOf, emptyMetadata }: RewrittenList
): AsyncGenerator<readonly DlistEntry[]> {
  let batch: DlistEntry[] = []
  for (const row of rows) {
    const fate = fateOf(row)
    if (fate === 'remove') continue
    batch.push(fate === 'keep' ? toDlistEntry(row) : withEmptyMetadata(toDlistEntry(row), emptyMetadata))
    if (batch.length < ENTRIES_AT_ONCE) continue
    yield batch
    batch = []
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  yield batch
}

function withEmptyMetadata(entry: DlistEntry, empty: EmptyMetadata | undefined): DlistEntry {
  if (empty === undefined) throw new TypeError('There is no metadata to take the place of what is lost')
  const { metaBlocklists: _lists, metaBlockHash: _block, ...rest } = entry
  const { hash: metaHash, size: metaSize, block } = empty
  return { ...rest, metaHash, metaSize, ...(block === undefined ? {} : { metaBlockHash: block }) }
}
