import { closeSync, constants, openSync, readSync } from 'node:fs'
import type { CatalogReader, EntryRow } from '@tercet/core'
import { loadNative } from '@tercet/native'
import { createStatReader, currentPlatform, entryTypeOf, MetadataReader } from '@tercet/source-fs'
import { maxMetadataBytes } from '@tercet/volume-format'
import { type StreamRefs, visitBlocks } from '../common/content-blocks.ts'
import { platformOf } from '../common/selection-paths.ts'
import type { StoredSettings } from '../common/stored-settings.ts'
import type { WantedBlocks } from './wanted-blocks.ts'

/** Entries after which others have a turn. */
const STRIDE = 256

/** Looks for blocks where they came from: in files that are still there, and in what their metadata is now. */
export async function findInSources(
  catalog: CatalogReader,
  settings: StoredSettings,
  wanted: WantedBlocks,
  signal: AbortSignal | undefined
): Promise<void> {
  const platform = currentPlatform() === 'windows' ? 'windows' : 'linux'
  const metadata = new MetadataSource(catalog, settings)
  let count = 0
  for (const row of catalog.entries.states()) {
    if (wanted.left === 0) return
    if (count++ % STRIDE === 0) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
    }
    if (platformOf(row.path) !== platform) continue
    metadata.offer(row, wanted)
    readContent(catalog, settings, row, wanted)
  }
}

interface Piece {
  readonly hashes: Uint8Array
  readonly offset: number
  readonly position: number
  readonly sizeBytes: number
}

/** The blocks of a stream that are wanted. */
function wantedPieces(
  catalog: CatalogReader,
  settings: StoredSettings,
  stream: StreamRefs,
  wanted: WantedBlocks
): readonly Piece[] {
  const pieces: Piece[] = []
  visitBlocks(catalog, settings, stream, (hashes, offset, sizeBytes, index) => {
    if (wanted.isWanted(hashes, offset))
      pieces.push({ hashes, offset, position: index * settings.blocksize, sizeBytes })
  })
  return pieces
}

function readContent(
  catalog: CatalogReader,
  settings: StoredSettings,
  { path, type, hash, size, content }: EntryRow,
  wanted: WantedBlocks
): void {
  if (type !== 'file' || hash === undefined) return
  const pieces = wantedPieces(catalog, settings, { hash, sizeBytes: size, refs: content }, wanted)
  if (pieces.length === 0) return
  withFile(path, (file) => {
    for (const { hashes, offset, position, sizeBytes } of pieces) {
      const bytes = new Uint8Array(sizeBytes)
      if (readSync(file, bytes, 0, sizeBytes, position) === sizeBytes) wanted.offer(hashes, offset, bytes)
    }
  })
}

/** A file that is gone, or that is none any more, has nothing to give. */
function withFile(path: string, work: (file: number) => void): void {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)
  let file: number | undefined
  try {
    file = openSync(path, flags)
    work(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Makes the metadata of entries as a backup would now. */
class MetadataSource {
  readonly #catalog: CatalogReader
  readonly #settings: StoredSettings
  readonly #stats
  readonly #reader: MetadataReader

  constructor(catalog: CatalogReader, settings: StoredSettings) {
    const native = loadNative()
    this.#catalog = catalog
    this.#settings = settings
    this.#stats = createStatReader(native)
    this.#reader = new MetadataReader({ native, maxBytes: maxMetadataBytes(settings) })
  }

  offer({ path, name, type, metaHash, metaSize, metaContent }: EntryRow, wanted: WantedBlocks): void {
    if (metaHash === undefined) return
    const stream = { hash: metaHash, sizeBytes: metaSize, refs: metaContent }
    const pieces = wantedPieces(this.#catalog, this.#settings, stream, wanted)
    if (pieces.length === 0) return
    const plain = path.length > 1 ? path.replace(/[/\\]$/, '') : path
    try {
      const stat = this.#stats.lstat(plain)
      if (entryTypeOf(stat) !== type) return
      const bytes = this.#reader.encode(plain, name, type, stat)
      for (const { hashes, offset, position, sizeBytes } of pieces)
        wanted.offer(hashes, offset, bytes.subarray(position, position + sizeBytes))
      this.#reader.takeIssues()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    }
  }
}
