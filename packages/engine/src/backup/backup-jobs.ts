import type { FinishedVolume } from '@tercet/core'
import { transferring, type WorkerHost } from '@tercet/core'
import { BackupWorker, type PackJob, type PackSetup } from './backup-worker.ts'
import type { FinishFileJob, HashRangeJob, SegmentJob } from './big-file-packer.ts'
import { type ListJob, ListWriting } from './list-writer.ts'
import { batchBuffers } from './scan-batch.ts'
import { type ScanSetup, ScanWorker } from './scan-worker.ts'

/** What the workers of a backup are started with. */
export interface BackupWorkerInit {
  readonly pack: PackSetup
  readonly scan: ScanSetup
}

export type BackupJobs = ReturnType<typeof createBackupJobs>

/** The jobs of a backup. Whether a worker scans, packs or does both depends on which jobs it is given. */
export function createBackupJobs(host: WorkerHost) {
  const init = host.init as BackupWorkerInit
  let packing: BackupWorker | undefined
  let scanning: ScanWorker | undefined
  const packer = (): BackupWorker => (packing ??= new BackupWorker(init.pack))
  const lists = new ListWriting()
  host.onClose(async () => {
    scanning?.[Symbol.dispose]()
    packing?.[Symbol.dispose]()
    await lists[Symbol.asyncDispose]()
  })
  return {
    'backup-scan-next': () => {
      scanning ??= new ScanWorker(init.scan)
      const answer = scanning.next()
      const batches = [answer?.batch, answer?.links?.batch].filter((batch) => batch !== undefined)
      return transferring(answer, batches.flatMap(batchBuffers))
    },
    'backup-scan-unreached': () => scanning?.unreached() ?? [],
    'backup-pack': (job: PackJob) => packer().pack(job),
    'backup-segment': (job: SegmentJob) => packer().segment(job),
    'backup-hash-range': (job: HashRangeJob) => packer().hashRange(job),
    'backup-finish-file': (job: FinishFileJob) => packer().finishFile(job),
    'backup-flush': () => packing?.flush(),
    'backup-merge': (volumes: readonly FinishedVolume[]) => packer().merge(volumes),
    'backup-list': (job: ListJob) => lists.step(job)
  }
}
