// Compares the S3 backend with rclone on the same gateway, in the same run and with as many transfers at the same time:
// `npm run bench:backends [-- --quick]`. Prints a table in Markdown.
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createS3Backend, createS3Bucket } from '@tercet/backend-s3'
import type { ByteSource, StorageBackend } from '@tercet/interface'
import { startCeph } from '@tercet/testkit-servers'

const run = promisify(execFile)
const isQuick = process.argv.includes('--quick')
const AT_ONCE = 4
const SETS = isQuick
  ? [
      { name: '6 volumes of 50 MB', count: 6, bytes: 50_000_000 },
      { name: '500 objects of 64 KiB', count: 500, bytes: 65_536 }
    ]
  : [
      { name: '20 volumes of 50 MB', count: 20, bytes: 50_000_000 },
      { name: '10 000 objects of 64 KiB', count: 10_000, bytes: 65_536 }
    ]

interface Row {
  readonly name: string
  readonly tercet: number
  readonly rclone: number
}

const folder = await mkdtemp(join(tmpdir(), 'tercet-bench-backends-'))
try {
  await using ceph = await startCeph()
  const { endpoint, accessKeyId, secretAccessKey } = ceph
  const config = join(folder, 'rclone.conf')
  const remote = {
    type: 's3',
    provider: 'Ceph',
    endpoint,
    access_key_id: accessKeyId,
    secret_access_key: secretAccessKey
  }
  const lines = Object.entries(remote).map(([key, value]) => `${key} = ${value}`)
  await writeFile(config, `[store]\n${lines.join('\n')}\n`)
  const rclone = async (...args: string[]): Promise<void> => {
    const flags = ['--config', config, '--transfers', String(AT_ONCE), '--checkers', String(AT_ONCE)]
    await run('rclone', [...flags, ...args], { env: { ...process.env, AWS_CA_BUNDLE: undefined } })
  }
  const rows: Row[] = []
  for (const [index, set] of SETS.entries()) {
    const files = join(folder, `set-${index}`)
    await makeFiles(files, set.count, set.bytes)
    const names = await readdir(files)
    const options = { bucket: `bucket-${index}`, endpoint, credentials: { accessKeyId, secretAccessKey } }
    await createS3Bucket(options)
    await createS3Bucket({ ...options, bucket: `rclone-${index}` })
    await using backend = createS3Backend(options)
    const row = async (what: string, tercet: () => Promise<unknown>, other: () => Promise<unknown>) => {
      rows.push({ name: `${what} ${set.name}`, tercet: await timed(tercet), rclone: await timed(other) })
    }
    const store = `store:rclone-${index}`
    const back = join(folder, 'back')
    await row(
      'put',
      () => inLanes(names, (name) => backend.put(name, fileSource(join(files, name), set.bytes))),
      () => rclone('copy', files, store)
    )
    await row(
      'get',
      () => inLanes(names, (name) => drain(backend, name)),
      () => rclone('copy', '--no-check-dest', store, back)
    )
    await rm(back, { recursive: true, force: true })
    await row(
      'list',
      () => Array.fromAsync(backend.list()),
      () => rclone('lsf', '--use-server-modtime', '--format', 'ps', store)
    )
    await row(
      'delete',
      () => backend.deleteMany(names),
      () => rclone('delete', store)
    )
    await rm(files, { recursive: true })
  }
  console.log(`| S3 (Ceph), ${AT_ONCE} at once | Tercet | rclone | ratio |\n|---|---|---|---|`)
  for (const { name, tercet, rclone: other } of rows)
    console.log(
      `| ${name} | ${tercet.toFixed(2)} s | ${other.toFixed(2)} s | ${(tercet / other).toFixed(2)} |`
    )
  console.log(`\nMost memory of this process: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`)
} finally {
  await rm(folder, { recursive: true, force: true })
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

function fileSource(path: string, size: number): ByteSource {
  return { size, open: () => createReadStream(path, { highWaterMark: 512 * 1024 }) as AsyncIterable<Buffer> }
}

async function drain(backend: StorageBackend, name: string): Promise<void> {
  for await (const _ of backend.get(name));
}

async function inLanes(names: readonly string[], work: (name: string) => Promise<unknown>): Promise<void> {
  const queue = names.values()
  const lane = async (): Promise<void> => {
    for (const name of queue) await work(name)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}
