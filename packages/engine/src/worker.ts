import { serveJobs } from '@tercet/core'
import { createBackupJobs } from './backup/backup-jobs.ts'
import { compactJobs } from './compact/compact-jobs.ts'
import { restoreJobs } from './restore/restore-jobs.ts'
import { verifyJobs } from './verify/verify-jobs.ts'

serveJobs((host) => ({
  ...createBackupJobs(host),
  ...restoreJobs(host),
  ...verifyJobs(host),
  ...compactJobs(host)
}))
