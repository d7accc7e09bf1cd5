import { serveJobs } from '../../src/workers/index.ts'

serveJobs(() => {
  throw Object.assign(new Error('no jobs today'), { code: 'EACCES' })
})
