import type { BaseEntry } from '@tercet/core'
import type { FileStat } from '@tercet/native'
import {
  type FolderScan,
  packSignature,
  type ScanEntry,
  SIGNATURE_BYTES,
  type SourceIssue
} from '@tercet/source-fs'
import { describe, expect, it } from 'vitest'
import type { ScanAnswer } from '../../src/backup/scan-answer.ts'
import { HINT } from '../../src/backup/scan-batch.ts'
import { type PreviousVersion, Scanner, type ScannerSettings } from '../../src/backup/scanner.ts'
import { type Reached, unreachedRanges } from '../../src/backup/unreached-ranges.ts'

const stat = (size = 1, mtimeSeconds = 100): FileStat => ({
  mode: 0o100644,
  uid: 0,
  gid: 0,
  nlink: 1,
  size,
  mtimeSeconds,
  mtimeNanoseconds: 0,
  ctimeSeconds: 100,
  ctimeNanoseconds: 0,
  inodeHigh: 0,
  inodeLow: 1,
  device: 1
})

const entry = (name: string, of: FileStat = stat()): ScanEntry => ({
  name,
  type: name.endsWith('/') ? 'folder' : 'file',
  stat: of
})

function scan(path: string, entries: ScanEntry[], more: Partial<FolderScan> = {}): FolderScan {
  const base = { path, kind: 'folder' as const, complete: true, entries, entered: [], issues: [] }
  return { ...base, excludeByXattr: () => false, ...more }
}

function row(name: string, of: FileStat | null = stat(), flags = 0): BaseEntry {
  const signature = new Uint8Array(SIGNATURE_BYTES)
  if (of !== null) packSignature(of, signature, 0)
  return {
    name,
    type: name.endsWith('/') ? 'folder' : 'file',
    size: of?.size ?? 1,
    mtime: of?.mtimeSeconds ?? 100,
    signature: of === null ? undefined : signature,
    flags
  }
}

const SETTINGS: ScannerSettings = {
  changeDetection: 'full',
  scope: 'all',
  trees: [],
  blockSizeBytes: 1024,
  fileHashBytes: 32,
  workers: 0,
  separator: '/'
}

/** Runs a scan to its end; what the version before has is given by folder. */
function run(
  scans: FolderScan[],
  previous: Record<string, BaseEntry[]>,
  settings: Partial<ScannerSettings> = {}
) {
  const version: PreviousVersion = {
    rows: (folder) => previous[folder] ?? [],
    rowsOf: (folder, names) => (previous[folder] ?? []).filter(({ name }) => names.includes(name)),
    hashes: () => new Map(),
    folders: (under = '') =>
      Object.keys(previous)
        .filter((folder) => folder.startsWith(under))
        .sort()
  }
  const answers: ScanAnswer[] = [...new Scanner(scans, version, { ...SETTINGS, ...settings }).run()]
  const batches = answers.flatMap(({ batch }) => batch ?? [])
  return {
    answers,
    read: batches.flatMap(({ names, folders, folderOf }) =>
      names.split('\0').map((name, index) => folders.split('\0')[folderOf[index]!]! + name)
    ),
    hints: batches.flatMap(({ hints }) => [...hints]),
    vanished: answers.flatMap(({ vanished }) => (vanished === '' ? [] : vanished.split('\0'))),
    totals: answers.at(-1)!.totals
  }
}

const lost = (path: string, carryOver: SourceIssue['carryOver']): SourceIssue => ({
  code: 'SOURCE_READ_FAILED',
  severity: 'warning',
  message: `${path} is lost`,
  path,
  carryOver
})

describe('Scanner', () => {
  it('passes over what has its old signature, and sends what is new or has another', () => {
    const found = run([scan('/a/', [entry('changed', stat(1, 101)), entry('new'), entry('same')])], {
      '/a/': [row('changed'), row('gone'), row('same')]
    })
    expect(found.read).toEqual(['/a/changed', '/a/new'])
    expect(found.hints).toEqual([HINT.PREVIOUS, 0])
    expect(found.vanished).toEqual(['/a/gone'])
    expect(found.totals).toMatchObject({ entries: 3, files: 3, unchangedEntries: 1 })
  })

  it('lets metadata decide where the catalog has no signature, and rewrites what is marked', () => {
    const found = run([scan('/a/', [entry('marked'), entry('unsigned')])], {
      '/a/': [row('marked', stat(), 1), row('unsigned', null)]
    })
    expect(found.hints).toEqual([HINT.PREVIOUS | HINT.REWRITE, HINT.PREVIOUS | HINT.METADATA_DECIDES])
  })

  it('takes a new type for a new entry', () => {
    const found = run([scan('/a/', [{ name: 'x', type: 'symlink', stat: stat() }])], { '/a/': [row('x')] })
    expect([found.read, found.hints]).toEqual([['/a/x'], [0]])
  })

  it('looks at times alone, or at nothing, when told to', () => {
    const scans = () => [scan('/a/', [entry('resized', stat(2)), entry('touched', stat(1, 200))])]
    const previous = { '/a/': [row('resized'), row('touched')] }
    expect(run(scans(), previous, { changeDetection: 'time-only' }).read).toEqual(['/a/touched'])
    const all = run([scan('/a/', [entry('same')])], { '/a/': [row('same')] }, { changeDetection: 'read-all' })
    expect(all.read).toEqual(['/a/same'])
  })

  it('keeps what could not be looked at, with all below it', () => {
    const found = run(
      [
        scan('/', [entry('a/')], { kind: 'listed' }),
        scan('/a/', [entry('closed/'), entry('open')], { issues: [lost('/a/broken', 'entry')] }),
        scan('/a/closed/', [], { complete: false, issues: [lost('/a/closed/', 'content')] })
      ],
      {
        '/': [row('a/'), row('former/')],
        '/a/': [row('broken/'), row('closed/'), row('gone'), row('open')],
        '/a/broken/': [row('deep/')],
        '/a/broken/deep/': [row('file')],
        '/a/closed/': [row('inside')],
        '/former/': [row('file')]
      }
    )
    expect(found.vanished.sort()).toEqual(['/a/gone', '/former/', '/former/file'])
  })

  it('sweeps nothing when only listed paths are looked at', () => {
    const found = run(
      [scan('/a/', [entry('x', stat(3))], { kind: 'listed' })],
      { '/a/': [row('x'), row('y')], '/b/': [row('z')] },
      { scope: 'listed' }
    )
    expect([found.read, found.vanished]).toEqual([['/a/x'], []])
  })

  it('drops what an attribute excludes, also where it was stored before', () => {
    const entries = [entry('a', stat(5)), entry('b', stat(5)), entry('c', stat(5))]
    const found = run(
      [
        scan('/', entries, {
          excludeByXattr(candidate) {
            if (candidate.name === 'c') return false
            entries.splice(entries.indexOf(candidate), 1)
            return true
          }
        })
      ],
      { '/': [row('a')] }
    )
    expect([found.read, found.vanished]).toEqual([['/c'], ['/a']])
  })

  it('answers in batches of bounded size, with running totals', () => {
    const entries = Array.from({ length: 2500 }, (_, index) => entry(String(index).padStart(5, '0')))
    const { answers, read } = run([scan('/a/', entries)], {})
    expect(answers.map(({ batch }) => batch?.count)).toEqual([1000, 1000, 500])
    expect(answers.map(({ totals, last }) => [totals.entries, last])).toEqual([
      [1000, false],
      [2000, false],
      [2500, true]
    ])
    expect(new Set(read).size).toBe(2500)
  })

  it('sends big files by themselves where there are threads to share them', () => {
    const huge = entry('huge', stat(100 * 1024 * 1024))
    const shared = run([scan('/a/', [huge])], {}, { workers: 2 })
    expect(shared.answers.flatMap(({ bigFiles }) => bigFiles.map(({ name }) => name))).toEqual(['huge'])
    expect(run([scan('/a/', [huge])], {}, { workers: 1 }).read).toEqual(['/a/huge'])
  })
})

describe('what a walk that is given up has not reached', () => {
  const previous = { '/': ['a/', 'b/'], '/a/': ['1', '2'], '/a/x/': ['3'], '/b/': ['4'], '/gone/': ['5'] }
  const version: PreviousVersion = {
    rows: (folder) => (previous[folder as keyof typeof previous] ?? []).map((name) => row(name)),
    rowsOf: () => [],
    hashes: () => new Map(),
    folders: () => Object.keys(previous)
  }
  /** Takes so many answers, and gives up with the next one. */
  function unreachedAfter(taken: number, settings: Partial<ScannerSettings> = {}) {
    // Each big file makes an answer of its own.
    const big = (name: string) => entry(name, stat(64 << 20))
    const scans = [
      scan('/', [entry('a/'), entry('b/')], { kind: 'listed' }),
      scan('/a/', [big('1'), big('2')]),
      scan('/a/x/', [big('3')]),
      scan('/b/', [big('4')])
    ]
    const scanner = new Scanner(scans, version, { ...SETTINGS, workers: 2, ...settings })
    const answers = scanner.run()
    for (let nth = 0; nth <= taken; nth++) answers.next()
    return [...scanner.unreached()].map(({ from, to }) => [
      from.folder + from.name,
      to && to.folder + to.name
    ])
  }

  it('is everything when no answer was taken', () => {
    expect(unreachedAfter(0)).toEqual([['/', undefined]])
  })

  it('begins behind the last entry that was taken, in the middle of a folder', () => {
    expect(unreachedAfter(1)).toEqual([['/a/2', undefined]])
  })

  it('begins with the next folder', () => {
    expect(unreachedAfter(2)).toEqual([['/a/x/', undefined]])
    expect(unreachedAfter(3)).toEqual([['/b/', undefined]])
  })

  it('is only what is gone when all was walked', () => {
    expect(unreachedAfter(4)).toEqual([['/gone/', undefined]])
  })

  it('is nothing where only listed paths are looked at', () => {
    expect(unreachedAfter(1, { scope: 'listed' })).toEqual([])
  })
})

describe('ranges of what was not reached', () => {
  it('join neighbours, and are apart from each other', () => {
    const names = { '/a/': ['1', '2', '3'], '/b/': ['4'], '/c/': ['5'], '/d/': ['6', '7'], '/e/': ['8'] }
    const reached: Record<string, Reached> = {
      '/a/': (name) => name !== '2',
      '/b/': false,
      '/c/': false,
      '/d/': (name) => name === '7',
      '/e/': true
    }
    const ranges = unreachedRanges(
      {
        folders: () => Object.keys(names),
        rows: (folder) => names[folder as keyof typeof names].map((name) => row(name))
      },
      (folder) => reached[folder]!
    )
    expect([...ranges]).toEqual([
      { from: { folder: '/a/', name: '2' }, to: { folder: '/a/', name: '3' } },
      { from: { folder: '/b/', name: '' }, to: { folder: '/d/', name: '7' } }
    ])
  })
})
