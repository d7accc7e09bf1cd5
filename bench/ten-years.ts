// Ten years of daily backups with changes, retention and compaction, through the whole library: what is kept, what the
// destination and the catalog hold, and how long a run takes, year by year. Ends with every version verified.
// node --conditions=@tercet/source bench/ten-years.ts [runs]
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryBackend } from '@tercet/backend-memory'
import { openBackup } from '@tercet/sdk'
import { compareTrees, describeTree } from '@tercet/testkit-data'
import { createRandom, createVirtualClock } from '@tercet/testkit-faults'

const RUNS = Number(process.argv[2] ?? 3650)
const DAY_MS = 86_400_000
const YEAR_RUNS = 365
const JITTER_MS = 30 * 60_000
const START = Date.UTC(2016, 0, 1, 3)
const FILES = 200
const CHANGED_A_DAY = 3
/** All sizes are about a thousandth of what they are in life. */
const MEAN_BYTES = 8192
const SETTINGS = { blockSizeBytes: 4096, volumeSizeBytes: 1024 * 1024, testSamples: 0 }
const RETENTION = '1W:1D,4W:1W,12M:1M'

const random = createRandom(2016)
const clock = createVirtualClock({ startAt: new Date(START), auto: false })
const store = createMemoryBackend()
const folder = mkdtempSync(join(tmpdir(), 'tercet-years-'))
const source = join(folder, 'source')
const catalogPath = join(folder, 'catalog.sqlite')
const alive: string[] = []
let made = 0

/** One row of the table that is printed. */
interface Year {
  readonly times: number[]
  readonly processor: number[]
  storedBytes: number
  compactions: number
}

try {
  for (let i = 0; i < FILES; i++) addFile()
  console.log(
    'year  versions  dblock  dindex  dlist  stored MB  tree MB  catalog MB  put MB  compactions  run ms (middle, 99 %, most)  cpu ms'
  )
  let year = newYear()
  for (let run = 1; run <= RUNS; run++) {
    await clock.advance(START + run * DAY_MS + random.integer(JITTER_MS) - clock.now())
    if (run > 1) changeTree()
    await backUp(year)
    if (run % YEAR_RUNS === 0 || run === RUNS) {
      await tell(Math.ceil(run / YEAR_RUNS), year)
      year = newYear()
    }
  }
  await proveWhole()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function newYear(): Year {
  return { times: [], processor: [], storedBytes: 0, compactions: 0 }
}

function open() {
  return openBackup({
    destination: store,
    keepDestinationOpen: true,
    passphrase: 'ten years',
    catalogPath,
    clock,
    workers: 0
  })
}

/** As a program of its own would: opens everything, runs, and closes it again. */
async function backUp(year: Year): Promise<void> {
  const started = performance.now()
  const used = process.cpuUsage()
  await using backup = await open()
  const result = await backup.run({ sources: [source], retentionPolicy: RETENTION, ...SETTINGS })
  const { user, system } = process.cpuUsage(used)
  year.times.push(performance.now() - started)
  year.processor.push((user + system) / 1000)
  year.storedBytes += result.storedBytes + (result.compaction?.storedBytes ?? 0)
  if ((result.compaction?.rewrittenVolumes ?? 0) > 0) year.compactions++
  if (result.outcome !== 'success')
    throw new Error(`${new Date(clock.now()).toISOString()}: ${JSON.stringify(result.issues)}`)
}

function addFile(): void {
  const path = join(source, `folder-${made % 12}`, `file-${made}`)
  mkdirSync(join(path, '..'), { recursive: true })
  alive.push(path)
  made++
  writeFile(path)
}

function writeFile(path: string): void {
  writeFileSync(path, random.bytes(1 + random.integer(2 * MEAN_BYTES)))
  const seconds = clock.now() / 1000
  utimesSync(path, seconds, seconds)
}

/** Some files change, one comes and one goes; each of them may be any. */
function changeTree(): void {
  for (let i = 0; i < CHANGED_A_DAY; i++) writeFile(alive[random.integer(alive.length)]!)
  const [gone] = alive.splice(random.integer(alive.length), 1)
  rmSync(gone!)
  addFile()
}

async function tell(number: number, { times, processor, storedBytes, compactions }: Year): Promise<void> {
  const counts = { dblock: 0, dindex: 0, dlist: 0 }
  let bytes = 0
  for await (const { path, sizeBytes = 0 } of store.list()) {
    bytes += sizeBytes
    for (const type of ['dblock', 'dindex', 'dlist'] as const) if (path.includes(`.${type}.`)) counts[type]++
  }
  await using backup = await open()
  const versions = (await Array.fromAsync(backup.versions())).length
  const tree = alive.reduce((sum, path) => sum + statSync(path).size, 0)
  const spread = [0.5, 0.99, 1].map((share) => quantile(times, share).toFixed(0)).join(', ')
  console.log(
    [
      String(number).padEnd(4),
      versions,
      counts.dblock,
      counts.dindex,
      counts.dlist,
      megabytes(bytes),
      megabytes(tree),
      megabytes(statSync(catalogPath).size),
      megabytes(storedBytes),
      compactions,
      spread,
      quantile(processor, 0.5).toFixed(0)
    ].join('  ')
  )
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * share) - 1]!
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(2)
}

/** Everything that is left can be read, and the newest version is the tree as it is. */
async function proveWhole(): Promise<void> {
  await using backup = await open()
  const { verified, defects } = await backup.verify({ samples: 'all', blockShare: 1 })
  const to = join(folder, 'restored')
  await backup.restore({ to })
  const differences = compareTrees(await describeTree(source), await describeTree(to))
  console.log(`${verified} volumes verified, ${defects.length} defects, ${differences.length} differences`)
  if (defects.length + differences.length > 0) process.exitCode = 1
}
