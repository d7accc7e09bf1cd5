/**
 * Mirrors a plain folder twice, once with the program and once with the library, and makes sure that both sides are what
 * the folder is: the same names, the same bytes.
 *
 *   node src/index.ts FOLDER TARGET     makes TARGET/by-program and TARGET/by-library
 *
 * TERCET is the command line of the program. @defaultValue tercet
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openMirror } from '@tercet/sdk/sync'

const [folder, target] = process.argv.slice(2)
if (folder === undefined || target === undefined) throw new Error('usage: index.ts FOLDER TARGET')
const byProgram = join(target, 'by-program')
const byLibrary = join(target, 'by-library')
mkdirSync(target, { recursive: true })

const [command = 'tercet', ...before] = (process.env['TERCET'] ?? 'tercet').split(' ')
const program = spawnSync(command, [...before, 'sync', folder, byProgram, '--mirror-all', '--yes'], {
  stdio: ['ignore', 'inherit', 'inherit']
})
if (program.status !== 0) throw new Error(`tercet ended with ${program.status ?? program.error?.message}`)

await using mirror = await openMirror({
  primary: folder,
  replicas: [{ backend: byLibrary, options: { 'mirror-all': true } }]
})
const result = await mirror.run(await mirror.plan())
if (result.outcome !== 'success') throw new Error(JSON.stringify(result.issues))

const wanted = describe(folder)
for (const side of [byProgram, byLibrary]) {
  const found = describe(side)
  if (found !== wanted) throw new Error(`${side} differs from ${folder}`)
  console.log(`identical     ${side}: ${found.split('\n').length} files`)
}

/** A line for each file: its name and the SHA-256 of its bytes. */
function describe(root: string): string {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => {
      const digest = createHash('sha256').update(readFileSync(path)).digest('hex')
      return `${path.slice(root.length)} ${digest}`
    })
    .sort()
    .join('\n')
}
