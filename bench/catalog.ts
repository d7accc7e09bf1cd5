/**
 * A catalog of many blocks and entries: what it takes on disk and in memory, how long it takes to make it anew from the
 * destination, to open it, and to back up with it. The destination is synthetic: its indexes and its list are real, its
 * blocks are not there. Each step is a process of its own, so that its memory is its own, with the settings that the
 * program gives itself.
 *
 *   node --conditions=@tercet/source bench/catalog.ts [--blocks 10000000] [--entries 1000000] [--folder DIR]
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createFileBackend } from '@tercet/backend-file'
import { BlockIndex, type Catalog, openCatalog } from '@tercet/core'
import { backup, recreateCatalog } from '@tercet/engine'
import { limitMemory } from '../packages/cli/src/limit-memory.ts'
import { writeSyntheticDestination } from '../packages/engine/test/support/synthetic-destination.ts'

const FILES = 1000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    blocks: { type: 'string', default: '10000000' },
    entries: { type: 'string', default: '1000000' },
    folder: { type: 'string' }
  }
})
const blocks = Number(values.blocks)
const entries = Number(values.entries)
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'tercet-bench-catalog-'))
const destination = join(folder, 'destination')
const source = join(folder, 'source')
const catalogPath = join(folder, 'catalog.sqlite')

const STEPS: Record<string, () => Promise<Record<string, number>>> = {
  async recreate() {
    using catalog = await openCatalog({ path: catalogPath })
    await recreateCatalog(contextOf(catalog))
    return {}
  },
  async index() {
    using catalog = await openCatalog({ path: catalogPath })
    const opened = process.uptime()
    const index = BlockIndex.create({ expectedBlocks: catalog.blocks.count() })
    index.load(catalog.blocks.all())
    return { openSeconds: opened, indexBytesPerBlock: index.byteLength / blocks }
  },
  'first backup': runBackup,
  'unchanged backup': runBackup
}

if (positionals[0] === undefined) await measureAll()
else {
  limitMemory()
  const more = await STEPS[positionals[0]]!()
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const cpuSeconds = Number(((userCPUTime + systemCPUTime) / 1e6).toFixed(2))
  process.stdout.write(JSON.stringify({ cpuSeconds, residentMib: Math.round(maxRSS / 1024), ...more }))
}

async function measureAll(): Promise<void> {
  try {
    await writeSyntheticDestination(destination, { blocks, entries })
    mkdirSync(source)
    for (let file = 0; file < FILES; file++) writeFileSync(join(source, `${file}`), `content ${file}`)
    process.stdout.write(
      '| step | on the clock | on the processor | resident MiB | |\n|---|--:|--:|--:|---|\n'
    )
    for (const step of Object.keys(STEPS)) {
      const { wallSeconds, cpuSeconds, residentMib, ...more } = runStep(step)
      if (step === 'recreate') more['catalogBytes'] = statSync(catalogPath).size
      const columns = [step, `${wallSeconds} s`, `${cpuSeconds} s`, residentMib, JSON.stringify(more)]
      process.stdout.write(`| ${columns.join(' | ')} |\n`)
    }
  } finally {
    if (values.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** A program of its own for one step, with what it took from its start to its end. */
function runStep(step: string): Record<string, number> {
  const size = ['--blocks', values.blocks, '--entries', values.entries, '--folder', folder]
  const began = performance.now()
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@tercet/source', fileURLToPath(import.meta.url), step, ...size],
    { encoding: 'utf8' }
  )
  if (status !== 0) throw new Error(`${step} failed: ${stderr}`)
  const wallSeconds = Number(((performance.now() - began) / 1000).toFixed(2))
  return { wallSeconds, ...JSON.parse(stdout) }
}

async function runBackup(): Promise<Record<string, number>> {
  using catalog = await openCatalog({ path: catalogPath })
  const { outcome, addedFiles } = await backup(contextOf(catalog), {
    sources: [source],
    blockSizeBytes: 2048
  })
  if (outcome !== 'success') throw new Error(`The backup ended with ${outcome}`)
  return { addedFiles }
}

function contextOf(catalog: Catalog) {
  const backend = createFileBackend({ path: destination })
  return { backend, catalog, passphrase: undefined, workers: 0, spoolFolder: folder }
}
