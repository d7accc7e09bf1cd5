/** Many seeds by hand: `node --conditions=@tercet/source packages/sync-engine/test/simulation/run.ts --seeds=100000 --from=1`. */
import { parseArgs } from 'node:util'
import { shipped } from './engines.ts'
import { makeScenario } from './scenario.ts'
import { shrink } from './shrink.ts'
import { simulate } from './simulate.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' } }
})
const from = Number(values.from)
const to = from + Number(values.seeds)
const started = performance.now()
let failed = 0
for (let seed = from; seed < to; seed++) {
  const { problems } = await simulate(makeScenario(seed), shipped)
  if (problems.length > 0) {
    failed++
    const { scenario, story, problems: shown } = await shrink(makeScenario(seed), shipped)
    console.log([`seed ${seed}: ${JSON.stringify(scenario)}`, ...story, ...shown].join('\n'))
    if (failed >= 3) break
  }
  if ((seed - from + 1) % 1000 === 0) console.log(`${seed - from + 1} seeds`)
}
console.log(
  `${to - from} seeds from ${from}: ${failed} failed, ${Math.round((performance.now() - started) / 1000)} s`
)
process.exitCode = failed === 0 ? 0 : 1
