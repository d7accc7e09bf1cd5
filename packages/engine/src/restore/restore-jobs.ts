import type { JobContext, WorkerHost } from '@tercet/core'
import type { AesCryptKeyring } from '@tercet/crypto'
import { createVolumeKeyring, type KeySource } from '../common/volume-keys.ts'
import type { WorkerInit } from '../engine-pool.ts'
import { openBlockReader } from './block-reader.ts'
import { examineFiles } from './examine-job.ts'
import { finishFiles, finishFolders, finishLinks, finishSymlinks, makeFolders } from './finish-jobs.ts'
import type {
  ExamineJob,
  ExamineResult,
  FinishJob,
  FinishResult,
  FolderJob,
  LinkJob,
  TargetSettings,
  WriteJob,
  WriteResult
} from './job-types.ts'
import { TargetFiles } from './target-files.ts'
import { writeFromSource } from './write-job.ts'

/** The jobs of `planRestore` and `restore`. Each worker keeps its keys and its open folders between jobs. */
export function restoreJobs(host: WorkerHost) {
  const source: KeySource = host.init as WorkerInit
  let keyring: AesCryptKeyring | undefined
  let target: { settings: TargetSettings; files: TargetFiles } | undefined
  const keys = (): AesCryptKeyring | undefined => {
    keyring ??= createVolumeKeyring(source)
    return keyring
  }
  const filesFor = (settings: TargetSettings): TargetFiles => {
    if (target?.settings.token !== settings.token) {
      target?.files.close()
      target = { settings, files: new TargetFiles(settings) }
    }
    return target.files
  }
  host.onClose(() => target?.files.close())
  return {
    'restore-examine': (job: ExamineJob, context: JobContext): ExamineResult => examineFiles(job, context),
    'restore-folders': (job: FolderJob): FinishResult => makeFolders(job, filesFor(job.target)),
    'restore-write': async (job: WriteJob, context: JobContext): Promise<WriteResult> => {
      using reader = await openBlockReader(job, keys())
      return writeFromSource(job, reader, filesFor(job.target), context)
    },
    'restore-finish': (job: FinishJob, context: JobContext): FinishResult =>
      finishFiles(job, filesFor(job.target), context),
    'restore-symlinks': (job: FinishJob): FinishResult => finishSymlinks(job, filesFor(job.target)),
    'restore-links': (job: LinkJob): FinishResult => finishLinks(job, filesFor(job.target)),
    'restore-folder-metadata': (job: FinishJob): FinishResult => finishFolders(job, filesFor(job.target))
  }
}

export type RestoreJobs = ReturnType<typeof restoreJobs>
