// Compares backends with rclone on the same servers, in the same run and with as many transfers at the same time:
// `npm run bench:backends [-- --quick] [--only=s3,azure] [--sets=large,small] [--memory=MiB]`. Prints tables in Markdown.
// Times are those on the clock, with those on the processor and the largest resident size so far in parentheses; the Debian
// package `time` is needed. This process limits its memory as the program does. `--data=folder` keeps the files
// that are put there for the next run, `--limit=seconds` gives rclone up after so long, `--count=n` changes the number of
// small objects, and `--reverse` lets rclone go first.
// With `--memory` one object of so many MiB goes in and out of each instead, and the memory of that is told.
import { closeSync, openSync, writevSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ByteSource, StorageBackend } from '@tercet/interface'
import { measureTransfer } from '@tercet/testkit-servers'
import { limitMemory } from '../packages/cli/src/limit-memory.ts'
import { type Place, TARGETS, type Target } from './src/backend-targets.ts'
import { type Cost, costOf, costOfRclone, rclone, shown, sumOf } from './src/transfer-cost.ts'

limitMemory()

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(TARGETS).join(',') },
    sets: { type: 'string', default: 'large,small' },
    memory: { type: 'string' },
    data: { type: 'string' },
    reverse: { type: 'boolean', default: false },
    limit: { type: 'string', default: '600' },
    count: { type: 'string' }
  }
})
const AT_ONCE = 4
const MiB = 1024 * 1024
const SETS = [
  { kind: 'large', what: 'volumes of 50 MB', count: values.quick ? 6 : 20, bytes: 50_000_000 },
  {
    kind: 'small',
    what: 'objects of 64 KiB',
    count: Number(values.count ?? (values.quick ? 500 : 10_000)),
    bytes: 65_536
  }
].filter(({ kind }) => values.sets.split(',').includes(kind))

const folder = await mkdtemp(join(tmpdir(), 'tercet-bench-backends-'))
const configFile = join(folder, 'rclone.conf')

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
    const files = join(values.data ?? folder, `${kind}-${count}`)
    await makeFiles(files, count, bytes)
    await compareSet(target, `bench-${kind}`, files, bytes, `${count} ${what}`)
    if (values.data === undefined) await rm(files, { recursive: true })
  }
}

async function compareSet(
  target: Target,
  name: string,
  files: string,
  size: number,
  set: string
): Promise<void> {
  const names = await readdir(files)
  const place = await target.place(name, configFile)
  await using backend = await openAt(target, place)
  const store = `store:${place.rclonePath}`
  const flags = ['--config', configFile, '--transfers', `${AT_ONCE}`, '--checkers', `${AT_ONCE}`]
  const back = join(folder, 'back')
  const row = async (
    what: string,
    tercet: () => Promise<unknown>,
    other: readonly string[],
    rest?: () => Promise<unknown>
  ) => {
    let theirs: Cost | undefined
    const ofRclone = async () => {
      if (target.remote) theirs = await costOfRclone([...flags, ...other], Number(values.limit))
    }
    if (values.reverse && rest === undefined) await ofRclone()
    let ours = await costOf(tercet)
    if (!values.reverse || rest !== undefined) await ofRclone()
    if (rest !== undefined) ours = sumOf(ours, await costOf(rest))
    console.log(`| ${what} ${set} | ${shown(ours)} | ${shown(theirs)} | ${ratioOf(ours, theirs)} |`)
    return theirs?.isCut === true
  }
  const putAll = (to: StorageBackend, what: readonly string[]) =>
    inLanes(what, (name) => to.put(name, fileSource(join(files, name), size)))
  if (await row('put', () => putAll(backend, names), ['copy', files, store])) {
    // What follows is to be the same work for both.
    await using other = await openAt(target, await target.place(`${name}-rclone`, configFile))
    const stored = new Set((await Array.fromAsync(other.list())).map(({ path }) => path))
    await putAll(
      other,
      names.filter((name) => !stored.has(name))
    )
  }
  await mkdir(back)
  const getOne = size < MiB ? downloadSmall : download
  await row('get', () => inLanes(names, (name) => getOne(backend, name, join(back, name))), [
    ...['copy', '--no-check-dest', store],
    `${back}-rclone`
  ])
  for (const each of [back, `${back}-rclone`]) await rm(each, { recursive: true, force: true })
  await row('list', () => Array.fromAsync(backend.list()), [
    ...['lsf', '--use-server-modtime', '--format', 'ps', store]
  ])
  // Half of them before rclone's and half of them after: some servers take the longer for each the more there are.
  const half = Math.ceil(names.length / 2)
  await row(
    'delete',
    () => backend.deleteMany(names.slice(0, half)),
    ['delete', store],
    () => backend.deleteMany(names.slice(half))
  )
}

function ratioOf(ours: Cost, theirs: Cost | undefined): string {
  if (theirs === undefined) return '–'
  return (theirs.isCut ? 'below ' : '') + (ours.wall / theirs.wall).toFixed(2)
}

async function openAt({ package: from, opener }: Target, { options }: Place): Promise<StorageBackend> {
  const module = (await import(from)) as Record<string, (options: object) => Promise<StorageBackend>>
  const backend = await (module[opener] as (options: object) => Promise<StorageBackend>)(options)
  if (backend.capabilities.createFolder) await backend.createFolder('')
  return backend
}

async function makeFiles(into: string, count: number, bytes: number): Promise<void> {
  const made = await readdir(into).catch(() => [])
  if (made.length === count) {
    for (const name of made) await readFile(join(into, name)) // so that the first who reads them does not wait for the disk
    return
  }
  await mkdir(into, { recursive: true })
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

/** A small one is written when it is whole, by calls that wait: to ask the threads for each of three takes longer. */
async function downloadSmall(backend: StorageBackend, name: string, to: string): Promise<void> {
  const chunks = await Array.fromAsync(backend.get(name))
  const file = openSync(to, 'wx')
  writevSync(file, chunks)
  closeSync(file)
}

/** What has come is written while more comes. */
async function download(backend: StorageBackend, name: string, to: string): Promise<void> {
  await using file = await open(to, 'wx')
  let writing: Promise<unknown> = Promise.resolve()
  let batch: Uint8Array[] = []
  let bytes = 0
  const write = async (): Promise<void> => {
    await writing
    writing = batch.length === 0 ? Promise.resolve() : file.writev(batch)
    writing.catch(() => {}) // told by the next one
    batch = []
    bytes = 0
  }
  for await (const chunk of backend.get(name)) {
    batch.push(chunk)
    bytes += chunk.byteLength
    if (bytes >= MiB) await write()
  }
  await write()
  await writing
}

async function inLanes(names: readonly string[], work: (name: string) => Promise<unknown>): Promise<void> {
  const queue = names.values()
  const lane = async (): Promise<void> => {
    for (const name of queue) await work(name)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}
