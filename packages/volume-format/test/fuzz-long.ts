/** `npm run fuzz -- --minutes N [--seed S]`: damages volumes until the time is up; prints the seed of each that is no good. */
import { parseArgs } from 'node:util'
import { createAesCryptKeyring } from '@tercet/crypto'
import { entries } from './entries.ts'
import { fuzzCorpus, fuzzedVolume } from './fuzz-volumes.ts'
import { readEverything } from './read-everything.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } })
// What waits in vain for the rest of an OpenPGP message is given up by looks of an interval; here they come a hundredfold.
const everySoOften = globalThis.setInterval
globalThis.setInterval = ((look: () => void, ms: number) =>
  everySoOften(look, ms / 100)) as typeof setInterval

const until = Date.now() + Number(values.minutes ?? 1) * 60_000
const first = Number(values.seed ?? 1)
const corpus = fuzzCorpus()
const keyring = createAesCryptKeyring('abc')
let seed = first
let found = 0
for (; Date.now() < until; seed++) {
  const { name, bytes } = fuzzedVolume(corpus, seed)
  for (const [platform, format] of entries) {
    const { defects } = await readEverything(format, name, bytes, { keyring })
    for (const defect of defects) {
      found++
      console.log(`seed ${seed}, ${name}, ${platform} codecs:`, defect)
    }
  }
}
console.log(`${seed - first} inputs from seed ${first} on, ${found} defects`)
process.exitCode = found === 0 ? 0 : 1
