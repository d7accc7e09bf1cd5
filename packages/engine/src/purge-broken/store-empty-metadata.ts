import { type FinishedVolume, registerVolume } from '@tercet/core'
import { hashBytes } from '@tercet/crypto'
import type { CallOptions } from '@tercet/interface'
import { EMPTY_METADATA } from '@tercet/volume-format'
import type { EngineContext } from '../common/context.ts'
import { createMendingPacker } from '../common/mending-packer.ts'
import type { Maintenance } from '../common/open-maintenance.ts'
import type { EmptyMetadata } from '../rewrite/write-rewritten-list.ts'

/** One block needs no more. */
const VOLUME_BYTES = 1024 * 1024

/**
 * Metadata without any value, which is stored where it is in no sound volume yet.
 *
 * @param isSound whether a volume can be counted on
 */
export async function storeEmptyMetadata(
  context: EngineContext,
  maintenance: Maintenance,
  isSound: (volumeId: number) => boolean,
  options: CallOptions
): Promise<EmptyMetadata> {
  const { catalog } = context
  const { blockHash, fileHash } = maintenance.settings
  const block = hashBytes(blockHash, EMPTY_METADATA)
  const empty: EmptyMetadata = {
    hash: hashBytes(fileHash, EMPTY_METADATA),
    size: EMPTY_METADATA.length,
    block: blockHash === fileHash ? undefined : block
  }
  for (const { volumeId } of catalog.blocks.copies(block, block.length)) if (isSound(volumeId)) return empty
  const volumes: FinishedVolume[] = []
  using packer = createMendingPacker(context, maintenance, VOLUME_BYTES, (volume) => volumes.push(volume))
  packer.addBlock(block, EMPTY_METADATA)
  const volume = volumes[0] ?? packer.finish()!
  await maintenance.store.upload(registerVolume(catalog, volume), options)
  return empty
}
