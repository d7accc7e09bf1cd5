/**
 * Mirrors a folder to others, with one read of each file, as a part of another program.
 *
 *   node src/index.ts FOLDER REPLICA...
 */
import { createFileBackend } from '@tercet/backend-file'
import { executeSync, formatSyncPlan, planSync } from '@tercet/sync-engine'

const [folder, ...others] = process.argv.slice(2)
if (folder === undefined || others.length === 0) throw new Error('usage: index.ts FOLDER REPLICA...')

await using primary = createFileBackend({ path: folder })
const replicas = Object.fromEntries(others.map((path) => [path, createFileBackend({ path })]))

const plan = await planSync({ primary, replicas, mirrorAll: true })
console.log(formatSyncPlan(plan).join('\n'))

const result = await executeSync(plan, { signal: AbortSignal.timeout(3_600_000) })
for (const { id, status, copied, deleted, message } of Object.values(result.replicas))
  console.log(`${id}: ${status}, ${copied.files} copied, ${deleted.files} deleted ${message ?? ''}`.trimEnd())
