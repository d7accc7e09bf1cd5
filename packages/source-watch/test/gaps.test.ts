import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FileEventCalls, type FileSystemEventCalls, loadNative, type Native } from '@tercet/native'
import { describe, expect, it } from 'vitest'
import { ClockWatch } from '../src/clock-watch.ts'
import { openChangeJournal, type WatchIssue } from '../src/index.ts'
import { JournalHost } from '../src/journal-host.ts'
import { JournalStore } from '../src/journal-store.ts'
import { missedBy } from './coverage.ts'
import { folderFor, METHODS } from './methods.ts'
import { differences, snapshot, temporaryFolder } from './tree.ts'

describe('a gap is told, and what is in doubt', () => {
  it.each(METHODS)('when more happens than the kernel keeps (%s)', async (method) => {
    using folder = temporaryFolder(folderFor(method))
    const root = folder.of('root')
    mkdirSync(join(root, 'deep', 'er'), { recursive: true })
    const issues: WatchIssue[] = []
    await using journal = await openChangeJournal({
      roots: [root],
      store: folder.of('journal'),
      thread: false,
      method,
      onIssue: (issue) => issues.push(issue)
    })
    await journal.settle((await journal.changes()).cursor, 'one')
    const before = snapshot(root)
    const limit = Number(readFileSync(`/proc/sys/fs/${method}/max_queued_events`, 'utf8'))
    // The calling thread looks at nothing meanwhile. Each link is an event at least, which cannot be joined to another.
    writeFileSync(join(root, 'a'), 'x')
    for (let count = 0; count <= limit; count++) symlinkSync('a', join(root, `${count}`))
    mkdirSync(join(root, 'deep', 'er', 'new'))
    const changes = await journal.changes()
    expect(changes.unknown).toEqual([{ path: root, reason: 'overflow', isStanding: false }])
    expect(missedBy(changes, differences(before, snapshot(root)))).toEqual([])
    expect(issues.map(({ code }) => code)).toEqual(['WATCH_OVERFLOW'])
    await journal.settle(changes.cursor, 'two')
    // What was made while events were lost is watched as well.
    writeFileSync(join(root, 'deep', 'er', 'new', 'file'), '')
    const next = await journal.changes()
    expect([[...next.dirty].at(-1), next.unknown]).toEqual([join(root, 'deep/er/new/file'), []])
  })

  it.each(METHODS)('when a root is replaced (%s)', async (method) => {
    using folder = temporaryFolder(folderFor(method))
    const root = folder.of('root')
    mkdirSync(root)
    mkdirSync(folder.of('other', 'x'), { recursive: true })
    await using journal = await openChangeJournal({ roots: [root], store: folder.of('journal'), method })
    await journal.settle((await journal.changes()).cursor, 'one')
    renameSync(root, folder.of('old'))
    renameSync(folder.of('other'), root)
    const replaced = await journal.changes()
    expect(replaced.unknown).toMatchObject([{ path: root, isStanding: false }])
    // Whoever looked between the two has seen that it was away.
    expect(replaced.unknown[0]!.reason).toMatch(/^root-(replaced|missing)$/)
    await journal.settle(replaced.cursor, 'two')
    writeFileSync(join(root, 'x', 'file'), '')
    writeFileSync(folder.of('old', 'file'), '')
    expect([...(await journal.changes()).dirty]).toEqual([join(root, 'x'), join(root, 'x/file')])
  })

  it('when the journal is damaged', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(root)
    const store = folder.of('journal')
    {
      await using journal = await openChangeJournal({ roots: [root], store })
      await journal.settle((await journal.changes()).cursor, 'one')
    }
    writeFileSync(store, 'this is no database, and never was one'.repeat(100))
    const issues: WatchIssue[] = []
    await using journal = await openChangeJournal({
      roots: [root],
      store,
      onIssue: (issue) => issues.push(issue)
    })
    expect(await journal.changes()).toMatchObject({
      unknown: [{ path: root, reason: 'journal-damaged' }],
      baseline: undefined
    })
    expect(issues.map(({ code }) => code)).toEqual(['WATCH_STORE_DAMAGED'])
    expect(readFileSync(`${store}.damaged`, 'utf8')).toMatch(/no database/)
  })

  it.each([
    ['slept', 'suspended', { wall: 60_000, running: 60_000, awake: 1000 }],
    ['has another time', 'clock-step', { wall: -60_000, running: 1000, awake: 1000 }],
    ['does neither', undefined, { wall: 60_500, running: 60_000, awake: 59_500 }]
  ] as const)('when the machine %s', (_, reason, after) => {
    const now = { wall: 1_700_000_000_000, running: 500_000, awake: 400_000 }
    const clocks = new ClockWatch({
      wall: () => now.wall,
      running: () => now.running,
      awake: () => now.awake
    })
    expect(clocks.check()).toBeUndefined()
    now.wall += after.wall
    now.running += after.running
    now.awake += after.awake
    expect(clocks.check()).toBe(reason)
    expect(clocks.check()).toBeUndefined()
  })

  it('when no more watches are allowed', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    for (const name of ['a', 'b', 'c', 'd']) mkdirSync(join(root, name, 'inner'), { recursive: true })
    const native = loadNative()!
    const calls = native.posix!.fileEvents!
    let left = 4
    const fileEvents: FileEventCalls = {
      ...calls,
      addWatch(queue, path, mask) {
        if (left-- > 0) return calls.addWatch(queue, path, mask)
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      }
    }
    const limited: Native = { ...native, posix: { ...native.posix!, fileEvents } }
    const issues: string[] = []
    using host = await JournalHost.start(
      limited,
      { storePath: folder.of('journal'), roots: [root], ownPaths: [], gate: undefined, method: 'inotify' },
      { onBatch: () => {}, onIssue: ({ code }) => issues.push(code) }
    )
    host.settle(host.changes().cursor, 'one')
    const { unknown } = host.changes()
    expect(unknown.length).toBeGreaterThan(0)
    for (const doubt of unknown) expect(doubt).toMatchObject({ reason: 'watch-limit', isStanding: true })
    expect(issues).toEqual(['WATCH_LIMIT_REACHED'])
    left = 100
    host.settle(host.changes().cursor, 'two')
    expect(host.changes().unknown).toEqual([])
  })

  it('when a root goes at the moment at which it is watched, and comes back as it was', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(root)
    const native = loadNative()!
    const calls = native.posix!.fileEvents!
    let isAway = true
    const fileEvents: FileEventCalls = {
      ...calls,
      addWatch(queue, path, mask) {
        if (!isAway) return calls.addWatch(queue, path, mask)
        throw Object.assign(new Error('gone'), { code: 'ENOENT' })
      }
    }
    using host = await JournalHost.start(
      { ...native, posix: { ...native.posix!, fileEvents } },
      { storePath: folder.of('journal'), roots: [root], ownPaths: [], gate: undefined, method: 'inotify' },
      { onBatch: () => {}, onIssue: () => {} }
    )
    host.settle(host.changes().cursor, 'one')
    expect(host.changes().unknown).toMatchObject([{ path: root, isStanding: true }])
    isAway = false
    host.settle(host.changes().cursor, 'two')
    writeFileSync(join(root, 'file'), '')
    expect(host.changes()).toMatchObject({ dirtyCount: 2, unknown: [] })
  })

  it('when a root and a folder in another one may not be read', async () => {
    using folder = temporaryFolder()
    const roots = [folder.of('a'), folder.of('b')]
    for (const root of roots) mkdirSync(join(root, 'inner'), { recursive: true })
    const native = loadNative()!
    const calls = native.posix!.fileEvents!
    const closed = new Set([folder.of('a'), folder.of('b', 'inner')])
    const fileEvents: FileEventCalls = {
      ...calls,
      addWatch(queue, path, mask) {
        if (!closed.has(String(path))) return calls.addWatch(queue, path, mask)
        throw Object.assign(new Error('not permitted'), { code: 'EACCES' })
      }
    }
    const issues: unknown[] = []
    using host = await JournalHost.start(
      { ...native, posix: { ...native.posix!, fileEvents } },
      { storePath: folder.of('journal'), roots, ownPaths: [], gate: undefined, method: 'inotify' },
      { onBatch: () => {}, onIssue: ({ code, path }) => issues.push([code, path]) }
    )
    host.settle(host.changes().cursor, 'one')
    expect(host.changes().unknown).toEqual(
      [...closed].map((path) => ({ path, reason: 'watch-failed', isStanding: true }))
    )
    expect(issues).toEqual([['WATCH_ROOT_UNREADABLE', folder.of('a')]])
    closed.clear()
    host.settle(host.changes().cursor, 'two')
    expect(host.changes().unknown).toEqual([])
    writeFileSync(folder.of('a', 'inner', 'file'), '')
    expect(host.changes()).toMatchObject({ dirtyCount: 2 })
  })

  it.each([
    ['for a moment', 3, { unknown: [], dirty: ['a', 'a/file'] }],
    ['at all', Number.POSITIVE_INFINITY, { unknown: [''], dirty: [] }]
  ])('when the system does not say where something happened %s', async (_, times, expected) => {
    if (!METHODS.includes('fanotify')) return
    using folder = temporaryFolder(folderFor('fanotify'))
    const root = folder.of('root')
    mkdirSync(join(root, 'a'), { recursive: true })
    const native = loadNative()!
    const calls = native.posix!.fileSystemEvents!
    let refused = 0
    const fileSystemEvents: FileSystemEventCalls = {
      ...calls,
      openHandle(mount, handle) {
        if (refused-- > 0) throw Object.assign(new Error('no memory'), { code: 'ENOMEM' })
        return calls.openHandle(mount, handle)
      }
    }
    using host = await JournalHost.start(
      { ...native, posix: { ...native.posix!, fileSystemEvents } },
      { storePath: folder.of('journal'), roots: [root], ownPaths: [], gate: undefined, method: 'fanotify' },
      { onBatch: () => {}, onIssue: () => {} }
    )
    host.settle(host.changes().cursor, 'one')
    refused = times
    writeFileSync(join(root, 'a', 'file'), '')
    const { cursor, unknown } = host.changes()
    const relative = (path: string) => path.slice(root.length + 1)
    using store = JournalStore.reader(folder.of('journal'))
    const dirty = [...store.dirty()].map(relative)
    expect({ unknown: unknown.map(({ path }) => relative(path)), dirty }).toEqual(expected)
    // It is heard of again when the system says so.
    refused = 0
    host.settle(cursor, 'two')
    writeFileSync(join(root, 'a', 'file'), 'x')
    expect(host.changes()).toMatchObject({ dirtyCount: 1, unknown: [] })
  })

  it('when the system has a limit of its own', () => {
    if (spawnSync('unshare', ['-Ur', 'true']).status !== 0) return
    using folder = temporaryFolder()
    const root = folder.of('root')
    for (let count = 0; count < 60; count++) mkdirSync(join(root, `${count}`), { recursive: true })
    // A limit of its own, in a namespace of its own.
    const script = `echo 50 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"`
    const program = new URL('./watch-limit-program.ts', import.meta.url).pathname
    const output = execFileSync(
      'unshare',
      [
        '-Ur',
        'sh',
        '-c',
        script,
        process.execPath,
        '--conditions=@tercet/source',
        program,
        root,
        folder.of('journal')
      ],
      { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' } }
    )
    const { issues, first, second, missed } = JSON.parse(output)
    expect(issues).toEqual(['WATCH_LIMIT_REACHED'])
    expect(first).toEqual(['start'])
    expect(second.length).toBeGreaterThan(5)
    expect(new Set(second)).toEqual(new Set(['watch-limit']))
    expect(missed).toEqual([])
  })
})

describe('bad input', () => {
  it('is refused with a code', async () => {
    using folder = temporaryFolder()
    const store = folder.of('journal')
    const failure = (options: object) => openChangeJournal(options as never).catch((error: unknown) => error)
    expect(await failure({ roots: [folder.of('missing')], store })).toMatchObject({ code: 'WATCH_NO_ROOT' })
    expect(await failure({ roots: [], store })).toMatchObject({ code: 'CONFIG_MISSING' })
    expect(await failure({ roots: [folder.path], store, root: 1 })).toMatchObject({
      code: 'CONFIG_UNKNOWN_KEY'
    })
    expect(await failure({ roots: [folder.path], store: folder.of('no', 'journal') })).toMatchObject({
      code: 'WATCH_STORE_UNUSABLE'
    })
    await using _journal = await openChangeJournal({ roots: [folder.path], store })
    expect(await failure({ roots: [folder.path], store })).toMatchObject({ code: 'WATCH_STORE_LOCKED' })
  })

  it('is refused when the file is no journal, and the file stays', async () => {
    using folder = temporaryFolder()
    const store = folder.of('other.db')
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    const other = new DatabaseSync(store)
    other.exec('CREATE TABLE precious (x)')
    other.close()
    const failure = await openChangeJournal({ roots: [folder.path], store }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'WATCH_STORE_UNUSABLE' })
    const again = new DatabaseSync(store)
    expect(again.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'precious' }])
    again.close()
  })

  it('covers roots inside others once', async () => {
    using folder = temporaryFolder()
    mkdirSync(folder.of('root', 'inner'), { recursive: true })
    const issues: WatchIssue[] = []
    await using journal = await openChangeJournal({
      roots: [folder.of('root', 'inner'), folder.of('root'), folder.of('missing')],
      store: folder.of('journal'),
      onIssue: (issue) => issues.push(issue)
    })
    expect(journal.roots).toEqual([folder.of('missing'), folder.of('root')])
    expect(issues.map(({ code, path }) => [code, path])).toEqual([
      ['WATCH_ROOT_NESTED', folder.of('root', 'inner')],
      ['WATCH_ROOT_MISSING', folder.of('missing')]
    ])
  })
})
