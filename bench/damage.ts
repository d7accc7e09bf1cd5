// How long it takes to tell what is broken, on a catalog of a million entries that is warm.
// node --conditions=@tercet/source bench/damage.ts [entries]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryBackend } from '@tercet/backend-memory'
import { type Catalog, type EntryBatch, keysOf, openCatalog } from '@tercet/core'
import { affected, listBrokenFiles } from '@tercet/engine'
import { bytesSource } from '@tercet/interface'

const ENTRIES = Number(process.argv[2] ?? 1_000_000)
const ENTRIES_AT_ONCE = 10_000
const BLOCKS_A_VOLUME = 2000
const HASH_BYTES = 32
const RUNS = 5

const folder = mkdtempSync(join(tmpdir(), 'tercet-bench-'))
try {
  using catalog = await openCatalog({ path: join(folder, 'catalog.sqlite') })
  fill(catalog)
  const backend = createMemoryBackend()
  const volumes = [...catalog.volumes.all()]
  for (const { name } of volumes) await backend.put(name, bytesSource(new Uint8Array(1)))
  const lost = volumes[Math.floor(volumes.length / 2)]!.name
  await measure('affected', () => affected({ catalog }, { volumes: [lost] }).paths.length)
  await backend.delete(lost)
  const context = { backend, catalog }
  await measure('list-broken-files', async () => (await listBrokenFiles(context)).files.length)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measure(name: string, work: () => number | Promise<number>): Promise<void> {
  const times: number[] = []
  const processor: number[] = []
  let found = 0
  for (let run = 0; run <= RUNS; run++) {
    const started = performance.now()
    const used = process.cpuUsage()
    found = await work()
    const { user, system } = process.cpuUsage(used)
    // The first one warms the catalog.
    if (run === 0) continue
    times.push(performance.now() - started)
    processor.push((user + system) / 1000)
  }
  const [took, spent] = [times, processor].map(spread)
  console.log(`${name}: ${took} ms, ${spent} ms of processor time, ${found} paths of ${ENTRIES}`)
}

/** The middle of them, and the range. */
function spread(numbers: number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b).map((ms) => ms.toFixed(0))
  return `${sorted[sorted.length >> 1]} (${sorted[0]} to ${sorted.at(-1)})`
}

/** A version of files of one block each, with metadata that a thousand files share, in folders of 500. */
function fill(catalog: Catalog): void {
  const { settings, blocks, volumes, filesets, changes } = catalog
  catalog.transaction(() => {
    settings.set('prefix', 'duplicati')
    settings.set('blocksize', 102_400)
    settings.set('block-hash', 'SHA256')
    settings.set('file-hash', 'SHA256')
    settings.set('encrypted', 0)
    settings.set('content-known', 1)
  })
  const seq = filesets.begin({ time: 1_700_000_000 })
  for (let at = 0; at < ENTRIES; at += ENTRIES_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(ENTRIES_AT_ONCE, ENTRIES - at) }, (_, i) => at + i)
    catalog.transaction(() => changes.put(seq, batchOf(numbers)))
  }
  const list = volumes.add({ name: 'duplicati-20231114T221320Z.dlist.zip', type: 'dlist', state: 'verified' })
  filesets.complete(seq, { volumeId: list, isFull: true })
  const metadata = Math.ceil(ENTRIES / 1000)
  const all = ENTRIES + metadata
  for (let first = 0; first < all; first += BLOCKS_A_VOLUME) {
    const count = Math.min(BLOCKS_A_VOLUME, all - first)
    const numbers = Array.from({ length: count }, (_, i) => first + i)
    const name = `duplicati-b${String(first).padStart(32, '0')}.dblock.zip`
    catalog.transaction(() => {
      const volumeId = volumes.add({ name, type: 'dblock', state: 'verified', processed: true })
      const hashes = Buffer.concat(numbers.map((n) => (n < ENTRIES ? hashOf(n, 1) : hashOf(n - ENTRIES, 2))))
      blocks.add({ volumeId, first, count, hashes, sizes: new Uint32Array(count).fill(1000) })
    })
  }
}

function batchOf(numbers: readonly number[]): EntryBatch {
  const count = numbers.length
  return {
    ...keysOf(numbers.map((n) => `/home/user/folder-${Math.floor(n / 500)}/file-${n}.txt`)),
    count,
    types: new Uint8Array(count),
    sizes: new Float64Array(count).fill(1000),
    mtimes: new Float64Array(count).fill(1_700_000_000),
    hashes: Buffer.concat(numbers.map((n) => hashOf(n, 1))),
    metaHashes: Buffer.concat(numbers.map((n) => hashOf(Math.floor(n / 1000), 2))),
    metaSizes: new Int32Array(count).fill(137)
  }
}

/** Spread as hashes are. */
function hashOf(n: number, kind: number): Uint8Array {
  const bytes = new Uint32Array(HASH_BYTES / 4)
  let state = (Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(kind, 0x85ebca6b)) >>> 0
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + n) >>> 0
    bytes[i] = state
  }
  return new Uint8Array(bytes.buffer)
}
