/** A watched backup, as a program has it, which the oracle may block, stop and kill. Says what it does as lines of JSON. */
import { openBackup } from '@tercet/sdk'
import { obeyBlocks, say } from './child.ts'

const [root, place, watchMethod] = process.argv.slice(2) as [
  string,
  string,
  'fanotify' | 'inotify' | undefined
]
const stop = new AbortController()
obeyBlocks(() => stop.abort())
await using backup = await openBackup({
  destination: `${place}/destination`,
  catalogPath: `${place}/catalog.sqlite`,
  encryption: 'none',
  workers: 0
})
const runs = backup.watch({
  sources: [root],
  quietTimeMs: 100,
  maxDelayMs: 3000,
  watchMethod,
  keepVersions: 3,
  autoCompact: false,
  testSamples: 0,
  stop: stop.signal,
  onWatchIssue: ({ code }) => say({ type: 'issue', code })
})
for await (const { result, error, coverage } of runs)
  say({
    type: 'version',
    coverage,
    failure: error === undefined ? undefined : String(error),
    outcome: result?.outcome
  })
process.stdin.destroy()
