import { randomFillSync } from 'node:crypto'
import { statSync } from 'node:fs'
import { BlockIndex, type EntryBatch, keysOf, openCatalog } from '../src/index.ts'

/**
 * Prints what the catalog and the block index cost: `node --conditions=@tercet/source packages/core/bench/catalog.ts
 * [files]`. Times are microseconds of one thread for each file or block.
 */
const FILES = Number(process.argv[2] ?? 100_000)
const BATCH = 1000
const PER_FOLDER = 100

function measure(what: string, count: number, work: () => void): void {
  const start = process.cpuUsage()
  const clock = performance.now()
  work()
  const micros = (performance.now() - clock) * 1000
  const { user, system } = process.cpuUsage(start)
  const each = (total: number): string => (total / count).toFixed(2).padStart(7)
  const resident = Math.round(process.memoryUsage().rss / 2 ** 20)
  console.log(`${what.padEnd(34)} ${each(micros)} wall ${each(user + system)} CPU   ${resident} MiB resident`)
}

function batchAt(first: number): EntryBatch {
  const paths = Array.from(
    { length: BATCH },
    (_, i) => `/data/folder-${Math.floor((first + i) / PER_FOLDER)}/file-${first + i}.txt`
  )
  return {
    ...keysOf(paths),
    count: BATCH,
    types: new Uint8Array(BATCH),
    sizes: new Float64Array(BATCH).fill(2000),
    mtimes: new Float64Array(BATCH).fill(1_700_000_000),
    hashes: randomFillSync(new Uint8Array(BATCH * 32)),
    metaHashes: randomFillSync(new Uint8Array(BATCH * 32)),
    metaSizes: new Int32Array(BATCH).fill(189),
    signatures: randomFillSync(new Uint8Array(BATCH * 44))
  }
}

using catalog = await openCatalog({ path: undefined })
const batches = Array.from({ length: FILES / BATCH }, (_, i) => batchAt(i * BATCH))
let seq = catalog.filesets.begin({ time: 1 })
measure('put, a transaction a batch', FILES, () => {
  for (const batch of batches) catalog.changes.put(seq, batch)
})
measure('complete', FILES, () => catalog.filesets.complete(seq, { volumeId: 1, isFull: true }))
let seen = 0
measure('read as for a dlist', FILES, () => {
  for (const entry of catalog.entries.of({ seq, order: 'dlist' })) seen += entry.size
})
measure('read by path', FILES, () => {
  for (const entry of catalog.entries.of({ seq, order: 'path' })) seen += entry.size
})
measure('compare each folder', FILES, () => {
  for (const folder of catalog.entries.folders(seq)) seen += catalog.entries.base(folder, seq).length
})
seq = catalog.filesets.begin({ time: 2 })
measure('put the same again', FILES, () => {
  for (const batch of batches) catalog.changes.put(seq, batch)
})
measure('remove the second version', FILES, () => catalog.filesets.remove(seq))
measure('read in an equal version', FILES, () => {
  using stage = catalog.stageFileset()
  for (const batch of batches) stage.add(batch)
  stage.commit({ time: 3, volumeId: 1, isFull: true })
})

const BLOCKS = 1_000_000
const RUN = 500
const hashes = randomFillSync(new Uint8Array(RUN * 32))
measure('store a million blocks', BLOCKS, () => {
  for (let first = 0; first < BLOCKS; first += RUN) {
    randomFillSync(hashes)
    catalog.blocks.add({ volumeId: 1 + first / RUN, first, count: RUN, hashes, sizes: new Uint32Array(RUN) })
  }
})
const index = BlockIndex.create({ expectedBlocks: catalog.blocks.count() })
measure('load them into the index', BLOCKS, () => index.load(catalog.blocks.all()))
measure('look each up', BLOCKS, () => {
  for (const run of catalog.blocks.all())
    for (let i = 0; i < run.count; i++) seen += index.lookup(run.hashes, i * 32)
})
measure('confirm each', BLOCKS, () => {
  for (const run of catalog.blocks.all()) {
    seen += catalog.blocks.confirm(
      Uint32Array.from({ length: run.count }, (_, i) => run.first + i),
      run.hashes
    ).mismatched.length
  }
})
console.log(
  `${index.byteLength / index.size} bytes a block in the index, ${statSync(catalog.path).size / 2 ** 20} MiB on disk, ${seen}`
)
