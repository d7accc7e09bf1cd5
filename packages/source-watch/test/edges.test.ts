import { spawnSync } from 'node:child_process'
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadNative } from '@tercet/native'
import { describe, expect, it } from 'vitest'
import { openChangeJournal } from '../src/index.ts'
import { JournalHost } from '../src/journal-host.ts'
import { folderFor, METHODS } from './methods.ts'
import { temporaryFolder } from './tree.ts'

const MODULE = new URL('../src/index.ts', import.meta.url).href

/** Runs a program that has `openChangeJournal`, `root` and `store`. */
function runProgram(text: string, root: string, store: string, environment: Record<string, string> = {}) {
  const head = `import { openChangeJournal } from ${JSON.stringify(MODULE)}
    const [root, store] = ${JSON.stringify([root, store])}\n`
  const program = `${store}.mjs`
  writeFileSync(program, head + text)
  return spawnSync(
    process.execPath,
    ['--conditions=@tercet/source', '--disable-warning=ExperimentalWarning', program],
    { encoding: 'utf8', env: { ...process.env, ...environment }, timeout: 60_000 }
  )
}

describe('a journal', () => {
  it('does not keep a process that exits', () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(root)
    const program = `const journal = await openChangeJournal({ roots: [root], store })
      await journal.changes()
      process.exit(7)`
    const { status, signal, stderr } = runProgram(program, root, folder.of('journal'))
    expect([status, signal, stderr]).toEqual([7, null, ''])
  })

  it('has the roots in doubt each time where the system cannot be asked to watch', () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(root)
    const program = `const issues = []
      const journal = await openChangeJournal({ roots: [root], store, onIssue: ({ code }) => issues.push(code) })
      await journal.settle((await journal.changes()).cursor, 'one')
      const { unknown, baseline } = await journal.changes()
      const { precision } = journal
      await journal[Symbol.asyncDispose]()
      console.log(JSON.stringify({ issues, unknown, baseline, precision }))`
    const { stdout } = runProgram(program, root, folder.of('journal'), { TERCET_NO_NATIVE: '1' })
    expect(JSON.parse(stdout)).toEqual({
      issues: ['WATCH_UNAVAILABLE'],
      unknown: [{ path: root, reason: 'not-watched', isStanding: true }],
      baseline: 'one',
      precision: 'hints'
    })
  })

  it('has no watch on a folder that is left out, nor on any below it', async () => {
    using folder = temporaryFolder()
    const root = folder.of('root')
    mkdirSync(join(root, 'cache', 'deep', 'er'), { recursive: true })
    mkdirSync(join(root, 'kept', 'cache'), { recursive: true })
    const gate = {
      module: new URL('./gate-module.ts', import.meta.url).href,
      make: 'withoutFolders',
      data: 'cache'
    }
    using host = await JournalHost.start(
      loadNative()!,
      { storePath: folder.of('journal'), roots: [root], ownPaths: [], gate, method: 'inotify' },
      { onBatch: () => {}, onIssue: () => {} }
    )
    expect(host.watches).toBe(2)
    host.settle(host.changes().cursor, 'one')
    writeFileSync(join(root, 'cache', 'deep', 'file'), '')
    mkdirSync(join(root, 'kept', 'cache', 'new'))
    expect(host.changes()).toMatchObject({ dirtyCount: 0, unknown: [] })
    // With a name that is not left out, it is watched.
    renameSync(join(root, 'cache'), join(root, 'found'))
    host.changes()
    expect(host.watches).toBe(5)
  })

  it.each(METHODS)('hears that the marker goes for which a folder is left out (%s)', async (method) => {
    using folder = temporaryFolder(folderFor(method))
    const root = folder.of('root')
    for (const name of ['gone', 'moved', 'linked', 'twice'])
      mkdirSync(join(root, name, 'deep'), { recursive: true })
    for (const name of ['gone', 'moved', 'linked']) writeFileSync(join(root, name, '.leave'), '')
    linkSync(join(root, 'linked', '.leave'), join(root, 'twice', '.leave'))
    const gate = {
      module: new URL('./gate-module.ts', import.meta.url).href,
      make: 'withoutMarked',
      data: '.leave'
    }
    await using journal = await openChangeJournal({
      roots: [root],
      store: folder.of('journal'),
      gate,
      method
    })
    await journal.settle((await journal.changes()).cursor, 'one')
    writeFileSync(join(root, 'gone', 'deep', 'file'), '')
    writeFileSync(join(root, 'moved', '.leave'), 'it says something else now')
    const unheard = await journal.changes()
    expect([[...unheard.dirty], unheard.unknown]).toEqual([[], []])
    rmSync(join(root, 'gone', '.leave'))
    renameSync(join(root, 'moved', '.leave'), join(root, 'left'))
    rmSync(join(root, 'linked', '.leave'))
    const freed = await journal.changes()
    const doubt = (name: string) => ({ path: join(root, name), reason: 'new-folder', isStanding: false })
    expect(freed.unknown).toEqual([doubt('gone'), doubt('linked'), doubt('moved')])
    await journal.settle(freed.cursor, 'two')
    // They are watched from now on, and the one whose marker has lost its other name is not.
    for (const name of ['gone', 'moved', 'linked', 'twice'])
      writeFileSync(join(root, name, 'deep', 'new'), '')
    const { dirty, unknown } = await journal.changes()
    const heard = ['gone', 'linked', 'moved'].flatMap((name) => [
      join(root, name, 'deep'),
      join(root, name, 'deep', 'new')
    ])
    expect([[...dirty].filter((path) => path !== join(root, 'linked')), unknown]).toEqual([heard, []])
  })

  it.each(METHODS)('names the folder of what has a name that is not UTF-8 (%s)', async (method) => {
    using folder = temporaryFolder(folderFor(method))
    const root = folder.of('root')
    mkdirSync(join(root, 'sub'), { recursive: true })
    await using journal = await openChangeJournal({ roots: [root], store: folder.of('journal'), method })
    await journal.settle((await journal.changes()).cursor, 'one')
    writeFileSync(Buffer.concat([Buffer.from(`${root}/sub/`), Buffer.from([0x66, 0xff, 0x66])]), 'x')
    const { dirty, unknown } = await journal.changes()
    expect([[...dirty], unknown]).toEqual([[join(root, 'sub')], []])
  })
})
