/**
 * `npm run fuzz -- --minutes N [--seed S] [--collect]`: damages volumes and texts until the time is up, and prints the seed of
 * each that is no good. `--collect` takes what leads to new outcomes into the corpus.
 */
import { parseArgs } from 'node:util'
import { createAesCryptKeyring } from '@tercet/crypto'
import { CorpusCollection } from './corpus.ts'
import { entries } from './entries.ts'
import { fuzzText, TEXT_PARSERS } from './fuzz-texts.ts'
import { fuzzCorpus, fuzzedVolume } from './fuzz-volumes.ts'
import { readEverything } from './read-everything.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, collect: { type: 'boolean' } }
})
/** Longer than this takes only what waits in vain. */
const SLOW_MS = 200
// What waits in vain for the rest of an OpenPGP message is given up by looks of an interval; here they come a hundredfold.
const everySoOften = globalThis.setInterval
globalThis.setInterval = ((look: () => void, ms: number) =>
  everySoOften(look, ms / 100)) as typeof setInterval

const until = Date.now() + Number(values.minutes ?? 1) * 60_000
const first = Number(values.seed ?? 1)
const corpus = fuzzCorpus()
const keyring = createAesCryptKeyring('abc')
const collection = values.collect === true ? new CorpusCollection() : undefined
let seed = first
let texts = 0
let found = 0
for (; Date.now() < until; seed++) {
  const { name, bytes } = fuzzedVolume(corpus, seed)
  for (const [platform, format] of entries) {
    const begun = performance.now()
    const { codes, defects } = await readEverything(format, name, bytes, { keyring })
    if (platform === 'node' && performance.now() - begun < SLOW_MS) collection?.offer(name, bytes, codes)
    for (const defect of defects) {
      found++
      console.log(`seed ${seed}, ${name}, ${platform} codecs:`, defect)
    }
  }
  for (const [what, parser] of Object.entries(TEXT_PARSERS)) {
    texts++
    const defect = fuzzText(parser, seed)
    if (defect === undefined) continue
    found++
    console.log(`seed ${seed}, ${what}:`, defect)
  }
}
if (collection !== undefined) console.log(`${collection.save()} inputs in the corpus`)
console.log(`${seed - first} volumes and ${texts} texts from seed ${first} on, ${found} defects`)
process.exitCode = found === 0 ? 0 : 1
