/**
 * Memory that the comparison of two long listings takes above that of the program before:
 * `node --expose-gc --conditions=@tercet/source packages/sync-engine/test/measure/listings.ts --names=1000000`.
 */
import { parseArgs } from 'node:util'
import { createMemoryBackend } from '@tercet/backend-memory'
import type { StorageBackend } from '@tercet/interface'
import { planSync } from '../../src/index.ts'
import { altered } from '../places.ts'

const { values } = parseArgs({ options: { names: { type: 'string', default: '1000000' } } })
const names = Number(values.names)

/** Names of volumes in no order, made one by one. */
function listing(): StorageBackend {
  return altered(createMemoryBackend(), {
    async *list() {
      const modifiedAt = new Date(0)
      for (let n = 0; n < names; n++) {
        const id =
          ((n * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0') + n.toString(16).padStart(24, '0')
        yield { path: `duplicati-b${id}.dblock.zip`, sizeBytes: 1000, modifiedAt }
      }
      yield { path: 'duplicati-20250101T000000Z.dlist.zip', sizeBytes: 1000, modifiedAt }
    }
  })
}

globalThis.gc?.()
const before = process.memoryUsage().rss
const started = performance.now()
let most = 0
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage().rss)
}, 5)
const plan = await planSync({ primary: listing(), replicas: { a: listing() } })
clearInterval(watch)
most = Math.max(most, process.resourceUsage().maxRSS * 1024)
const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20)
console.log(
  `${names} names a side: ${mebibytes(most - before)} MiB above ${mebibytes(before)} MiB, ${Math.round(performance.now() - started)} ms, ${plan.replicas['a']?.equalFiles} equal`
)
