import { createWorkerPool, locateWorker } from '../../src/workers/index.ts'
import { type TestJobs, testJobs } from './test-jobs.ts'

// What a package with workers does, for a bundle of it.
const entry = locateWorker({
  packageName: '@test/package',
  from: import.meta.url,
  name: 'worker',
  bundledName: 'tercet-worker'
})
const pool = createWorkerPool<TestJobs>({ workers: entry === undefined ? 0 : 2, entry, inline: testJobs })
void pool.run('whoami', 0).then((index) => {
  console.log(`${entry?.pathname.split('/').at(-1) ?? 'inline'}: ${index}`)
})
