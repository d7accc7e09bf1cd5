// Writes jobs.schema.json; with --check it fails when the file is not current.
import { readFileSync, writeFileSync } from 'node:fs'
import { jobsSchema } from '../src/file/jobs-schema.ts'

const path = new URL('../jobs.schema.json', import.meta.url)
const text = `${JSON.stringify(jobsSchema(), null, 2)}\n`
if (!process.argv.includes('--check')) writeFileSync(path, text)
else if (readFileSync(path, 'utf8') !== text) {
  console.error('jobs.schema.json is not current: run npm run schema -w packages/jobs')
  process.exitCode = 1
}
