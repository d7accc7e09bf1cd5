/**
 * Does a watcher miss changes without saying so? Generators in processes of their own write, rename, link, delete, flood
 * and block; after each round what was stored is compared with the disk.
 *
 *   npm run bench:watch -- [--watcher tercet,tercet-inotify,chokidar,parcel] [--operations 1000000] [--seconds 3600]
 *     [--seed 1] [--work DIR]
 *
 * Scenarios and moments follow from the seed. Logs of what was done stay in the work folder when something was missed.
 */
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { parseArgs } from 'node:util'
import { createRandom } from './src/random.ts'
import { Oracle, type OracleTotals } from './watch/oracle.ts'
import { isTercet, WATCHERS, type Watcher } from './watch/watched-process.ts'

const { values } = parseArgs({
  options: {
    watcher: { type: 'string', default: 'tercet,tercet-inotify,chokidar,parcel' },
    seconds: { type: 'string', default: 'Infinity' },
    operations: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    work: { type: 'string', default: path.join(os.tmpdir(), 'tercet-bench-watch') }
  }
})

// Processes are started by the hundred.
process.env['NODE_COMPILE_CACHE'] ??= path.join(os.tmpdir(), 'tercet-bench-watch-code')
process.stdout.write(
  '| watcher | operations | rounds | killed | versions | rounds with a gap told | missed there | missed without a word | in rounds | found by scans afterwards |\n'
)
process.stdout.write('|---|--:|--:|--:|---|--:|--:|--:|--:|--:|\n')
for (const name of values.watcher.split(',')) {
  const watcher = WATCHERS.find((known) => known === name)
  if (watcher === undefined) throw new Error(`No watcher "${name}"`)
  const work = path.join(path.resolve(values.work), watcher)
  fs.rmSync(work, { recursive: true, force: true })
  const oracle = await Oracle.start(watcher, work, createRandom(Number(values.seed)))
  const end = performance.now() + Number(values.seconds) * 1000
  while (oracle.totals.operations < Number(values.operations) && performance.now() < end) await oracle.round()
  const totals = await oracle.finish()
  process.stdout.write(`${rowOf(watcher, totals)}\n`)
  if (isTercet(watcher) && totals.missedSilently + totals.auditFindings > 0) process.exitCode = 1
}

function rowOf(watcher: Watcher, totals: OracleTotals): string {
  const versions = Object.entries(totals.versions).map(([kind, count]) => `${count} ${kind}`)
  const columns = [
    watcher,
    totals.operations,
    totals.rounds,
    totals.kills,
    versions.join(', ') || '–',
    totals.gapsTold,
    totals.missedButTold,
    totals.missedSilently,
    totals.silentRounds,
    isTercet(watcher) ? `${totals.auditFindings} (${totals.audits} scans)` : '–'
  ]
  return `| ${columns.join(' | ')} |`
}
