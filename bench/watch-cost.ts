/**
 * What a version with ten changed files costs in trees of different sizes, phase by phase: the cost must not grow with the
 * tree. Start-up is left out, and the list volume, which names every file, stands for itself.
 *
 *   npm run bench:watch-cost -- [--files 1000,100000,1000000] [--work DIR] [--keep] [--prepare]
 *
 * `--prepare` only makes the trees and their first versions, for a later run.
 */
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Backup, openBackup } from '@tercet/sdk'

const ROUNDS = 5
const SECOND_MS = 1100
const CHANGED = 10
const FILES_PER_FOLDER = 100

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1000,100000,1000000' },
    work: { type: 'string', default: path.join(os.tmpdir(), 'tercet-bench-watch-cost') },
    keep: { type: 'boolean', default: false },
    prepare: { type: 'boolean', default: false }
  }
})

if (!values.prepare)
  process.stdout.write('| files | phase | first version, ms | later ones, ms (median) |\n|--:|---|--:|--:|\n')
for (const count of values.files.split(',').map(Number)) await measure(count)

async function measure(count: number): Promise<void> {
  const work = path.join(path.resolve(values.work), `${count}`)
  const root = path.join(work, 'root')
  if (!fs.existsSync(root)) makeTree(root, count)
  const options = {
    destination: path.join(work, 'destination'),
    catalogPath: path.join(work, 'catalog.sqlite'),
    encryption: 'none'
  } as const
  if (!fs.existsSync(options.catalogPath)) {
    await using backup = await openBackup(options)
    await backup.run({ sources: [root], testSamples: 0 })
  }
  if (values.prepare) return
  await using backup = await openBackup(options)
  const rounds: Map<string, number>[] = []
  for (let round = 0; round < ROUNDS; round++) rounds.push(await timed(backup, root, count, round))
  for (const phase of rounds[0]!.keys()) {
    const [first, ...later] = rounds.map((times) => times.get(phase) ?? 0)
    later.sort((left, right) => left - right)
    const median = later[Math.floor(later.length / 2)]!
    process.stdout.write(`| ${count} | ${phase} | ${first!.toFixed(0)} | ${median.toFixed(0)} |\n`)
  }
  if (!values.keep) fs.rmSync(work, { recursive: true, force: true })
}

/** Milliseconds of each phase of a version. */
async function timed(backup: Backup, root: string, count: number, round: number) {
  // Times of versions are whole seconds: one that came right after another would wait for the next.
  await after(SECOND_MS)
  const paths = Array.from({ length: CHANGED }, (_, index) =>
    fileOf(root, Math.floor((index * count) / CHANGED))
  )
  for (const file of paths) fs.writeFileSync(file, `${round} ${file} ${process.hrtime.bigint()}`)
  const times = new Map<string, number>()
  const started = performance.now()
  let phaseAt = started
  const { scope, modifiedFiles } = await backup.run({
    sources: [root],
    testSamples: 0,
    changes: { paths },
    onEvent(event) {
      if (event.type === 'phase-start') phaseAt = performance.now()
      if (event.type === 'phase-end') times.set(event.phase, performance.now() - phaseAt)
    }
  })
  const all = performance.now() - started
  if (scope !== 'changed' || modifiedFiles !== CHANGED) throw new Error(`${scope}: ${modifiedFiles} changed`)
  const phases = [...times.values()].reduce((sum, time) => sum + time, 0)
  times.set('between the phases', all - phases)
  times.set('all', all)
  times.set('all without the list volume', all - (times.get('write-list') ?? 0))
  return times
}

function fileOf(root: string, index: number): string {
  const folder = Math.floor(index / FILES_PER_FOLDER)
  return path.join(root, `${Math.floor(folder / 100)}`, `${folder % 100}`, `file-${index % FILES_PER_FOLDER}`)
}

function makeTree(root: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const file = fileOf(root, index)
    if (index % FILES_PER_FOLDER === 0) fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, `${index} is what this file holds`)
  }
}
