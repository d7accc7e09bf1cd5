/**
 * One file that is larger than memory, from a store that sends it to a folder that checks and keeps it:
 * `node --max-old-space-size=128 --conditions=@tercet/source packages/sync-engine/test/measure/large-file.ts --gib=4`.
 */
import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { getHeapStatistics } from 'node:v8'
import { createFileBackend } from '@tercet/backend-file'
import { createMemoryBackend } from '@tercet/backend-memory'
import { executeSync, planSync } from '../../src/index.ts'
import { altered, dblock } from '../places.ts'

const { values } = parseArgs({
  options: { gib: { type: 'string', default: '4' }, folder: { type: 'string', default: tmpdir() } }
})
const sizeBytes = Number(values.gib) * 2 ** 30
const PART = 1024 * 1024

/** Another content for each mebibyte. */
function* parts(): Generator<Uint8Array, void, undefined> {
  for (let sent = 0; sent < sizeBytes; sent += PART) yield new Uint8Array(PART).fill((sent / PART) % 251)
}

const primary = altered(createMemoryBackend(), {
  async *list() {
    yield { path: dblock(1), sizeBytes }
  },
  async *get() {
    yield* parts()
  }
})
const folder = mkdtempSync(join(values.folder, 'tercet-large-'))
try {
  const started = performance.now()
  const plan = await planSync({ primary, replicas: { a: createFileBackend(folder) }, primaryIsLocked: true })
  const { outcome } = await executeSync(plan)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const most = Math.round(process.resourceUsage().maxRSS / 1024)
  const [sent, kept] = [createHash('sha256'), createHash('sha256')]
  for (const part of parts()) sent.update(part)
  for await (const part of createReadStream(join(folder, dblock(1)))) kept.update(part)
  const same = sent.digest('hex') === kept.digest('hex') ? 'equal' : 'DIFFERENT'
  const heap = Math.round(getHeapStatistics().heap_size_limit / 2 ** 20)
  console.log(
    `${values.gib} GiB, ${outcome}, ${same}: ${most} MiB in all with a heap of at most ${heap} MiB, ${seconds} s`
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
