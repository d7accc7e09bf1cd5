/**
 * What each codec and level costs and saves: the blocks of a data set, and the metadata of its files, through the
 * compressor of the product, on one thread. Nothing is read from disk while the clock runs.
 *
 *   npm run bench:curves -- [--sets src,tiny] [--codecs zstd:1,zstd:3,deflate:1] [--mib 256] [--data DIR]
 *
 * Of a set larger than `--mib`, blocks are picked at random, the same in each run.
 */
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { parseArgs } from 'node:util'
import { loadNative } from '@tercet/native'
import { createStatReader, MetadataReader } from '@tercet/source-fs'
import { createCompressor, parseCompression } from '@tercet/volume-format'
import { DATA_SETS, type DataSet, makeDataSet } from './src/data-sets.ts'
import { createRandom } from './src/random.ts'

const BLOCK_BYTES = 1024 * 1024
/** Headers of an entry with a name of 44 bytes, in both places. */
const HEADER_BYTES = 164
/** Blocks up to a size, by name. */
const CLASSES = [
  ['to 4 KiB', 4096],
  ['to 64 KiB', 65_536],
  ['larger', BLOCK_BYTES]
] as const

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: 'src,mixed,big,tiny' },
    codecs: { type: 'string', default: 'none,zstd:1,zstd:2,zstd:3,zstd:5,zstd:9,deflate:1,deflate:6' },
    mib: { type: 'string', default: '256' },
    data: { type: 'string', default: path.join(os.tmpdir(), 'tercet-bench-data') }
  }
})

class Sum {
  count = 0
  bytes = 0
  packed = 0
  seconds = 0

  add(bytes: number, packed: number, milliseconds: number): void {
    this.count++
    this.bytes += bytes
    this.packed += packed
    this.seconds += milliseconds / 1000
  }
}

process.stdout.write(
  '| set | blocks | codec | count | MB | packed MB | with headers MB | CPU s | µs a block | MB/s |\n'
)
process.stdout.write('|---|---|---|--:|--:|--:|--:|--:|--:|--:|\n')
for (const name of values.sets.split(',')) {
  if (!Object.hasOwn(DATA_SETS, name)) throw new Error(`No data set "${name}"`)
  const files = readSet(makeDataSet(path.resolve(values.data), name as DataSet), Number(values.mib))
  for (const codec of values.codecs.split(',')) measureCodec(name, codec, files)
}

/** The metadata of a file, and those of its blocks that were taken. */
interface SampledFile {
  readonly metadata: Uint8Array
  readonly blocks: readonly Uint8Array[]
}

function readSet(root: string, mib: number): SampledFile[] {
  const names = fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
  const total = names.reduce((sum, name) => sum + fs.statSync(name).size, 0)
  const share = Math.min(1, (mib * 1024 * 1024) / total)
  const native = loadNative()
  const random = createRandom(1)
  const metadata = new MetadataReader({ native })
  const stats = createStatReader(native)
  return names.map((name) => {
    const blob = metadata.encode(name, path.basename(name), 'file', stats.lstat(name)).slice()
    const blocks: Uint8Array[] = []
    const fd = fs.openSync(name, 'r')
    const { size } = fs.fstatSync(fd)
    for (let at = 0; at < size; at += BLOCK_BYTES) {
      if (random.int(1000) >= share * 1000) continue
      const block = new Uint8Array(Math.min(BLOCK_BYTES, size - at))
      fs.readSync(fd, block, 0, block.length, at)
      blocks.push(block)
    }
    fs.closeSync(fd)
    return { metadata: blob, blocks }
  })
}

function measureCodec(set: string, codec: string, files: readonly SampledFile[]): void {
  using compressor = createCompressor(parseCompression(codec))
  const sums = new Map<string, Sum>([['metadata', new Sum()]])
  for (const [name] of CLASSES) sums.set(name, new Sum())
  const all = new Sum()
  for (const { metadata, blocks } of files) {
    timed('metadata', metadata)
    for (const block of blocks) timed(CLASSES.find(([, most]) => block.length <= most)![0], block)
  }
  for (const [name, sum] of [...sums, ['all', all] as const]) {
    if (sum.count === 0) continue
    const { count, bytes, packed, seconds } = sum
    const columns = [
      set,
      name,
      codec,
      count,
      (bytes / 1e6).toFixed(1),
      (packed / 1e6).toFixed(2),
      ((packed + count * HEADER_BYTES) / 1e6).toFixed(2),
      seconds.toFixed(3),
      ((seconds * 1e6) / count).toFixed(1),
      (bytes / 1e6 / seconds).toFixed(0)
    ]
    process.stdout.write(`| ${columns.join(' | ')} |\n`)
  }

  function timed(name: string, data: Uint8Array): void {
    const began = performance.now()
    const packed = compressor.compress(data).length
    const milliseconds = performance.now() - began
    sums.get(name)!.add(data.length, packed, milliseconds)
    all.add(data.length, packed, milliseconds)
  }
}
