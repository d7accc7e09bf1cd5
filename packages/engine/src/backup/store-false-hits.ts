import { BlockIndex, type Catalog } from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import type { VolumeSettings } from '@tercet/volume-format'
import { EngineError } from '../common/engine-error.ts'
import { ENTRY_TYPES, type EntryKind, type ScanBatch, ScanBatchBuilder } from './scan-batch.ts'
import type { StorePipeline } from './store-pipeline.ts'
import { findUnstoredEntries } from './unstored-entries.ts'
import type { VersionWriter } from './version-writer.ts'

/**
 * Stores entries again that were built on blocks which do not exist: two hashes with the same fingerprint, once in a
 * very long time. Without false hits nothing is looked at.
 *
 * @throws EngineError `BACKUP_INCONSISTENT` when blocks are missing even then
 */
export async function storeFalseHits(
  catalog: Catalog,
  pipeline: StorePipeline,
  writer: VersionWriter,
  settings: VolumeSettings
): Promise<void> {
  if (pipeline.falseHits() === 0 || writer.seq === undefined || pipeline.quotaReached) return
  await pipeline.storeAgain([...unstoredBatches(catalog, writer.seq, settings)])
  for (const _batch of unstoredBatches(catalog, writer.seq, settings))
    throw new EngineError(
      'BACKUP_INCONSISTENT',
      'Blocks of this version are in no volume although they were stored; the version is not published'
    )
}

function* unstoredBatches(catalog: Catalog, seq: number, settings: VolumeSettings): Generator<ScanBatch> {
  const index = BlockIndex.create({ expectedBlocks: catalog.blocks.count() })
  index.load(catalog.blocks.sound())
  const builder = new ScanBatchBuilder(hashSizeBytes(settings.fileHash))
  for (const { folder, name, type, size } of findUnstoredEntries(catalog, index, seq, settings)) {
    builder.add(folder, name, ENTRY_TYPES.indexOf(type) as EntryKind, size, 0, undefined)
    if (builder.isFull) yield builder.take()
  }
  if (!builder.isEmpty) yield builder.take()
}
