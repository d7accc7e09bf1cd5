/**
 * What watching costs: the time until many folders are watched, memory for each, processor time while nothing happens, and
 * the time from a file's close until the version that has it is stored, beyond the quiet time.
 *
 *   npm run bench:watch-figures -- [--prepare] [--folders 100000] [--idle 60] [--rounds 60] [--method fanotify,inotify]
 *     [--work DIR]
 *
 * `--prepare` only makes the folders. The memory of the kernel is that of the whole machine: nothing else should run.
 */
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openBackup } from '@tercet/sdk'
import { openChangeJournal, type WatchMethod } from '@tercet/source-watch'

const QUIET_MS = 300
const SECOND_MS = 1100
const FOLDERS_BESIDE = 100

const { values } = parseArgs({
  options: {
    prepare: { type: 'boolean', default: false },
    folders: { type: 'string', default: '100000' },
    idle: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '60' },
    method: { type: 'string', default: 'fanotify,inotify' },
    work: { type: 'string', default: path.join(os.tmpdir(), 'tercet-bench-watch-figures') }
  }
})

const work = path.resolve(values.work)
const root = path.join(work, 'root')
if (!fs.existsSync(root)) makeFolders(Number(values.folders))
if (!values.prepare) {
  process.stdout.write(
    '| method | folders | until watched, ms | resident, bytes a folder | kernel, bytes a folder | CPU of an idle minute, ms | close to stored, p50, ms | p99, ms |\n|---|--:|--:|--:|--:|--:|--:|--:|\n'
  )
  for (const method of values.method.split(',') as WatchMethod[]) await measure(method)
}

async function measure(method: WatchMethod): Promise<void> {
  const folders = Number(values.folders)
  const place = path.join(work, method)
  fs.rmSync(place, { recursive: true, force: true })
  fs.mkdirSync(place)
  const figures: number[] = []
  {
    const [resident, kernel] = [await residentBytes(), kernelBytes()]
    const started = performance.now()
    await using journal = await openChangeJournal({
      roots: [root],
      store: path.join(place, 'journal'),
      method
    })
    figures.push(performance.now() - started)
    await journal.settle((await journal.changes()).cursor, 'one')
    figures.push(((await residentBytes()) - resident) / folders, (kernelBytes() - kernel) / folders)
    const before = process.cpuUsage()
    await after(Number(values.idle) * 1000)
    const { user, system } = process.cpuUsage(before)
    figures.push(((user + system) / 1000) * (60 / Number(values.idle)))
  }
  const delays = await closeToStored(method, place)
  figures.push(...[0.5, 0.99].map((share) => delays[Math.floor(delays.length * share)]!))
  process.stdout.write(
    `| ${[method, folders, ...figures.map((figure) => figure.toFixed(0))].join(' | ')} |\n`
  )
}

/** Milliseconds beyond the quiet time, sorted. */
async function closeToStored(method: WatchMethod, place: string): Promise<number[]> {
  const source = path.join(place, 'source')
  fs.mkdirSync(source)
  for (let count = 0; count < 1000; count++) fs.writeFileSync(path.join(source, `${count}`), `${count}`)
  const delays: number[] = []
  let storedAt = 0
  await using backup = await openBackup({
    destination: path.join(place, 'destination'),
    catalogPath: path.join(place, 'catalog.sqlite'),
    encryption: 'none'
  })
  const runs = backup.watch({
    sources: [source],
    quietTimeMs: QUIET_MS,
    watchMethod: method,
    testSamples: 0,
    onVolumeStored: async () => {
      storedAt = performance.now()
    }
  })
  await runs.next()
  for (let round = 0; round < Number(values.rounds); round++) {
    // Times of versions are whole seconds: one that came right after another would wait for the next.
    await after(SECOND_MS)
    const next = runs.next()
    fs.writeFileSync(path.join(source, `${(round * 37) % 1000}`), `${round} ${process.hrtime.bigint()}`)
    const closedAt = performance.now()
    await next
    delays.push(storedAt - closedAt - QUIET_MS)
  }
  await runs.return()
  return delays.sort((left, right) => left - right)
}

async function residentBytes(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    globalThis.gc?.()
    await after(50)
  }
  return process.memoryUsage().rss
}

/** What the kernel keeps for its own structures, on the whole machine. */
function kernelBytes(): number {
  return Number(/^Slab:\s+(\d+)/m.exec(fs.readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024
}

function makeFolders(count: number): void {
  for (let index = 0; index < count; index++) {
    const above = path.join(
      root,
      `${Math.floor(index / FOLDERS_BESIDE / 100)}`,
      `${Math.floor(index / FOLDERS_BESIDE)}`
    )
    fs.mkdirSync(path.join(above, `${index}`), { recursive: true })
  }
}
