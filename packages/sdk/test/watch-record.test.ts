import { mkdirSync, rmSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { openRecordedChanges } from '@tercet/source-watch'
import { expect, onTestFinished, test } from 'vitest'
import { openBackup, type RunOptions } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

const SELECTION = { exclude: ['*/cache/'], testSamples: 0 } as const

/** A watcher that only records, and a backup at the same place that goes by its record. */
async function recording() {
  const place = new Workplace()
  const { catalogPath } = place
  const options = { destination: place.path('destination'), passphrase: 'hunter2', catalogPath, workers: 0 }
  mkdirSync(`${place.source}/cache`)
  const told: string[] = []
  const backup = await openBackup(options)
  const watch = async () => {
    const watching = await openBackup(options)
    const stop = new AbortController()
    const ended = watching
      .watch({
        ...SELECTION,
        sources: [place.source],
        recordOnly: true,
        watchMethod: 'inotify',
        stop: stop.signal
      })
      .next()
    // It answers when everything is watched, also somebody for whom the record is not.
    const asked = { store: `${catalogPath}.watch`, roots: [] }
    while ((await openRecordedChanges(asked)) === 'not-watching') await setImmediate()
    return async () => {
      stop.abort()
      await ended
      await watching[Symbol.asyncDispose]()
    }
  }
  const run = (more: Partial<RunOptions> = {}) =>
    backup.run({
      ...SELECTION,
      sources: [place.source],
      changedSinceWatch: true,
      onWatchIssue: ({ code, message }) => told.push(`${code} ${message}`),
      ...more
    })
  onTestFinished(async () => {
    await backup[Symbol.asyncDispose]()
    place[Symbol.dispose]()
  })
  return { place, told, watch, run }
}

test('a run looks at what a watcher has recorded, and what it stored is forgotten', async () => {
  const { place, told, watch, run } = await recording()
  await using stopping = new AsyncDisposableStack()
  stopping.defer(await watch())
  expect(await run()).toMatchObject({ scope: 'all', addedFiles: 2 })
  place.write('a.txt', 'two, which is longer')
  rmSync(`${place.source}/sub`, { recursive: true })
  place.write('cache/not wanted', '')
  expect(await run()).toMatchObject({ scope: 'changed', modifiedFiles: 1, deletedFiles: 1, addedFiles: 0 })
  expect(await run()).toMatchObject({ scope: 'changed', hasChanges: false, examinedFiles: 0 })
  expect(await run({ changedSinceWatch: false })).toMatchObject({ scope: 'all', hasChanges: false })
  expect(told).toEqual([])
})

test('a run looks at everything where the record is of no use, and says why', async () => {
  const { place, told, watch, run } = await recording()
  expect(await run()).toMatchObject({ scope: 'all', addedFiles: 2 })
  const stop = await watch()
  await run()
  place.write('a.txt', 'two, which is longer')
  expect(await run({ exclude: ['*/sub/'] })).toMatchObject({ scope: 'all', modifiedFiles: 1 })
  expect(told).toEqual([
    expect.stringMatching(/^WATCH_RECORD_UNUSABLE .*nobody watches/),
    expect.stringMatching(/^WATCH_RECORD_UNUSABLE .*another selection/)
  ])
  // That version is of another selection: nothing can be told by what changed since.
  expect(await run()).toMatchObject({ scope: 'all', addedFiles: 1 })
  expect(await run()).toMatchObject({ scope: 'changed' })
  expect(await run({ fullScanEveryMs: 0 })).toMatchObject({ scope: 'all' })
  await stop()
  // Nobody hears of this, so the record is broken, also when somebody watches again.
  place.write('b.txt', 'unheard')
  await using stopping = new AsyncDisposableStack()
  stopping.defer(await watch())
  expect(await run()).toMatchObject({ scope: 'all', addedFiles: 1 })
  place.write('c.txt', 'heard')
  expect(await run()).toMatchObject({ scope: 'changed', addedFiles: 1 })
})

test('a run that fails, or only tries, forgets nothing', async () => {
  const { place, watch, run } = await recording()
  await using stopping = new AsyncDisposableStack()
  stopping.defer(await watch())
  await run()
  place.write('a.txt', 'two, which is longer')
  expect(await run({ dryRun: true })).toMatchObject({ scope: 'changed', hasChanges: true })
  await expect(run({ quotaBytes: 1, onIssue: () => 'abort' })).rejects.toThrow()
  expect(await run()).toMatchObject({ scope: 'changed', modifiedFiles: 1 })
})
