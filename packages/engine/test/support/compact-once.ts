import { createFileBackend } from '@tercet/backend-file'
import { openCatalog } from '@tercet/core'
import type { StorageBackend } from '@tercet/interface'
import { compact } from '../../src/compact/compact.ts'
import { planCompact } from '../../src/compact/plan-compact.ts'

/**
 * One compaction in a process of its own, which prints what its memory grew by while it copied. Arguments: catalog,
 * destination, spool folder.
 */
const [catalogPath, destination, spoolFolder] = process.argv.slice(2) as [string, string, string]
using catalog = await openCatalog({ path: catalogPath })
const files = createFileBackend({ path: destination })
// All bytes go through this process, as to a destination on another machine.
const backend = new Proxy(files, {
  get(target, key) {
    if (key === 'localFile') return async () => undefined
    if (key === 'put')
      return (...[path, { localFile: _, ...bytes }, options]: Parameters<StorageBackend['put']>) =>
        target.put(path, bytes, options)
    const value = Reflect.get(target, key) as unknown
    return typeof value === 'function' ? value.bind(target) : value
  }
})
const context = { backend, catalog, passphrase: undefined, workers: 0, spoolFolder }
const plan = await planCompact(context, { volumeSizeBytes: 4_000_000, threshold: 1 })
let [before, most] = [0, 0]
const look = (): void => {
  const { rss } = process.memoryUsage()
  before ||= rss
  most = Math.max(most, rss)
}
const { outcome, rewrittenVolumes, fetchedBytes } = await compact(context, plan, { onEvent: look })
process.stdout.write(
  JSON.stringify({ outcome, rewrittenVolumes, fetchedBytes, grownMib: (most - before) / 2 ** 20 })
)
