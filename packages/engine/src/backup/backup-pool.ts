import { lstatSync } from 'node:fs'
import {
  type BlockIndexHandle,
  createWorkerPool,
  exportVolumeKey,
  type Fileset,
  takesFilesOver,
  type VolumeKey,
  type WorkerPool
} from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import type { CompressionSetting } from '@tercet/volume-format'
import type { EngineContext } from '../common/context.ts'
import { ownFilesOf } from '../common/own-files.ts'
import { findEngineWorker, workerCount } from '../engine-pool.ts'
import { type BackupJobs, type BackupWorkerInit, createBackupJobs } from './backup-jobs.ts'
import type { ResolvedBackupOptions } from './backup-options.ts'
import { mustReadAll, scanOptionsOf } from './backup-setup.ts'
import type { RunScope } from './choose-scope.ts'
import type { SettledDestination } from './settle-destination.ts'

/** What one thread has read, hashed and packed before another one has started. */
const FEW_PATHS = 200
const FEW_BYTES = 8 * 1024 * 1024
/** Entries whose list takes longer to write than a thread to start. */
const LONG_LIST = 10_000
/** The worker that walks. */
export const SCAN_WORKER = 0
/** The first one that packs, where there are any besides. */
export const FIRST_PACK_WORKER = 1

export interface BackupPoolOptions {
  readonly options: ResolvedBackupOptions
  readonly destination: SettledDestination
  readonly compression: CompressionSetting
  readonly key: VolumeKey | undefined
  readonly spoolFolder: string
  /** The version that is compared with; undefined: there is none. */
  readonly newest: Fileset | undefined
  readonly scope: RunScope
  readonly index: BlockIndexHandle
}

/** The threads of a run. */
export interface BackupPool {
  readonly workers: WorkerPool<BackupJobs>
  /** Threads that pack; 0: everything runs on the calling thread. */
  readonly packWorkers: number
  /** Where the list of the version is written. */
  readonly lists: WorkerPool<BackupJobs>
}

/** Threads are started when there is work for them. */
export function createBackupPool(context: EngineContext, pool: BackupPoolOptions): BackupPool {
  const { options, spoolFolder, scope } = pool
  const newestSeq = pool.newest?.seq
  const { catalog } = context
  const { prefix, blocksize, blockHash, fileHash, volumeSizeBytes } = pool.destination
  const packWorkers = isSmall(scope) ? 0 : workerCount(context)
  const init: BackupWorkerInit = {
    pack: {
      recipe: {
        spoolFolder,
        prefix,
        settings: { blocksize, blockHash, fileHash },
        compression: pool.compression,
        dblockSizeBytes: volumeSizeBytes,
        indexPolicy: options.indexPolicy,
        writeBehind: takesFilesOver(context.backend, spoolFolder)
      },
      key: pool.key && exportVolumeKey(pool.key),
      index: pool.index,
      storeMetadata: options.storeMetadata,
      followLinks: options.symlinkPolicy === 'follow',
      tornReadRetries: options.tornReadRetries
    },
    scan: {
      sources: scanOptionsOf(options, ownFilesOf({ ...context, spoolFolder })),
      listed: scope.kind === 'listed' ? scope.changed : undefined,
      changed: scope.kind === 'changed' ? scope : undefined,
      catalogPath: catalog.path,
      newestSeq,
      settings: {
        changeDetection: mustReadAll(catalog, options) ? 'read-all' : options.changeDetection,
        scope: scope.kind,
        trees: scope.kind === 'changed' ? scope.trees : [],
        blockSizeBytes: blocksize,
        fileHashBytes: hashSizeBytes(fileHash),
        workers: packWorkers,
        separator: process.platform === 'win32' ? '\\' : '/'
      }
    }
  }
  // One thread walks; it packs too where there is not enough for a second one.
  const workers = createWorkerPool<BackupJobs>({
    workers: packWorkers === 0 ? 0 : packWorkers + 1,
    entry: findEngineWorker(context),
    inline: createBackupJobs,
    init
  })
  if (newestSeq === undefined && packWorkers > 0 && !options.dryRun) {
    // A first backup is going to pack: both threads load their modules at the same time.
    workers.start(SCAN_WORKER)
    workers.start(FIRST_PACK_WORKER)
  }
  if (packWorkers > 0 || (pool.newest?.entries ?? 0) < LONG_LIST)
    return { workers, packWorkers, lists: workers }
  // The calling thread does all the work, but must not stand still for as long as a long list takes.
  const lists = createWorkerPool<BackupJobs>({
    workers: Math.min(1, workerCount(context)),
    entry: findEngineWorker(context),
    inline: createBackupJobs
  })
  return { workers, packWorkers, lists }
}

/** Whether to start threads for it would take longer than the work itself. */
function isSmall(scope: RunScope): boolean {
  if (scope.kind !== 'changed' || scope.trees.length > 0 || scope.paths.length > FEW_PATHS) return false
  let bytes = 0
  for (const path of scope.paths) bytes += lstatSync(path, { throwIfNoEntry: false })?.size ?? 0
  return bytes <= FEW_BYTES
}
