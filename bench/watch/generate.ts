/** The generator: one scenario in a process of its own, with a log of what it did. Prints how many operations it were. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { LoggedFiles } from './logged-files.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'

const [scenario, seed, root, outside, log] = process.argv.slice(2) as [
  Scenario,
  string,
  string,
  string,
  string
]
mkdirSync(join(root, 'mixed'), { recursive: true })
using files = new LoggedFiles(log)
SCENARIOS[scenario]({ root, outside, seed: Number(seed), files: files.calls })
process.stdout.write(`${files.count}`)
