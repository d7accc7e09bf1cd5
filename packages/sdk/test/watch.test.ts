import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createMemoryBackend } from '@tercet/backend-memory'
import { type Clock, StorageError } from '@tercet/interface'
import { describe, expect, test } from 'vitest'
import { openBackup, type WatchedRun, type WatchOptions } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

/** Time stands still, and who sleeps is woken by `wake`. */
function clockOf(now: () => number, wake: (() => void)[]): Clock {
  return {
    now,
    monotonic: now,
    sleep: (_milliseconds, { signal } = {}) =>
      new Promise((resolve, reject) => {
        wake.push(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
  }
}

describe('a watched backup', () => {
  test('makes a version of what changes, and says how it was found', async () => {
    using place = new Workplace()
    const store = createMemoryBackend()
    await using backup = await openBackup({
      destination: store,
      passphrase: 'hunter2',
      catalogPath: place.catalogPath,
      workers: 0
    })
    const stop = new AbortController()
    const runs = backup.watch({
      sources: [place.source],
      quietTimeMs: 0,
      testSamples: 0,
      watchMethod: 'inotify',
      stop: stop.signal
    })
    const take = async (): Promise<WatchedRun> => (await runs.next()).value as WatchedRun
    expect(await take()).toMatchObject({ coverage: 'scan', result: { scope: 'all', addedFiles: 2 } })

    const second = take()
    place.write('a.txt', 'two, which is longer')
    expect(await second).toMatchObject({ coverage: 'events', result: { scope: 'changed', modifiedFiles: 1 } })

    mkdirSync(join(place.source, 'new'))
    place.write('new/deep/c.txt', 'three')
    rmSync(join(place.source, 'sub'), { recursive: true })
    // What is done in several steps may become several versions.
    for (let files: string[] = []; files.join() !== 'a.txt,c.txt'; ) {
      expect((await take()).coverage).toBe('events')
      const entries = await Array.fromAsync(backup.entries({}))
      files = entries.filter(({ type }) => type === 'file').map(({ path }) => basename(path))
    }
    const last = runs.next()
    stop.abort()
    for (let next = await last; !next.done; next = await runs.next()) {}

    const scanned = await backup.run({ sources: [place.source], testSamples: 0 })
    expect(scanned).toMatchObject({ scope: 'all', hasChanges: false })
    const older = await Array.fromAsync(backup.versions())
    expect(older.at(-1)).toMatchObject({ coverage: { kind: 'scan', lastFullScanAt: expect.any(String) } })
    expect(older.some(({ coverage }) => coverage?.kind === 'events' && coverage.since !== undefined)).toBe(
      true
    )
  })

  test('does not go on for ever where its destination is in a source', async () => {
    using place = new Workplace()
    await using backup = await openBackup({
      destination: join(place.source, 'backups'),
      passphrase: 'hunter2',
      catalogPath: join(place.source, 'catalog.sqlite'),
      workers: 0
    })
    const runs = backup.watch({
      sources: [place.source],
      quietTimeMs: 0,
      testSamples: 0,
      watchMethod: 'inotify'
    })
    const take = async (): Promise<WatchedRun> => (await runs.next()).value as WatchedRun
    await take()
    // The first one has made the folder of the destination. What is stored in it calls for no further version.
    await take()
    const third = take()
    place.write('c.txt', 'three')
    expect(await third).toMatchObject({ coverage: 'events', result: { addedFiles: 1, modifiedFolders: 1 } })
    await runs.return()
  })

  test('tells a run that failed, and forgets nothing', async () => {
    using place = new Workplace()
    const store = createMemoryBackend()
    let isBroken = false
    let now = Date.UTC(2025, 0, 1)
    const wake: (() => void)[] = []
    await using backup = await openBackup({
      destination: new Proxy(store, {
        get(target, key) {
          if (key === 'put' && isBroken)
            return () => Promise.reject(new StorageError('STORAGE_FULL', 'the disk is full'))
          const value = Reflect.get(target, key, target)
          return typeof value === 'function' ? value.bind(target) : value
        }
      }),
      passphrase: 'hunter2',
      catalogPath: place.catalogPath,
      workers: 0,
      clock: clockOf(() => now, wake)
    })
    const runs = backup.watch({
      sources: [place.source],
      quietTimeMs: 0,
      testSamples: 0,
      watchMethod: 'inotify'
    })
    const take = async (): Promise<WatchedRun> => (await runs.next()).value as WatchedRun
    expect(await take()).toMatchObject({ result: { addedFiles: 2 } })
    isBroken = true
    now += 60_000
    const second = take()
    place.write('b.txt', 'two')
    expect(await second).toMatchObject({ result: undefined, error: { code: 'STORAGE_FULL' } })
    isBroken = false
    const third = take()
    now += 600_000
    for (const go of wake.splice(0)) go()
    expect(await third).toMatchObject({ result: { addedFiles: 1 } })
    await runs.return()
  })

  test('looks at everything when it begins again, and goes by events after that', async () => {
    using place = new Workplace()
    const options = {
      destination: place.path('destination'),
      passphrase: 'hunter2',
      catalogPath: place.catalogPath,
      workers: 0
    }
    const coverages: string[] = []
    for (const name of ['first', 'second']) {
      await using backup = await openBackup(options)
      const heard: unknown[] = []
      const runs = backup.watch({
        sources: [place.source],
        quietTimeMs: 0,
        watchMethod: 'inotify',
        onWatching: (watching) => heard.push(watching)
      })
      const take = async (): Promise<WatchedRun> => (await runs.next()).value as WatchedRun
      coverages.push((await take()).coverage)
      expect(heard).toEqual([{ sources: [place.source], method: 'inotify' }])
      const next = take()
      place.write(name, `it is heard of: ${name}`)
      const { coverage, result } = await next
      coverages.push(coverage)
      // Samples of what is stored are verified after versions that are made from events as after others.
      expect(result).toMatchObject({ addedFiles: 1, verification: { outcome: 'success' } })
      await runs.return()
      place.write(`unheard after ${name}`, 'nobody watches now')
    }
    expect(coverages).toEqual(['scan', 'events', 'scan', 'events'])
    await using backup = await openBackup(options)
    const scanned = await backup.run({ sources: [place.source] })
    expect(scanned).toMatchObject({ addedFiles: 1, modifiedFiles: 0, deletedFiles: 0 })
    const entries = await Array.fromAsync(backup.entries({ version: 1 }))
    expect(entries.map(({ path }) => basename(path))).toContain('unheard after first')
  })

  test('scans what is in doubt, and goes by events in the rest', async () => {
    using place = new Workplace()
    const sources = [place.source, place.path('other')]
    mkdirSync(sources[1]!)
    writeFileSync(join(sources[1]!, 'c.txt'), 'gamma')
    await using backup = await openBackup({
      destination: createMemoryBackend(),
      passphrase: 'hunter2',
      catalogPath: place.catalogPath,
      workers: 0
    })
    const runs = backup.watch({ sources, quietTimeMs: 0, testSamples: 0, watchMethod: 'inotify' })
    const take = async (): Promise<WatchedRun> => (await runs.next()).value as WatchedRun
    expect(await take()).toMatchObject({ coverage: 'scan', result: { addedFiles: 3 } })
    // Another folder of the same name: what is in it was never heard of.
    const replacement = place.path('replacement')
    mkdirSync(replacement)
    writeFileSync(join(replacement, 'd.txt'), 'delta')
    const next = take()
    renameSync(sources[1]!, place.path('away'))
    renameSync(replacement, sources[1]!)
    const names = async () => {
      const entries = await Array.fromAsync(backup.entries({}))
      return entries.filter(({ type }) => type === 'file').map(({ path }) => basename(path))
    }
    // Whoever looks between the two makes a version of a folder that is not there.
    let run = await next
    expect(run.coverage).toBe('mixed')
    while (!(await names()).includes('d.txt')) run = await take()
    expect(run).toMatchObject({ coverage: 'mixed', result: { scope: 'changed' } })
    expect(await names()).toEqual(expect.arrayContaining(['a.txt', 'b.txt', 'd.txt']))
    const [newest] = await Array.fromAsync(backup.versions())
    expect(newest).toMatchObject({ coverage: { kind: 'mixed', since: expect.any(String) } })
    await runs.return()
    expect(await backup.run({ sources, testSamples: 0 })).toMatchObject({ hasChanges: false })
  })

  test('does not make a destination anew that is gone, and goes on when it is back', async () => {
    using place = new Workplace()
    const destination = place.path('destination')
    let now = Date.UTC(2025, 0, 1)
    const wake: (() => void)[] = []
    await using backup = await openBackup({
      destination,
      passphrase: 'hunter2',
      catalogPath: place.catalogPath,
      workers: 0,
      clock: clockOf(() => now, wake)
    })
    const runs = backup.watch({
      sources: [place.source],
      quietTimeMs: 0,
      testSamples: 0,
      watchMethod: 'inotify'
    })
    const take = async (): Promise<WatchedRun> => (await runs.next()).value as WatchedRun
    await take()
    renameSync(destination, `${destination}-unmounted`)
    now += 60_000
    const second = take()
    place.write('c.txt', 'three')
    expect(await second).toMatchObject({ error: { code: 'BACKUP_DESTINATION_EMPTY' } })
    expect(existsSync(destination)).toBe(false)
    renameSync(`${destination}-unmounted`, destination)
    const third = take()
    now += 600_000
    for (const go of wake.splice(0)) go()
    expect(await third).toMatchObject({ result: { addedFiles: 1 } })
    await runs.return()
  })

  test('refuses what makes no sense before it watches anything', async () => {
    using place = new Workplace()
    await using backup = await openBackup({
      destination: createMemoryBackend(),
      passphrase: 'hunter2',
      temporaryCatalog: true
    })
    const failure = async (options: object) =>
      await backup
        .watch(options as WatchOptions)
        .next()
        .catch((error: unknown) => error)
    expect(await failure({ sources: [place.source] })).toMatchObject({ code: 'CONFIG_MISSING' })
    expect(await failure({ sources: [place.source], changedFiles: [] })).toMatchObject({
      code: 'CONFIG_UNKNOWN_KEY'
    })
    expect(
      await failure({ sources: [`${place.source}-missing`], journalPath: `${place.catalogPath}.j` })
    ).toMatchObject({
      code: 'WATCH_NO_ROOT'
    })
  })
})
