/**
 * Memory of a sync as the program makes it, over many files a side of which some are new, with a ledger of all of them:
 * `node --conditions=@tercet/source packages/cli/test/measure/sync-memory.ts --files=100000 --new=1000`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createMemoryBackend } from '@tercet/backend-memory'
import type { ByteSource, StorageBackend } from '@tercet/interface'
import { openMirror } from '@tercet/sdk/sync'
import { limitMemory } from '../../src/limit-memory.ts'

limitMemory()
const { values } = parseArgs({
  options: { files: { type: 'string', default: '100000' }, new: { type: 'string', default: '1000' } }
})
const files = Number(values.files)
const added = Number(values.new)
const content = new Uint8Array(65_536).fill(7)
const modifiedAt = new Date(0)

const nameOf = (n: number) =>
  `duplicati-b${((n * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')}${n.toString(16).padStart(24, '0')}.dblock.zip`

/** A store whose first `count` files are made up when they are asked for, and that forgets what it is given. */
function storeOf(count: number): StorageBackend {
  const own: Partial<StorageBackend> = {
    async *list() {
      for (let n = 0; n < count; n++) yield { path: nameOf(n), sizeBytes: content.byteLength, modifiedAt }
      yield { path: 'duplicati-20250101T000000Z.dlist.zip', sizeBytes: content.byteLength, modifiedAt }
    },
    async *get() {
      yield content
    },
    async put(path: string, source: ByteSource) {
      let sizeBytes = 0
      for await (const chunk of source.open()) sizeBytes += chunk.byteLength
      return { path, sizeBytes }
    }
  }
  return new Proxy(createMemoryBackend(), {
    get(target, key) {
      const value: unknown = own[key as keyof StorageBackend] ?? Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}

/** In pieces, as nobody holds all of it. */
function* ledger(): Generator<string, void, undefined> {
  yield '{"version":1,"files":['
  for (let n = 0; n < files - added; n++) {
    const sha256 = n.toString(16).padStart(64, '0')
    const entry = { sizeBytes: content.byteLength, sha256, verifiedAt: n, depth: 'put' }
    yield `${n === 0 ? '' : ','}${JSON.stringify([nameOf(n), entry])}`
  }
  yield ']}'
}

const folder = mkdtempSync(join(tmpdir(), 'tercet-sync-memory-'))
try {
  const catalogPath = join(folder, 'catalog')
  mkdirSync(`${catalogPath}-sync`)
  for (const piece of ledger())
    writeFileSync(join(`${catalogPath}-sync`, 'a.ledger.json'), piece, { flag: 'a' })
  const started = performance.now()
  await using mirror = await openMirror({
    primary: storeOf(files),
    replicas: [{ backend: storeOf(files - added), id: 'a' }],
    catalogPath,
    spoolFolder: folder
  })
  const { outcome, replicas } = await mirror.run(await mirror.plan())
  const copied = Object.values(replicas)[0]?.copied.files
  const most = Math.round(process.resourceUsage().maxRSS / 1024)
  const took = Math.round(performance.now() - started)
  console.log(`${files} files a side, ${copied} copied, ${outcome}: ${most} MiB in all, ${took} ms`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
