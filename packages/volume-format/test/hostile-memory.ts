/**
 * A program: reads the hostile volumes of a file (making them takes memory, too) one after the other, or only the one that
 * is named, and prints what came of each and how much memory it took in all.
 */
import { readFileSync } from 'node:fs'
import { createAesCryptKeyring } from '@tercet/crypto'
import * as native from '../src/index.node.ts'
import * as portable from '../src/index.ts'
import { goodVolume } from './good-volume.ts'
import { HOSTILE_PASSPHRASE, literal, openPgpMessage } from './raw-open-pgp.ts'
import { readEverything } from './read-everything.ts'

const format = process.argv[2] === 'portable' ? portable : native
interface Stored {
  readonly what: string
  readonly name: string
  readonly base64: string
}
const keyring = createAesCryptKeyring(HOSTILE_PASSPHRASE)
const only = process.argv[4]
const volumes = (JSON.parse(readFileSync(process.argv[3] as string, 'utf8')) as Stored[]).filter(
  ({ what }) => only === undefined || what === only
)
const [name, good] = goodVolume()
await readEverything(format, name, good)
// The library is there before the first volume that needs it.
await readEverything(format, `${name}.gpg`, openPgpMessage(literal(good), HOSTILE_PASSPHRASE), { keyring })
globalThis.gc?.()
const before = process.resourceUsage().maxRSS
const results = []
for (const { what, name, base64 } of volumes) {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
  const { codes, defects } = await readEverything(format, name, bytes, { keyring })
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
