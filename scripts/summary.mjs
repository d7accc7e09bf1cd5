// The last line of continuous integration: `N passed, N failed`, from the results of vitest and the number of other
// steps that failed. A step that failed because of failed tests is not counted again.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './toolchain.mjs'

const failedSteps = Number(process.argv[2] ?? 0)
const resultFile = join(root, '.cache', 'vitest.json')
let passed = 0
let failed = 0
if (existsSync(resultFile)) {
  const result = JSON.parse(readFileSync(resultFile, 'utf8'))
  passed = result.numPassedTests
  failed = result.numFailedTests
  // A file that cannot be loaded has no test that could fail.
  failed += result.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')
  ).length
}
failed = Math.max(failed, failedSteps)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
