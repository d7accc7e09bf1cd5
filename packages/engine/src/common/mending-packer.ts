import { type FinishedVolume, VolumePacker } from '@tercet/core'
import { systemClock } from '@tercet/interface'
import { DEFAULT_COMPRESSION } from '@tercet/volume-format'
import type { EngineContext } from './context.ts'
import type { Maintenance } from './open-maintenance.ts'
import { readStoredCompression } from './stored-compression.ts'

/** Packs blocks that are stored once more because others were lost; whoever gives them sees to it that none comes twice. */
export function createMendingPacker(
  { catalog, clock = systemClock }: EngineContext,
  { settings, spool, keys }: Maintenance,
  dblockSizeBytes: number,
  onVolume: (volume: FinishedVolume) => void
): VolumePacker {
  const { prefix, blocksize, blockHash, fileHash } = settings
  let next = catalog.blocks.nextOrdinal()
  return new VolumePacker({
    spoolFolder: spool.folder,
    prefix,
    settings: { blocksize, blockHash, fileHash },
    compression: readStoredCompression(catalog) ?? DEFAULT_COMPRESSION,
    dblockSizeBytes: Math.max(dblockSizeBytes, 2 * blocksize),
    indexPolicy: 'full',
    key: keys?.key,
    clock: () => clock.now(),
    index: {
      claim: () => -1,
      add: () => {},
      reserveOrdinals(count) {
        const first = next
        next += count
        return first
      }
    },
    onVolume
  })
}
