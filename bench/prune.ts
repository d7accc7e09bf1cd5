/**
 * Deletes nine of ten versions and gives back the space, with Tercet, restic and borg on the same source states: a first
 * backup, then nine more, each after about 1 % of the source has changed.
 *
 *   node bench/prune.ts prepare src [tercet restic borg]   the repositories, kept in the work folder
 *   node bench/prune.ts measure src [rounds] [tercet …]    copies of them, each command alone under GNU time
 *   node bench/prune.ts least src                          the least that any tool would have to fetch and store
 *   node bench/prune.ts memory big                         what compaction takes, the more it has to move
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
else if (step === 'measure')
  for (let round = 1; round <= Number(rest[0] ?? 1); round++) measureRound(round, rest.slice(1))
else if (step === 'least') tellLeast()
else if (step === 'memory') tellMemory()
else throw new Error('prepare, measure, least or memory?')

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

/** @param names of the contestants; empty: all */
function measureRound(round: number, names: readonly string[]): void {
  const chosen = CONTESTANTS.filter(({ name }) => names.length === 0 || names.includes(name))
  const order = chosen.map((_, i) => chosen[(i + round) % chosen.length]!)
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
  const { fetchedBytes, storedBytes, freedBytes, deletedVolumes, rewrittenVolumes } =
    resultOf(output).compaction ?? {}
  return `fetched ${mega(fetchedBytes)} MB of ${rewrittenVolumes} volumes, stored ${mega(storedBytes)} MB, freed ${mega(freedBytes)} MB, ${deletedVolumes} volumes deleted`
}

/** The last line that a command prints with `--json`. */
function resultOf(output: string) {
  const last = output.split('\n').findLast((line) => line.startsWith('{'))
  const line = JSON.parse(last ?? '{}')
  return line.result ?? line
}

interface VolumeUse {
  readonly sizeBytes: number
  readonly dataBytes: number
  readonly wastedBytes: number
}

/**
 * What has to be moved to leave no more than a share of waste, whoever does it and however well: of a volume that goes
 * only what is needed is fetched and stored again, those come first that free the most for it, and the last one is
 * taken in part. A volume of which nothing is needed costs nothing.
 */
function tellLeast(): void {
  const place = linkedPlace()
  const [deleting] = tercet('tercet', '--no-auto-compact').commands(place)
  const { environment } = TOOLS['tercet']!
  succeed(measure(deleting!, environment, run))
  const planning = deleting!
    .filter((word) => !/^--(keep|no-auto)/.test(word))
    .map((word) => (word === 'delete' ? 'compact' : word))
  const { output } = measure([...planning, '--dry-run', '--threshold=0'], environment, run)
  const { plan } = resultOf(output)
  fs.rmSync(run, { recursive: true, force: true })
  const volumes: VolumeUse[] = [...plan.volumesToDelete, ...plan.volumesToRewrite]
  console.log(
    `${set}\t${plan.volumes} volumes, ${mega(plan.dataBytes)} MB of data, of which ${mega(plan.wastedBytes)} MB are wasted`
  )
  for (const percent of [25, 5, 0])
    console.log(
      `${set}\tdown to ${percent} % of waste\t${mega(leastBytes(plan, volumes, percent))} MB fetched and stored`
    )
}

/** The same destination each time, of which compaction may fetch more and more. */
function tellMemory(): void {
  const { environment } = TOOLS['tercet']!
  for (const megabytes of [50, 100, 200, 400, 800, 1600]) {
    const limited = tercet('tercet-5', '--threshold=5', `--max-download=${megabytes}mb`)
    const [command] = limited.commands(linkedPlace())
    const done = measure(command!, environment, run)
    succeed(done)
    const { residentMib } = done
    console.log(`${set}\tat most ${megabytes} MiB\t${residentMib.toFixed(0)} MiB\t${costs(done.output)}`)
  }
  fs.rmSync(run, { recursive: true, force: true })
}

/** Nothing is ever written into a volume that is there, so that links are enough. */
function linkedPlace(): Place {
  const place = placeOf(run, 'tercet')
  fs.rmSync(run, { recursive: true, force: true })
  fs.mkdirSync(run, { recursive: true })
  const copied = placeOf(ready, 'tercet')
  spawnSync('cp', ['-al', copied.repository, place.repository])
  fs.cpSync(copied.cache, place.cache, { recursive: true })
  return place
}

function leastBytes(
  plan: Pick<VolumeUse, 'dataBytes' | 'wastedBytes'>,
  volumes: readonly VolumeUse[],
  percent: number
): number {
  const share = ({ dataBytes, wastedBytes }: VolumeUse) => wastedBytes / dataBytes
  let { dataBytes, wastedBytes } = plan
  let moved = 0
  for (const volume of volumes.toSorted((a, b) => share(b) - share(a))) {
    // What may stay of the waste when `x` of it is gone: wasted - x <= percent of (data - x).
    const tooMuch = (wastedBytes - (percent / 100) * dataBytes) / (1 - percent / 100)
    if (tooMuch <= 0) break
    const part = Math.min(1, tooMuch / volume.wastedBytes)
    const packed = volume.sizeBytes / volume.dataBytes
    moved += part * packed * (volume.dataBytes - volume.wastedBytes)
    dataBytes -= part * volume.wastedBytes
    wastedBytes -= part * volume.wastedBytes
  }
  return moved
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
