/**
 * Times the decision which of 10 000 versions stay, one every hour, under all rules at once.
 *
 *   node --conditions=@tercet/source bench/retention.ts [--versions 10000] [--rounds 20]
 */
import { parseArgs } from 'node:util'
import { planRetention } from '@tercet/engine'

const HOUR_MS = 3_600_000

const { values } = parseArgs({
  options: { versions: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '20' } }
})
const now = new Date('2026-01-01T00:00:00Z')
const versions = Array.from({ length: Number(values.versions) }, (_, number) => ({
  number,
  createdAt: new Date(now.getTime() - number * HOUR_MS),
  isPartial: number % 10 === 5
}))
const rules = { keepTime: '1Y', keepVersions: 500, retentionPolicy: '1W:1h,4W:1D,12M:1W,U:1M' }

const times: number[] = []
let going = 0
for (let round = 0; round < Number(values.rounds); round++) {
  const start = performance.now()
  going = planRetention(versions, rules, { now }).filter(({ goes }) => goes).length
  times.push(performance.now() - start)
}
times.sort((a, b) => a - b)
const median = times[times.length >> 1]!
process.stdout.write(
  `${versions.length} versions, ${going} go: median ${median.toFixed(1)} ms, slowest ${times.at(-1)!.toFixed(1)} ms\n`
)
