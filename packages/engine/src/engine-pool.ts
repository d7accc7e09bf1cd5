import { availableParallelism } from 'node:os'
import {
  createWorkerPool,
  type JobTable,
  locateWorker,
  type WorkerPool,
  type WorkerSetup
} from '@tercet/core'
import { revealSecret } from '@tercet/interface'
import type { ReadingContext } from './common/context.ts'
import type { EncryptionSettings } from './common/volume-keys.ts'

/** Threads beyond which one destination or one disk is the limit. */
const MAX_WORKERS = 8

/** What each worker of this package finds as `host.init`. */
export interface WorkerInit<Extra = undefined> {
  readonly passphrase: string | undefined
  readonly encryption?: EncryptionSettings | undefined
  readonly extra: Extra
}

/** This package's worker module; undefined when it cannot be found, as in some bundles. */
export function findEngineWorker(context: ReadingContext): URL | undefined {
  return locateWorker({
    packageName: '@tercet/engine',
    from: import.meta.url,
    name: 'worker',
    bundledName: 'tercet-engine-worker',
    explicit: context.workerUrl
  })
}

/** Threads that an operation may use; 0: everything runs on the calling thread. */
export function workerCount(context: ReadingContext): number {
  if (findEngineWorker(context) === undefined) return 0
  return context.workers ?? Math.min(MAX_WORKERS, availableParallelism())
}

/**
 * A pool for one operation. Without a worker module that can be found, everything runs on the calling thread.
 *
 * @param workers fewer threads than the context allows
 */
export function createEnginePool<Jobs extends JobTable, Extra = undefined>(
  context: ReadingContext,
  inline: WorkerSetup<Jobs>,
  extra?: Extra,
  workers: number = workerCount(context)
): WorkerPool<Jobs> {
  const entry = findEngineWorker(context)
  const { passphrase, encryption } = context
  const init: WorkerInit<Extra | undefined> = {
    passphrase: passphrase === undefined ? undefined : revealSecret(passphrase),
    encryption,
    extra
  }
  return createWorkerPool<Jobs>({ workers, entry, inline, init })
}
