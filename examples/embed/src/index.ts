/**
 * A program that has a backup inside: it shows progress in its own way, takes what went wrong as data, can be cancelled at
 * any moment, and goes on with its own work afterwards.
 *
 *   node src/index.ts FOLDER DESTINATION [--cancel-after-volumes=N]
 */
import { parseArgs } from 'node:util'
import { isTercetError, openBackup } from '@tercet/sdk'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'cancel-after-volumes': { type: 'string' } }
})
const [folder, destination] = positionals
if (folder === undefined || destination === undefined) throw new Error('usage: index.ts FOLDER DESTINATION')
const cancelAfter = Number(values['cancel-after-volumes'] ?? Number.POSITIVE_INFINITY)

const cancel = new AbortController()
process.once('SIGINT', () => cancel.abort(new Error('cancelled by the user')))
let storedVolumes = 0

try {
  await using backup = await openBackup({ destination, passphrase: 'of the product' })
  const result = await backup.run({
    sources: [folder],
    exclude: ['*/node_modules/'],
    signal: cancel.signal,
    onEvent(event) {
      if (event.type === 'scan-end') console.log(`found ${event.files} files, ${event.bytes} bytes`)
      if (event.type === 'batch-end') console.log(`read ${event.processedFiles} files`)
    },
    onVolumeStored(volume) {
      console.log(`stored ${volume.type}, ${volume.sizeBytes} bytes`)
      storedVolumes += 1
      if (storedVolumes >= cancelAfter) cancel.abort(new Error('cancelled by the program'))
    }
  })
  console.log(`backup: ${result.outcome}, ${result.addedFiles} new files`)
  for (const issue of result.issues) console.log(`  ${issue.code} ${issue.path ?? issue.volume ?? ''}`)
} catch (error) {
  if (cancel.signal.aborted && error === cancel.signal.reason)
    console.log(`backup: ${cancel.signal.reason.message}`)
  else if (isTercetError(error)) console.log(`backup failed: ${error.code}: ${error.message}`)
  else throw error
}
console.log('the program goes on')
