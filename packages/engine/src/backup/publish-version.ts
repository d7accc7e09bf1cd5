import {
  type Catalog,
  dlistName,
  exportVolumeKey,
  registerDlist,
  type Spool,
  type VolumeFile,
  type VolumeKey,
  type VolumeStore,
  type WorkerPool
} from '@tercet/core'
import type { Clock } from '@tercet/interface'
import type { CompressionSetting, ControlFile } from '@tercet/volume-format'
import type { StoredSettings } from '../common/stored-settings.ts'
import type { BackupJobs } from './backup-jobs.ts'
import type { ListSetup } from './list-writer.ts'

/** Tells after a crash between upload and commit whether the list of the version that was being built is a full one. */
const BUILDING_IS_FULL = 'building-is-full'

export interface PublishOptions {
  readonly catalog: Catalog
  readonly store: VolumeStore
  readonly spool: Spool
  readonly pool: WorkerPool<BackupJobs>
  readonly settings: StoredSettings
  readonly compression: CompressionSetting
  readonly key: VolumeKey | undefined
  readonly controlFiles: readonly ControlFile[]
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** What the list of a version is made from; `suffix` tells its file in the spool apart from others. */
export function listSetup(seq: number, isFull: boolean, options: PublishOptions, suffix = ''): ListSetup {
  const { catalog, clock, settings, compression } = options
  const { time } = catalog.filesets.bySeq(seq)!
  const name = dlistName({ prefix: settings.prefix, key: options.key, compression }, time)
  return {
    catalogPath: catalog.path,
    seq,
    isFull,
    name,
    path: options.spool.pathOf(name) + suffix,
    createdAtMs: clock.now(),
    settings: { blocksize: settings.blocksize, blockHash: settings.blockHash, fileHash: settings.fileHash },
    compression,
    key: options.key && exportVolumeKey(options.key),
    controlFiles: options.controlFiles
  }
}

/** Writes the list of a version into the spool, by the thread that walked the sources and has no more to do. */
async function writeList(seq: number, isFull: boolean, options: PublishOptions): Promise<VolumeFile> {
  const { pool, signal } = options
  const setup = listSetup(seq, isFull, options)
  const file = await pool.run('backup-list', { setup, before: undefined }, { signal, worker: 0 })
  return file!
}

/**
 * Stores and completes a version whose blocks are all acknowledged, with the list that was written of it or a new one.
 * The list is not sent before the second that names it has come, since no version may lie in the future.
 */
export async function publishVersion(
  seq: number,
  isFull: boolean,
  options: PublishOptions,
  list?: VolumeFile
): Promise<void> {
  const { catalog, store, clock, signal } = options
  const { time } = catalog.filesets.bySeq(seq)!
  const file = list ?? (await writeList(seq, isFull, options))
  const early = time * 1000 - clock.now()
  if (early > 0) await clock.sleep(early, { signal })
  const pending = catalog.transaction(() => {
    const upload = registerDlist(catalog, file, time, (newTime) =>
      catalog.filesets.relabel(seq, { time: newTime })
    )
    catalog.filesets.relabel(seq, { volumeId: upload.items[0]!.volumeId })
    catalog.settings.set(BUILDING_IS_FULL, isFull ? 1 : 0)
    return upload
  })
  await store.upload(pending, { signal })
  completeVersion(catalog, seq, pending.items[0]!.volumeId, isFull)
}

/** Whether the list that was last sent is that of a full version. */
export function wasBuildingFull(catalog: Catalog): boolean {
  return catalog.settings.get(BUILDING_IS_FULL) === 1
}

export function completeVersion(catalog: Catalog, seq: number, volumeId: number, isFull: boolean): void {
  catalog.transaction(() => {
    catalog.filesets.complete(seq, { volumeId, isFull })
    catalog.settings.set(BUILDING_IS_FULL, undefined)
  })
}
