// Mirrors a destination to one replica and to three, beside `rclone sync` to one, to three in sequence, to three in
// parallel and to its union remote: `npm run bench:sync [-- --sets=mixed,src,many --ways=local,far --rounds=1
// --volumes=10000 --data=<folder> --only=Tercet]`. Initial, with nothing new, and with 1 % new. `npm run build` first. The backups that
// are mirrored are made outside of what is measured and kept in the folder; the Debian packages `time` and `rclone` are
// needed. `far` is WebDAV behind a way of 20 ms there and back and 50 MB/s.
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { type DataSet, makeDataSet } from './src/data-sets.ts'
import { createRandom, noiseBytes } from './src/random.ts'
import { discard, measureWay, openPlace, type SyncPlace, type Way } from './src/sync-places.ts'

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: 'mixed,src,many' },
    ways: { type: 'string', default: 'local,far' },
    rounds: { type: 'string', default: '1' },
    volumes: { type: 'string', default: '10000' },
    data: { type: 'string', default: join(tmpdir(), 'tercet-bench-sync') },
    cases: { type: 'string', default: 'one,three' },
    only: { type: 'string', default: '' }
  }
})
const run = promisify(execFile)
const work = mkdtempSync(join(tmpdir(), 'tercet-bench-sync-'))
const home = join(work, 'home')
const environment = {
  ...process.env,
  HOME: home,
  XDG_STATE_HOME: home,
  XDG_DATA_HOME: home,
  LC_ALL: 'C.UTF-8'
}
const program = join(import.meta.dirname, '../packages/cli/bin/tercet.js')

interface Cost {
  readonly wall: number
  readonly cpu: number
  readonly mib: number
}

/** All commands at the same time, each under GNU time. */
async function costOf(commands: readonly (readonly string[])[]): Promise<Cost> {
  const started = performance.now()
  const costs = await Promise.all(
    commands.map(async (command) => {
      const { stderr } = await run('/usr/bin/time', ['-q', '-f', '%U %S %M', ...command], {
        env: environment,
        maxBuffer: 2 ** 28
      })
      return (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
    })
  )
  const wall = (performance.now() - started) / 1000
  const sum = (of: (cost: readonly number[]) => number) => costs.reduce((total, cost) => total + of(cost), 0)
  return {
    wall,
    cpu: sum(([user = 0, system = 0]) => user + system),
    mib: sum(([, , kib = 0]) => kib) / 1024
  }
}

async function inTurn(commands: readonly (readonly string[])[]): Promise<Cost> {
  let total: Cost = { wall: 0, cpu: 0, mib: 0 }
  for (const command of commands) {
    const { wall, cpu, mib } = await costOf([command])
    total = { wall: total.wall + wall, cpu: total.cpu + cpu, mib: Math.max(total.mib, mib) }
  }
  return total
}

const rclone = (from: SyncPlace, to: string) => ['rclone', 'sync', '-q', from.remote, to]
const tercet = (from: SyncPlace, to: readonly SyncPlace[]) => [
  ...[process.execPath, program, 'sync', from.url, ...to.map(({ url }) => url), '--yes']
]
const union = (to: readonly SyncPlace[]) =>
  `:union,create_policy=all,action_policy=all,upstreams='${to.map(({ remote }) => remote.replaceAll("'", "''")).join(' ')}':`

interface Contender {
  readonly name: string
  readonly replicas: number
  run(from: SyncPlace, to: readonly SyncPlace[]): Promise<Cost>
}

const CONTENDERS: readonly Contender[] = [
  { name: 'Tercet, one', replicas: 1, run: (from, to) => costOf([tercet(from, to)]) },
  { name: 'rclone, one', replicas: 1, run: (from, [to]) => costOf([rclone(from, (to as SyncPlace).remote)]) },
  { name: 'Tercet, three', replicas: 3, run: (from, to) => costOf([tercet(from, to)]) },
  {
    name: 'rclone, three in parallel',
    replicas: 3,
    run: (from, to) => costOf(to.map(({ remote }) => rclone(from, remote)))
  },
  {
    name: 'rclone, three in sequence',
    replicas: 3,
    run: (from, to) => inTurn(to.map(({ remote }) => rclone(from, remote)))
  },
  { name: 'rclone, union of three', replicas: 3, run: (from, to) => costOf([rclone(from, union(to))]) }
]

/** The folder of a destination to be mirrored, kept for the next time. */
function destinationOf(set: string): string {
  const folder = join(values.data, `${set}-destination${set === 'many' ? `-${values.volumes}` : ''}`)
  if (existsSync(folder)) return folder
  mkdirSync(folder, { recursive: true })
  if (set === 'many') {
    addVolumes(folder, Number(values.volumes), 1)
    return folder
  }
  const source = makeDataSet(values.data, set as DataSet)
  const command = [program, 'backup', `file://${folder}`, source, '--no-encryption']
  const made = spawnSync(process.execPath, command, { env: environment, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`The backup of ${set} failed: ${made.stderr}`)
  return folder
}

function addVolumes(folder: string, count: number, seed: number): void {
  const random = createRandom(seed)
  for (let n = 0; n < count; n++) {
    const id = Buffer.from(noiseBytes(random, 16)).toString('hex')
    writeFileSync(join(folder, `duplicati-b${id}.dblock.zip.aes`), noiseBytes(random, 65_536))
  }
  const time = new Date(Date.UTC(2026, 0, 1, 0, 0, seed)).toISOString().slice(0, 19).replace(/[-:]/g, '')
  writeFileSync(join(folder, `duplicati-${time}Z.dlist.zip.aes`), noiseBytes(random, 65_536))
}

/** 1 % more, in volumes like those that are there. */
function addNew(folder: string): void {
  const files = readdirSync(folder).filter((name) => name.includes('.dblock.'))
  addVolumes(folder, Math.max(1, Math.round(files.length / 100)), 2)
}

/** What four at a time cannot be faster than: for each file the longer of a get and a put. */
async function tellIdeal(set: string, kept: string): Promise<void> {
  const place = await openPlace(join(work, 'way'), 'far')
  try {
    const { get, put, wholePut } = await measureWay(place)
    const rounds = readdirSync(kept).length / 4
    for (const [how, time] of [
      ['put', put],
      ['put that is looked at and named', wholePut]
    ] as const)
      console.log(
        `| ${set}, far | get ${get.toFixed(0)} ms, ${how} ${time.toFixed(0)} ms | ideal for files of 64 KiB, four at a time | ${((rounds * Math.max(get, time)) / 1000).toFixed(2)} s | – | – | – |`
      )
  } finally {
    place.close()
  }
}

async function compare(set: string, way: Way): Promise<void> {
  const kept = destinationOf(set)
  if (way === 'far') await tellIdeal(set, kept)
  const wanted = CONTENDERS.filter(
    ({ name, replicas }) =>
      values.cases.includes(replicas === 1 ? 'one' : 'three') && name.includes(values.only)
  )
  for (const contender of wanted) {
    const folder = join(work, 'primary')
    cpSync(kept, folder, { recursive: true, preserveTimestamps: true })
    const primary = await openPlace(folder, way)
    const replicas = await Promise.all(
      Array.from({ length: contender.replicas }, (_, n) => openPlace(join(work, `replica-${n}`), way))
    )
    try {
      for (const step of ['initial', 'nothing new', '1 % new']) {
        if (step === '1 % new') {
          addNew(folder)
          await primary.changed()
        }
        const before = primary.downBytes()
        const { wall, cpu, mib } = await contender.run(primary, replicas)
        const read =
          before === undefined ? '–' : `${(((primary.downBytes() ?? 0) - before) / 1e6).toFixed(1)} MB`
        console.log(
          `| ${set}, ${way} | ${step} | ${contender.name} | ${wall.toFixed(2)} s | ${cpu.toFixed(2)} s | ${Math.round(mib)} MiB | ${read} |`
        )
      }
      assertEqual(folder, replicas)
    } finally {
      for (const place of [primary, ...replicas]) {
        place.close()
        discard(place.folder, join(work, 'away'))
      }
    }
  }
}

function assertEqual(folder: string, replicas: readonly SyncPlace[]): void {
  const names = readdirSync(folder).sort().join('\n')
  for (const replica of replicas)
    if (readdirSync(replica.folder).sort().join('\n') !== names)
      throw new Error(`${replica.folder} is not equal`)
}

try {
  mkdirSync(home, { recursive: true })
  console.log('| set | step | program | clock | processor | memory | read from the primary |')
  console.log('|---|---|---|--:|--:|--:|--:|')
  for (let round = 0; round < Number(values.rounds); round++)
    for (const set of values.sets.split(','))
      for (const way of values.ways.split(',')) await compare(set, way as Way)
} finally {
  rmSync(work, { recursive: true, force: true })
}
