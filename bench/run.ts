/**
 * Runs backup tools side by side on the same source state: in one round they take turns at every step, each command
 * alone under GNU time, and ratios are taken inside a round.
 *
 *   npm run bench -- [--sets src,tiny] [--tools tercet,restic,borg] [--rounds 3] [--data DIR] [--work DIR] [--out FILE]
 *   npm run bench -- --quick     small data sets, one round, the tools that are installed: does it run at all?
 *
 * Needs the packages `time`, `restic` and `borgbackup`, a built checkout, and 15 GB below the work folder. Data sets
 * that are not in the data folder are made there first.
 */
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { parseArgs } from 'node:util'
import { changeDataSet, DATA_SETS, type DataSet, makeDataSet } from './src/data-sets.ts'
import { throughputLimit } from './src/limit.ts'
import { measure } from './src/measure.ts'
import { formatReport, formatRow, ROW_HEADER, type Row } from './src/report.ts'
import { OPERATIONS, type Operation, type Place, TOOLS, type Tool } from './src/tools.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    sets: { type: 'string' },
    tools: { type: 'string' },
    operations: { type: 'string', default: OPERATIONS.join(',') },
    rounds: { type: 'string' },
    out: { type: 'string' },
    data: { type: 'string', default: path.join(os.tmpdir(), 'tercet-bench-data') },
    work: { type: 'string', default: path.join(os.tmpdir(), 'tercet-bench') }
  }
})
const defaults = values.quick
  ? {
      sets: 'src-quick,big-quick',
      tools: ['tercet', 'restic', 'borg'].filter(isInstalled).join(','),
      rounds: '1'
    }
  : { sets: 'src,mixed,big,tiny', tools: 'tercet,restic,borg', rounds: '3' }
const rounds = Number(values.rounds ?? defaults.rounds)
const sets = (values.sets ?? defaults.sets)
  .split(',')
  .map((name) => oneOf(name, Object.keys(DATA_SETS), 'data set') as DataSet)
const tools = (values.tools ?? defaults.tools)
  .split(',')
  .map((name) => TOOLS[oneOf(name, Object.keys(TOOLS), 'tool')]!)
const operations = values.operations
  .split(',')
  .map((name) => oneOf(name, OPERATIONS, 'operation') as Operation)
const work = path.resolve(values.work)
/** A tree below this is deleted without a trace in what is measured next. */
const FEW_ENTRIES = 5000
const rows: Row[] = []
fs.mkdirSync(work, { recursive: true })
const trash = path.join(work, 'trash')
fs.rmSync(trash, { recursive: true, force: true }) // of a run that was killed
const rawFile = path.resolve(values.out ?? path.join(work, 'rows.tsv'))
fs.mkdirSync(path.dirname(rawFile), { recursive: true })
fs.writeFileSync(rawFile, `${ROW_HEADER}\n`)

for (const set of sets) {
  const data = makeDataSet(path.resolve(values.data), set)
  for (let round = 1; round <= rounds; round++) runRound(set, data, round)
}
fs.rmSync(trash, { recursive: true, force: true })
process.stdout.write(`\n${formatReport(rows, 'tercet')}\n\nRaw rows: ${rawFile}\n`)
if (rows.some((row) => row.exitCode !== 0)) process.exitCode = 1

function runRound(set: DataSet, data: string, round: number): void {
  const live = path.join(work, 'live')
  putAway(live)
  fs.cpSync(data, live, { recursive: true, preserveTimestamps: true })
  const oneFile = firstFile(live)
  const order = tools.map((_, index) => tools[(index + round) % tools.length]!)
  const places = new Map(order.map((tool) => [tool, prepare(tool, live, oneFile)]))
  for (const operation of operations) {
    if (operation === 'changed') changeDataSet(live, round)
    for (const tool of order) step(set, round, tool, operation, places.get(tool)!)
  }
}

function prepare(tool: Tool, live: string, oneFile: string): Place {
  const place = {
    repository: path.join(work, `repository-${tool.name}`),
    cache: path.join(work, `cache-${tool.name}`),
    out: path.join(work, `out-${tool.name}`),
    live,
    oneFile
  }
  for (const folder of [place.repository, place.cache, place.out]) putAway(folder)
  const init = tool.init(place)
  if (init !== undefined) measure(init, tool.environment, work)
  return place
}

function step(set: DataSet, round: number, tool: Tool, operation: Operation, place: Place): void {
  const restores = operation === 'restore' || operation === 'restore-one'
  if (restores) {
    putAway(place.out)
    fs.mkdirSync(place.out)
  }
  const command = tool.command(operation, place)
  if (command === undefined) return
  if (operation !== 'recreate') warm(isBackup(operation) ? place.live : place.repository)
  spawnSync('sync')
  const measured = measure(command, tool.environment, work)
  const repositoryBytes = sizeOf(place.repository)
  const row = { round, set, tool: tool.name, operation, repositoryBytes, ...measured }
  rows.push(row)
  fs.appendFileSync(rawFile, `${formatRow(row)}\n`)
  process.stdout.write(`${formatRow(row)}\n`)
  if (row.exitCode !== 0) process.stderr.write(`${row.output.slice(-2000)}\n`)
  if (tool.name === 'tercet' && operation === 'initial' && set.startsWith('big')) printShare(row, place)
  if (operation === 'restore' && round === 1) compare(place.live, tool.restored(place), tool.name)
}

/** How much of what the machine can do at best was reached, on the same file and in the same minute. */
function printShare({ set, wallSeconds }: Row, place: Place): void {
  const file = path.join(place.live, place.oneFile)
  const cores = os.availableParallelism()
  const reached = fs.statSync(file).size / wallSeconds
  const limit = throughputLimit(file, cores)
  const mega = (bytes: number) => (bytes / 1e6).toFixed(0)
  process.stdout.write(
    `${set}: ${mega(reached)} MB/s, ${((100 * reached) / limit).toFixed(0)} % of the ${mega(limit)} MB/s that its parts allow on ${cores} cores\n`
  )
}

function compare(expected: string, found: string, tool: string): void {
  const difference = spawnSync('diff', ['-r', '--brief', expected, found], { encoding: 'utf8' })
  if (difference.status === 0) return
  process.exitCode = 1
  process.stderr.write(
    `${tool}: the restored files differ: ${difference.stdout.slice(0, 500)}${difference.stderr.slice(0, 500)}\n`
  )
}

function isBackup(operation: Operation): boolean {
  return ['initial', 'unchanged', 'changed'].includes(operation)
}

/** Reads a tree, so that every command finds what it reads in memory: some systems drop what was read a while ago. */
function warm(folder: string): void {
  spawnSync('sh', ['-c', 'find . -type f -print0 | xargs -0 cat > /dev/null'], { cwd: folder })
}

/**
 * ext4 creates files slowly for a while after many were deleted, so trees of many files are moved away and deleted at
 * the end. Others go at once, for the space.
 */
function putAway(folder: string): void {
  if (!fs.existsSync(folder)) return
  if (fs.readdirSync(folder, { recursive: true }).length < FEW_ENTRIES) {
    fs.rmSync(folder, { recursive: true })
    return
  }
  fs.mkdirSync(trash, { recursive: true })
  fs.renameSync(folder, path.join(trash, `${path.basename(folder)}-${fs.readdirSync(trash).length}`))
}

function sizeOf(folder: string): number {
  let bytes = 0
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) bytes += fs.statSync(path.join(entry.parentPath, entry.name)).size
  return bytes
}

function isInstalled(tool: string): boolean {
  return tool === 'tercet' || spawnSync(tool, ['--help']).status === 0
}

function firstFile(folder: string): string {
  const entries = fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  const file = entries.find((entry) => entry.isFile())
  if (file) return file.name
  const first = entries.find((entry) => entry.isDirectory())!
  return path.join(first.name, firstFile(path.join(folder, first.name)))
}

function oneOf(name: string, known: readonly string[], what: string): string {
  if (known.includes(name)) return name
  throw new Error(`No ${what} "${name}"; known: ${known.join(', ')}`)
}
