import { serveJobs } from '@tercet/core'
import { createBackupJobs } from './backup/backup-jobs.ts'
import { restoreJobs } from './restore/restore-jobs.ts'

serveJobs((host) => ({ ...createBackupJobs(host), ...restoreJobs(host) }))
