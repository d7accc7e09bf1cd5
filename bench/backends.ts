// Compares backends with rclone on the same servers, in the same run and with as many transfers at the same time:
// `npm run bench:backends [-- --quick] [--only=s3,azure] [--sets=large,small] [--memory=MiB]`. Prints tables in Markdown.
// Times are those on the clock, with those on the processor in parentheses; the Debian package `time` is needed.
// With `--memory` one object of so many MiB goes in and out of each instead, and the memory of that is told.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import type { ByteSource, StorageBackend } from '@tercet/interface'
import { measureTransfer } from '@tercet/testkit-servers'
import { type Place, TARGETS, type Target } from './src/backend-targets.ts'

const run = promisify(execFile)
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(TARGETS).join(',') },
    sets: { type: 'string', default: 'large,small' },
    memory: { type: 'string' }
  }
})
const AT_ONCE = 4
const MiB = 1024 * 1024
const SETS = [
  { kind: 'large', what: 'volumes of 50 MB', count: values.quick ? 6 : 20, bytes: 50_000_000 },
  { kind: 'small', what: 'objects of 64 KiB', count: values.quick ? 500 : 10_000, bytes: 65_536 }
].filter(({ kind }) => values.sets.split(',').includes(kind))

const folder = await mkdtemp(join(tmpdir(), 'tercet-bench-backends-'))
const configFile = join(folder, 'rclone.conf')
// The client in rclone refuses to work where this is set.
const { AWS_CA_BUNDLE: _, ...environment } = process.env

async function rclone(...args: string[]): Promise<string> {
  return (await run('rclone', args, { env: environment })).stdout
}

/** Seconds on the clock and on the processor. */
interface Cost {
  readonly wall: number
  readonly cpu: number
}

/** Of rclone, as GNU time sees the process. */
async function costOfRclone(args: readonly string[]): Promise<Cost> {
  const started = performance.now()
  const { stderr } = await run('/usr/bin/time', ['-q', '-f', '%U %S', 'rclone', ...args], {
    env: environment
  })
  const wall = (performance.now() - started) / 1000
  const [user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
  return { wall, cpu: user + system }
}

/** Of this process. */
async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const before = process.cpuUsage()
  const started = performance.now()
  await work()
  const wall = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(before)
  return { wall, cpu: (user + system) / 1e6 }
}

try {
  for (const name of values.only.split(',')) {
    const start = TARGETS[name]
    if (start === undefined) throw new RangeError(`There is no ${name}: ${Object.keys(TARGETS).join(', ')}`)
    await using target = await start(async (password) => (await rclone('obscure', password)).trim())
    const lines = Object.entries(target.remote ?? {}).map(([key, value]) => `${key} = ${value}`)
    await writeFile(configFile, `[store]\n${lines.join('\n')}\n`)
    if (values.memory === undefined) await compare(target)
    else await measureMemory(target, Number(values.memory) * MiB)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measureMemory(target: Target, bytes: number): Promise<void> {
  const { options } = await target.place('memory', configFile)
  const module = import.meta.resolve(target.package)
  const started = performance.now()
  const { peakBytes } = await measureTransfer({ module, name: target.opener, options }, bytes)
  const seconds = (performance.now() - started) / 1000
  const size = `${bytes / MiB} MiB in and out of ${target.server}`
  console.log(`${size}: ${Math.round(peakBytes / MiB)} MiB at most, ${seconds.toFixed(0)} s`)
}

async function compare(target: Target): Promise<void> {
  console.log(`\n| ${target.server}, ${AT_ONCE} at once | Tercet | rclone | ratio |`)
  console.log('|---|---|---|---|')
  for (const { kind, what, count, bytes } of SETS) {
    const files = join(folder, 'files')
    await makeFiles(files, count, bytes)
    const place = await target.place(`bench-${kind}`, configFile)
    await compareSet(target, place, files, bytes, `${count} ${what}`)
    await rm(files, { recursive: true })
  }
}

async function compareSet(
  target: Target,
  place: Place,
  files: string,
  size: number,
  set: string
): Promise<void> {
  const names = await readdir(files)
  const module = (await import(target.package)) as Record<
    string,
    (options: object) => Promise<StorageBackend>
  >
  await using backend = await (module[target.opener] as (options: object) => Promise<StorageBackend>)(
    place.options
  )
  if (backend.capabilities.createFolder) await backend.createFolder('')
  const store = `store:${place.rclonePath}`
  const flags = ['--config', configFile, '--transfers', `${AT_ONCE}`, '--checkers', `${AT_ONCE}`]
  const back = join(folder, 'back')
  const row = async (what: string, tercet: () => Promise<unknown>, other: readonly string[]) => {
    const ours = await costOf(tercet)
    const theirs = target.remote === undefined ? undefined : await costOfRclone([...flags, ...other])
    const show = (cost: Cost | undefined): string =>
      cost === undefined ? '–' : `${cost.wall.toFixed(2)} s (${cost.cpu.toFixed(2)} s)`
    const ratio = theirs === undefined ? '–' : (ours.wall / theirs.wall).toFixed(2)
    console.log(`| ${what} ${set} | ${show(ours)} | ${show(theirs)} | ${ratio} |`)
  }
  await row('put', () => inLanes(names, (name) => backend.put(name, fileSource(join(files, name), size))), [
    'copy',
    files,
    store
  ])
  await mkdir(back)
  await row('get', () => inLanes(names, (name) => download(backend, name, join(back, name))), [
    ...['copy', '--no-check-dest', store],
    `${back}-rclone`
  ])
  for (const each of [back, `${back}-rclone`]) await rm(each, { recursive: true, force: true })
  await row('list', () => Array.fromAsync(backend.list()), [
    ...['lsf', '--use-server-modtime', '--format', 'ps', store]
  ])
  await row('delete', () => backend.deleteMany(names), ['delete', store])
}

async function makeFiles(into: string, count: number, bytes: number): Promise<void> {
  await mkdir(into)
  const content = Buffer.alloc(bytes)
  for (let at = 0; at < bytes; at += 4) content.writeUInt32LE((at * 2_654_435_761) >>> 0, at)
  for (let index = 0; index < count; index++) {
    content.writeUInt32LE(index, 0)
    await writeFile(join(into, `volume-${String(index).padStart(6, '0')}`), content)
  }
}

/** A file of this machine, as a backup has its volumes. */
function fileSource(path: string, size: number): ByteSource {
  return {
    size,
    localFile: { path, adoptable: false },
    open: () => readChunks(path, size)
  }
}

async function* readChunks(path: string, size: number): AsyncGenerator<Buffer> {
  await using file = await open(path)
  for (let left = size; left > 0; ) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(left, 512 * 1024))
    const { bytesRead } = await file.read(chunk)
    yield chunk.subarray(0, bytesRead)
    left -= bytesRead
  }
}

async function download(backend: StorageBackend, name: string, to: string): Promise<void> {
  await using file = await open(to, 'wx')
  for await (const chunk of backend.get(name)) await file.write(chunk)
}

async function inLanes(names: readonly string[], work: (name: string) => Promise<unknown>): Promise<void> {
  const queue = names.values()
  const lane = async (): Promise<void> => {
    for (const name of queue) await work(name)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}
