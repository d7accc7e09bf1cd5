import { BlockIndex, createWorkerPool, takesFilesOver, type WorkerPool } from '@tercet/core'
import { type AesCryptKey, exportAesCryptKey, hashSizeBytes } from '@tercet/crypto'
import type { CompressionSetting } from '@tercet/volume-format'
import type { EngineContext } from '../common/context.ts'
import { ownFilesOf } from '../common/own-files.ts'
import { findEngineWorker, workerCount } from '../engine-pool.ts'
import { type BackupJobs, type BackupWorkerInit, createBackupJobs } from './backup-jobs.ts'
import type { ResolvedBackupOptions } from './backup-options.ts'
import { mustReadAll, scanOptionsOf } from './backup-setup.ts'
import type { RunScope } from './choose-scope.ts'
import type { SettledDestination } from './settle-destination.ts'

/** Jobs leave little garbage that lives on; V8 would let each thread's young generation grow to several times this. */
const YOUNG_GENERATION_MIB = 16
const SCAN_WORKER = 0
const FIRST_PACK_WORKER = 1

export interface BackupPoolOptions {
  readonly options: ResolvedBackupOptions
  readonly destination: SettledDestination
  readonly compression: CompressionSetting
  readonly key: AesCryptKey | undefined
  readonly spoolFolder: string
  /** The version that is compared with; undefined: there is none. */
  readonly newestSeq: number | undefined
  readonly scope: RunScope
  readonly fingerprintBits: number | undefined
}

/** The threads of a run and the index that they share. */
export interface BackupPool {
  readonly workers: WorkerPool<BackupJobs>
  /** Threads that pack; 0: everything runs on the calling thread. */
  readonly packWorkers: number
  /** Empty: to be filled before the first block is looked up. */
  readonly index: BlockIndex
}

/** Threads are started when there is work for them. */
export function createBackupPool(context: EngineContext, pool: BackupPoolOptions): BackupPool {
  const { options, spoolFolder, scope, newestSeq } = pool
  const { catalog } = context
  const { prefix, blocksize, blockHash, fileHash, volumeSizeBytes } = pool.destination
  const packWorkers = workerCount(context)
  const index = BlockIndex.create({
    expectedBlocks: catalog.blocks.count(),
    fingerprintBits: pool.fingerprintBits
  })
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
      key: pool.key && exportAesCryptKey(pool.key),
      index: index.share(),
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
    init,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB }
  })
  if (newestSeq === undefined && packWorkers > 0 && !options.dryRun) {
    // A first backup is going to pack: both threads load their modules at the same time.
    workers.start(SCAN_WORKER)
    workers.start(FIRST_PACK_WORKER)
  }
  return { workers, packWorkers, index }
}
