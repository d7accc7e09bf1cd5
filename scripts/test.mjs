// `npm test`: installs and builds what is missing, then checks and tests everything.
// With arguments (`npm test -- packages/crypto`) only vitest runs, with these arguments.
//
// TERCET_FORBID_SKIP=1 turns a skipped test into a failure, for machines that have all that the tests need.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, root, runTool, runWithNode } from './toolchain.mjs'

const resultFile = join(root, '.cache', 'vitest.json')
const filters = process.argv.slice(2)
const failures = []

/** A failed check does not keep the next one from running: one run shows everything that is wrong. */
function check(title, action) {
  console.log(`\n> ${title}`)
  const startedAt = performance.now()
  if (action() !== 0) failures.push(title)
  console.log(`  ${title}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

ensureInstalled()
check('build', () => runTool('turbo', ['run', 'build', '--output-logs=errors-only']))
if (filters.length === 0) {
  check('lint', () => runTool('biome', ['ci', '.']))
  check('typecheck', () => runTool('tsc', ['--noEmit']))
  // With the types of a browser and none of Node, for the packages that it reaches too.
  check('typecheck of the browser page', () =>
    runTool('tsc', ['--noEmit', '-p', 'examples/browser-restore/page'])
  )
  check('boundaries', () => runTool('turbo', ['boundaries']) || runWithNode(['scripts/check-boundaries.mjs']))
}
mkdirSync(join(root, '.cache'), { recursive: true })
rmSync(resultFile, { force: true })
check('tests', () =>
  runTool('vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${resultFile}`,
    ...filters
  ])
)
for (const name of testsTriedTwice()) console.warn(`passed only when tried again: ${name}`)
if (process.env.TERCET_FORBID_SKIP) {
  check('no skipped test', () => {
    const skipped = skippedTests()
    for (const name of skipped) console.error(`skipped: ${name}`)
    return skipped.length === 0 ? 0 : 1
  })
}
if (failures.length > 0) {
  console.error(`\nfailed: ${failures.join(', ')}`)
  process.exitCode = 1
}

function skippedTests() {
  return testsWhere(({ status }) => status !== 'passed' && status !== 'failed').map(({ title }) => title)
}

/** With what went wrong at first: a server that broke off, see `describeWith` of testkit-servers. */
function testsTriedTwice() {
  return testsWhere(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0).map(
    ({ title, failureMessages }) => `${title}: ${failureMessages[0].split('\n')[0]}`
  )
}

function testsWhere(condition) {
  if (!existsSync(resultFile)) return []
  const { testResults } = JSON.parse(readFileSync(resultFile, 'utf8'))
  return testResults.flatMap((file) =>
    file.assertionResults
      .filter(condition)
      .map(({ fullName, failureMessages }) => ({ title: `${file.name}: ${fullName}`, failureMessages }))
  )
}
