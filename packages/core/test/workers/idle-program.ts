import { createWorkerPool } from '../../src/workers/index.ts'
import { type TestJobs, testJobs } from './test-jobs.ts'

// Leaves its pools open and ends: an idle pool must not keep it.
const entry = new URL('./test-worker.ts', import.meta.url)
const threads = createWorkerPool<TestJobs>({ workers: 2, entry })
const inline = createWorkerPool<TestJobs>({ workers: 0, inline: testJobs })
await Promise.all([
  threads.run('whoami', 0, { worker: 0 }),
  threads.run('whoami', 0, { worker: 1 }),
  inline.run('echo', 0)
])
console.log(`done: ${threads.started.length} workers, inline too`)
