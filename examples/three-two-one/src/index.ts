/**
 * Backs up a folder and replicates it to three places, as a JSON configuration says, then tells whether 3-2-1 holds.
 *
 *   node src/index.ts FOLDER CONFIGURATION
 */
import { openBackup } from '@tercet/sdk'
import {
  collectEvidence,
  evaluatePolicy,
  formatVerdict,
  readSyncConfiguration,
  threeTwoOne
} from '@tercet/sdk/policy'

const [folder, file] = process.argv.slice(2)
if (folder === undefined || file === undefined) throw new Error('usage: index.ts FOLDER CONFIGURATION')
const { primary, policy } = readSyncConfiguration(file)
if (primary.url === undefined) throw new Error(`${file} does not say where the backup goes: "primary"`)

await using backup = await openBackup({
  destination: primary.url,
  passphrase: 'three lines that belong together',
  syncConfiguration: file
})
const result = await backup.run({ sources: [folder] })
console.log(`backup: ${result.outcome}`)
for (const { destination, status, copied, reason } of result.replication?.replicas ?? [])
  console.log(`${destination}: ${status}, ${copied.files} files copied (${reason})`)

const verdict = evaluatePolicy(threeTwoOne(policy), await collectEvidence(backup))
console.log(formatVerdict(verdict).join('\n'))
process.exitCode = verdict.holds ? 0 : 3
