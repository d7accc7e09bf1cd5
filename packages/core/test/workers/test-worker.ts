import { serveJobs } from '../../src/workers/index.ts'
import { testJobs } from './test-jobs.ts'

serveJobs(testJobs)
