import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ChangeJournalOptions, openChangeJournal, type WatchIssue } from '../src/index.ts'
import { missedBy } from './coverage.ts'
import { folderFor, METHODS } from './methods.ts'
import { differences, temporaryFolder as makeTemporaryFolder, snapshot } from './tree.ts'

const WAYS = METHODS.flatMap((method) => [
  [`${method} on a thread`, method, true] as const,
  [`${method} on the calling thread`, method, false] as const
])

describe.each(WAYS)('a journal by %s', (_, method, thread) => {
  const open = (options: ChangeJournalOptions) => openChangeJournal({ thread, method, ...options })
  const temporaryFolder = () => makeTemporaryFolder(folderFor(method))

  it('doubts everything at first, and nothing when that is settled', async () => {
    using folder = temporaryFolder()
    mkdirSync(folder.of('root', 'a', 'b'), { recursive: true })
    await using journal = await open({ roots: [folder.of('root')], store: folder.of('journal') })
    const first = await journal.changes()
    expect(first.unknown).toEqual([{ path: folder.of('root'), reason: 'start', isStanding: false }])
    expect(first.baseline).toBeUndefined()
    await journal.settle(first.cursor, 'one')
    const second = await journal.changes()
    expect([...second.dirty]).toEqual([])
    expect(second).toMatchObject({ dirtyCount: 0, unknown: [], baseline: 'one' })
  })

  it('names what happened to files', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(root)
    for (const name of ['written', 'cut', 'gone', 'old', 'mode', 'time', 'same'])
      writeFileSync(join(root, name), name)
    await using journal = await open({ roots: [root], store: folder.of('journal') })
    await journal.settle((await journal.changes()).cursor, 'one')
    appendFileSync(join(root, 'written'), 'more')
    truncateSync(join(root, 'cut'), 1)
    unlinkSync(join(root, 'gone'))
    renameSync(join(root, 'old'), join(root, 'new'))
    chmodSync(join(root, 'mode'), 0o600)
    utimesSync(join(root, 'time'), 1, 2)
    writeFileSync(join(root, 'made'), '')
    symlinkSync('nowhere', join(root, 'link'))
    const { dirty, dirtyCount, unknown } = await journal.changes()
    expect([...dirty]).toEqual(
      ['', 'cut', 'gone', 'link', 'made', 'mode', 'new', 'old', 'time', 'written'].map((name) =>
        join(root, name).replace(/\/$/, '')
      )
    )
    expect(dirtyCount).toBe(10)
    expect(unknown).toEqual([])
  })

  it('keeps what happens after a version has begun', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(root)
    writeFileSync(join(root, 'both'), '')
    writeFileSync(join(root, 'before'), '')
    await using journal = await open({ roots: [root], store: folder.of('journal') })
    await journal.settle((await journal.changes()).cursor, 'one')
    appendFileSync(join(root, 'both'), 'x')
    appendFileSync(join(root, 'before'), 'x')
    const begun = await journal.changes()
    appendFileSync(join(root, 'both'), 'y')
    await journal.changes()
    await journal.settle(begun.cursor, 'two')
    const next = await journal.changes()
    expect([...next.dirty]).toEqual([join(root, 'both')])
    expect(next.baseline).toBe('two')
  })

  it('watches folders that are made, moved in and nested', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(root)
    mkdirSync(folder.of('outside', 'x', 'y'), { recursive: true })
    writeFileSync(folder.of('outside', 'x', 'y', 'file'), 'old')
    await using journal = await open({ roots: [root], store: folder.of('journal') })
    await journal.settle((await journal.changes()).cursor, 'one')
    mkdirSync(join(root, 'a', 'b', 'c'), { recursive: true })
    renameSync(folder.of('outside', 'x'), join(root, 'x'))
    const made = await journal.changes()
    expect(made.unknown.map(({ path, reason }) => [path, reason])).toEqual([
      [join(root, 'a'), 'new-folder'],
      [join(root, 'x'), 'new-folder']
    ])
    await journal.settle(made.cursor, 'two')
    writeFileSync(join(root, 'a', 'b', 'c', 'file'), '')
    appendFileSync(join(root, 'x', 'y', 'file'), 'new')
    const { dirty } = await journal.changes()
    expect([...dirty]).toEqual([join(root, 'a/b/c'), join(root, 'a/b/c/file'), join(root, 'x/y/file')])
  })

  it('lets go of folders that are moved out', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(join(root, 'x', 'y'), { recursive: true })
    await using journal = await open({ roots: [root], store: folder.of('journal') })
    renameSync(join(root, 'x'), folder.of('x'))
    const moved = await journal.changes()
    await journal.settle(moved.cursor, 'one')
    writeFileSync(folder.of('x', 'y', 'file'), '')
    const { dirty, unknown } = await journal.changes()
    expect([[...dirty], unknown]).toEqual([[], []])
  })

  it('marks all names of a file that has several', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(join(root, 'other'), { recursive: true })
    writeFileSync(join(root, 'one'), '')
    linkSync(join(root, 'one'), join(root, 'other', 'two'))
    writeFileSync(join(root, 'alone'), '')
    await using journal = await open({ roots: [root], store: folder.of('journal') })
    await journal.settle((await journal.changes()).cursor, 'one')
    const before = snapshot(root)
    appendFileSync(join(root, 'one'), 'x')
    linkSync(join(root, 'alone'), join(root, 'other', 'third'))
    const changes = await journal.changes()
    expect([...changes.dirty].map((path) => path.slice(root.length + 1))).toEqual([
      'alone',
      'one',
      'other',
      'other/third',
      'other/two'
    ])
    expect(missedBy(changes, differences(before, snapshot(root)))).toEqual([])
    await journal.settle(changes.cursor, 'two')
    unlinkSync(join(root, 'other', 'two'))
    rmSync(join(root, 'other'), { recursive: true })
    const names = [...(await journal.changes()).dirty].map((path) => path.slice(root.length + 1))
    expect(names).toEqual(expect.arrayContaining(['alone', 'one']))
  })

  it('notes nothing of own files', async () => {
    using folder = temporaryFolder()
    const root = folder.path
    await using journal = await open({
      roots: [root],
      store: folder.of('journal'),
      ownPaths: [folder.of('mine')]
    })
    await journal.settle((await journal.changes()).cursor, 'one')
    mkdirSync(folder.of('mine'))
    writeFileSync(folder.of('mine', 'file'), '')
    await journal.settle((await journal.changes()).cursor, 'two')
    const { dirty, unknown } = await journal.changes()
    expect([[...dirty], unknown]).toEqual([[], []])
  })

  it('watches a root that is a file, also when another one takes its place', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    writeFileSync(root, '1')
    await using journal = await open({ roots: [root], store: folder.of('journal') })
    const settle = async () => {
      const changes = await journal.changes()
      const missed = missedBy(changes, [root])
      await journal.settle(changes.cursor, 'next')
      return missed
    }
    await settle()
    expect(await settle()).toEqual([root])
    appendFileSync(root, '2')
    expect(await settle()).toEqual([])
    writeFileSync(folder.of('new'), '3')
    renameSync(folder.of('new'), root)
    expect(await settle()).toEqual([])
    expect(await settle()).toEqual([root])
    appendFileSync(root, '4')
    expect(await settle()).toEqual([])
  })

  it('doubts a root that is gone until it is there again', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(root)
    const issues: WatchIssue[] = []
    await using journal = await open({
      roots: [root],
      store: folder.of('journal'),
      onIssue: (issue) => issues.push(issue)
    })
    await journal.settle((await journal.changes()).cursor, 'one')
    renameSync(root, folder.of('away'))
    const gone = await journal.changes()
    expect(gone.unknown).toEqual([{ path: root, reason: 'root-missing', isStanding: true }])
    await journal.settle(gone.cursor, 'two')
    expect((await journal.changes()).unknown).toHaveLength(1)
    mkdirSync(root)
    const back = await journal.changes()
    expect(back.unknown).toMatchObject([{ path: root, isStanding: false }])
    await journal.settle(back.cursor, 'three')
    writeFileSync(join(root, 'file'), '')
    expect([...(await journal.changes()).dirty]).toEqual([root, join(root, 'file')])
    expect(issues.map(({ code }) => code)).toEqual(['WATCH_ROOT_MISSING'])
  })

  it('doubts everything after a restart, and remembers the version', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(root)
    {
      await using journal = await open({ roots: [root], store: folder.of('journal') })
      await journal.settle((await journal.changes()).cursor, 'one')
    }
    await using journal = await open({ roots: [root], store: folder.of('journal') })
    expect(await journal.changes()).toMatchObject({
      unknown: [{ path: root, reason: 'restart' }],
      baseline: 'one'
    })
  })

  it('tells batches as they come, until it is closed', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(root)
    const journal = await open({ roots: [root], store: folder.of('journal') })
    await journal.settle((await journal.changes()).cursor, 'one')
    const batches = journal[Symbol.asyncIterator]()
    const first = batches.next()
    writeFileSync(join(root, 'file'), '')
    const { value } = await first
    expect(value!.dirty).toContain(join(root, 'file'))
    expect(journal.lastChangeAtMs).toBeTypeOf('number')
    await journal[Symbol.asyncDispose]()
    const rest = []
    for (let next = await batches.next(); !next.done; next = await batches.next()) rest.push(next)
    expect(rest.length).toBeLessThan(3)
    await expect(journal.changes()).rejects.toMatchObject({ code: 'WATCH_CLOSED' })
    await journal[Symbol.asyncDispose]()
  })
})
