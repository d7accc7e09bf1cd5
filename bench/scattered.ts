/**
 * Files scattered over a backup with 50 versions, brought back from a destination that is not on this machine: how many
 * times each volume that is needed is fetched, and what memory and temporary space that takes. Each version adds files
 * and rewrites some of the older ones; every other file is restored. Each step is a process of its own, with the settings
 * that the program gives itself.
 *
 *   node --conditions=@tercet/source bench/scattered.ts [--versions 50] [--mib 20] [--folder DIR]
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createFileBackend } from '@tercet/backend-file'
import { type Catalog, openCatalog } from '@tercet/core'
import { backup, planRestore, restore } from '@tercet/engine'
import type { StorageBackend } from '@tercet/interface'
import { limitMemory } from '../packages/cli/src/limit-memory.ts'
import { FarBackend } from '../packages/engine/test/support/far-backend.ts'
import { createRandom, noiseBytes } from './src/random.ts'

const FILE_BYTES = 200_000
/** Of the files so far, one of so many is written anew for each version. */
const REWRITTEN = 50

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    versions: { type: 'string', default: '50' },
    /** New content of each version. */
    mib: { type: 'string', default: '20' },
    folder: { type: 'string' }
  }
})
const versions = Number(values.versions)
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'tercet-bench-scattered-'))
const [source, destination, spool, out] = ['source', 'destination', 'spool', 'out'].map((name) =>
  join(folder, name)
) as [string, string, string, string]

if (positionals[0] === 'back-up') await backUp()
else if (positionals[0] === 'restore') await bringBack()
else runSteps()

function runSteps(): void {
  try {
    for (const step of ['back-up', 'restore']) {
      const size = ['--versions', values.versions, '--mib', values.mib, '--folder', folder]
      const program = ['--conditions=@tercet/source', fileURLToPath(import.meta.url), step, ...size]
      const { status } = spawnSync(process.execPath, program, { stdio: 'inherit' })
      if (status !== 0) throw new Error(`The step ${step} failed`)
    }
  } finally {
    if (values.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

async function backUp(): Promise<void> {
  for (const each of [source, destination, spool]) mkdirSync(each, { recursive: true })
  const random = createRandom(50)
  const perVersion = Math.ceil((Number(values.mib) * 1024 * 1024) / FILE_BYTES)
  const write = (index: number): void =>
    writeFileSync(join(source, `file-${index}`), noiseBytes(random, FILE_BYTES))
  using catalog = await openCatalog({ path: join(folder, 'catalog.sqlite') })
  for (let version = 0; version < versions; version++) {
    const known = version * perVersion
    for (let count = Math.floor(known / REWRITTEN); count > 0; count--) write(random.int(known))
    for (let index = known; index < known + perVersion; index++) write(index)
    // Threads would take longer to start than to work.
    const context = { ...contextOf(catalog, createFileBackend({ path: destination })), workers: 0 }
    const { outcome } = await backup(context, { sources: [source] })
    if (outcome !== 'success') throw new Error(`The backup ended with ${outcome}`)
  }
}

async function bringBack(): Promise<void> {
  limitMemory()
  using catalog = await openCatalog({ path: join(folder, 'catalog.sqlite') })
  const far = new FarBackend(createFileBackend({ path: destination }), spool)
  const context = contextOf(catalog, far)
  // Those with an even last digit.
  const plan = await planRestore(context, { to: out, include: [`[${source}/file-.*[02468]]`] })
  const { outcome, fetchedBytes } = await restore(context, plan)
  const files = compareFiles()
  const needed = new Set(plan.volumesToFetch).size
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
  process.stdout.write(
    `${outcome}: ${files} files, each as it was; ${needed} volumes needed, ${far.fetched.length} fetches (amplification ` +
      `${(far.fetched.length / needed).toFixed(2)}), ${megabytes(fetchedBytes)} MB; at most ` +
      `${megabytes(far.mostSpooledBytes)} MB in the temporary folder, ` +
      `${Math.round(process.resourceUsage().maxRSS / 1024)} MiB resident\n`
  )
}

/** How many files came back. @throws Error when one differs */
function compareFiles(): number {
  const names = readdirSync(out)
  for (const name of names)
    if (!readFileSync(join(out, name)).equals(readFileSync(join(source, name))))
      throw new Error(`${name} differs`)
  return names.length
}

function contextOf(catalog: Catalog, backend: StorageBackend) {
  return { backend, catalog, passphrase: 'scattered', spoolFolder: spool }
}
