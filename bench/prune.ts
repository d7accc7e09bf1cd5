/**
 * Deletes nine of ten versions and gives back the space, with Tercet, restic and borg on the same source states: a first
 * backup, then nine more, each after about 1 % of the source has changed.
 *
 *   node bench/prune.ts prepare src [tercet restic borg]   the repositories, kept in the work folder
 *   node bench/prune.ts measure src [rounds]               copies of them, each command alone under GNU time
 *
 * What the tools leave behind differs: Tercet rewrites when 25 % is waste, restic down to 5 % that is unused, borg segments
 * of which 10 % are. `tercet-5` is Tercet with restic's 5 %.
 */
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { changeDataSet, type DataSet, makeDataSet } from './src/data-sets.ts'
import { type Measurement, measure } from './src/measure.ts'
import { type Place, TOOLS, type Tool } from './src/tools.ts'

const VERSIONS = 10
const [step, setName, ...rest] = process.argv.slice(2)
const set = setName as DataSet
const work = path.join(process.env['BENCH_WORK'] ?? os.tmpdir(), 'tercet-bench-prune')
const ready = path.join(work, set)
const run = path.join(work, 'run')

/** What it measures of one tool: a prepared repository, and the commands in their order. */
interface Contestant {
  readonly name: string
  readonly tool: Tool
  commands(place: Place): readonly (readonly string[])[]
}

const tercet = (name: string, ...options: string[]): Contestant => ({
  name,
  tool: TOOLS['tercet']!,
  commands: ({ repository, cache }) => [
    [
      process.execPath,
      path.join(import.meta.dirname, '../packages/cli/bin/tercet.js'),
      'delete',
      `file://${repository}`,
      '--keep-versions=1',
      `--dbpath=${path.join(cache, 'catalog.sqlite')}`,
      '--json',
      ...options
    ]
  ]
})
const CONTESTANTS: readonly Contestant[] = [
  tercet('tercet'),
  tercet('tercet-5', '--threshold=5'),
  {
    name: 'restic',
    tool: TOOLS['restic']!,
    commands: ({ repository, cache }) => [
      ['restic', '-r', repository, '--cache-dir', cache, 'forget', '--keep-last', '1', '--prune']
    ]
  },
  {
    name: 'borg',
    tool: TOOLS['borg']!,
    commands: ({ repository }) => [
      ['borg', 'prune', '--keep-last', '1', repository],
      ['borg', 'compact', repository]
    ]
  }
]

if (step === 'prepare') prepare(rest.length === 0 ? ['tercet', 'restic', 'borg'] : rest)
else if (step === 'measure') for (let round = 1; round <= Number(rest[0] ?? 1); round++) measureRound(round)
else throw new Error('prepare or measure?')

function placeOf(folder: string, name: string): Place {
  const at = (kind: string) => path.join(folder, `${kind}-${name}`)
  return {
    repository: at('repository'),
    cache: at('cache'),
    live: at('live'),
    out: '',
    oneFile: ''
  }
}

/** Each tool sees the same states, as the changes are made from seeds. */
function prepare(names: readonly string[]): void {
  const data = makeDataSet(path.join(work, 'data'), set)
  for (const name of names) {
    const tool = TOOLS[name]!
    const place = placeOf(ready, name)
    for (const folder of [place.repository, place.cache, place.live])
      fs.rmSync(folder, { recursive: true, force: true })
    fs.mkdirSync(ready, { recursive: true })
    fs.cpSync(data, place.live, { recursive: true, preserveTimestamps: true })
    const init = tool.init(place)
    if (init !== undefined) succeed(measure(init, tool.environment, work))
    for (let version = 0; version < VERSIONS; version++) {
      if (version > 0) changeDataSet(place.live, version)
      const command = tool
        .command('changed', place)!
        .map((word) => (word === `${place.repository}::changed` ? `${place.repository}::${version}` : word))
      succeed(measure(command, tool.environment, work))
    }
    fs.rmSync(place.live, { recursive: true })
    console.log(`${set}\t${name}\t${sizeOf(place.repository)} bytes in ${VERSIONS} versions`)
  }
}

function measureRound(round: number): void {
  const order = CONTESTANTS.map((_, i) => CONTESTANTS[(i + round) % CONTESTANTS.length]!)
  for (const { name, tool, commands } of order) {
    fs.rmSync(run, { recursive: true, force: true })
    fs.cpSync(ready, run, {
      recursive: true,
      preserveTimestamps: true,
      filter: (from) =>
        from === ready || path.relative(ready, from).split(path.sep)[0]!.endsWith(`-${tool.name}`)
    })
    // What borg remembers of a repository must be as old as the copy.
    const memory = path.join(work, 'borg-base')
    if (fs.existsSync(memory)) fs.cpSync(memory, path.join(run, 'borg-base'), { recursive: true })
    const place = placeOf(run, tool.name)
    const before = sizeOf(place.repository)
    spawnSync('sync')
    const done = commands(place).map((command) => measure(command, tool.environment, run))
    for (const one of done) succeed(one)
    const sum = (of: (one: Measurement) => number) => done.reduce((total, one) => total + of(one), 0)
    console.log(
      [
        round,
        set,
        name,
        `${sum(({ wallSeconds }) => wallSeconds).toFixed(2)} s`,
        `${sum(({ cpuSeconds }) => cpuSeconds).toFixed(2)} s of processor time`,
        `${Math.max(...done.map(({ residentMib }) => residentMib)).toFixed(0)} MiB`,
        `${mega(before)} MB before, ${mega(sizeOf(place.repository))} MB after`,
        `${Math.max(...done.map(({ otherCores = 0 }) => otherCores)).toFixed(2)} other cores`,
        ...(name.startsWith('tercet') ? [costs(done[0]!.output)] : [])
      ].join('\t')
    )
  }
  fs.rmSync(run, { recursive: true, force: true })
}

/** What Tercet says of itself. */
function costs(output: string): string {
  const result = output
    .split('\n')
    .flatMap((line) => (line.includes('"compaction"') ? [JSON.parse(line)] : []))[0]
  const { fetchedBytes, storedBytes, freedBytes, deletedVolumes, rewrittenVolumes } =
    (result?.result ?? result)?.compaction ?? {}
  return `fetched ${mega(fetchedBytes)} MB of ${rewrittenVolumes} volumes, stored ${mega(storedBytes)} MB, freed ${mega(freedBytes)} MB, ${deletedVolumes} volumes deleted`
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

function succeed({ exitCode, output }: Measurement): void {
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${output.slice(-2000)}`)
}

function sizeOf(folder: string): number {
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .reduce(
      (sum, entry) => sum + (entry.isFile() ? fs.statSync(path.join(entry.parentPath, entry.name)).size : 0),
      0
    )
}
