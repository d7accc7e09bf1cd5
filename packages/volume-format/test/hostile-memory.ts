/** A program: reads hostile volumes one after the other, and prints what came of each and how much memory it took in all. */
import * as native from '../src/index.node.ts'
import * as portable from '../src/index.ts'
import { goodVolume } from './good-volume.ts'
import { hostileVolumes } from './hostile-volumes.ts'
import { readEverything } from './read-everything.ts'

const format = process.argv[2] === 'portable' ? portable : native
const volumes = [...hostileVolumes()]
await readEverything(format, ...goodVolume())
globalThis.gc?.()
const before = process.resourceUsage().maxRSS
const results = []
for (const { what, name, bytes } of volumes) {
  const { codes, defects } = await readEverything(format, name, bytes)
  globalThis.gc?.()
  results.push({
    what,
    sizeBytes: bytes.length,
    codes,
    defects: defects.map(String),
    mib: Math.round((process.resourceUsage().maxRSS - before) / 1024)
  })
}
console.log(JSON.stringify(results))
