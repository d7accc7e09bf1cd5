/** Writes the folder `vectors` anew: `npm run vectors -w packages/testkit-data`. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vectorFiles } from './make-vectors.ts'

const FOLDER = fileURLToPath(new URL('../vectors/', import.meta.url))
for (const folder of ['destinations', 'volumes', 'names', 'verification'])
  rmSync(FOLDER + folder, { recursive: true, force: true })
for (const [path, text] of vectorFiles()) {
  mkdirSync(dirname(FOLDER + path), { recursive: true })
  writeFileSync(FOLDER + path, text)
}
