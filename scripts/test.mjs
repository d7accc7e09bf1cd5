// `npm test`: installs and builds what is missing, then checks and tests everything.
// With arguments (`npm test -- packages/crypto`) only vitest runs, with these arguments.
//
// TERCET_FORBID_SKIP=1 turns a skipped test into a failure, for machines that have all that the tests need.
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
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
  const { testResults } = JSON.parse(readFileSync(resultFile, 'utf8'))
  return testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status !== 'passed' && test.status !== 'failed')
      .map((test) => `${file.name}: ${test.fullName}`)
  )
}
