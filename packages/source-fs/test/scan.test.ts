import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { loadNative } from '@tercet/native'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  countSources,
  type FolderScan,
  type ResolvedScanOptions,
  resolveScanOptions,
  type ScanContext,
  type ScanDecision,
  type ScanOptions,
  type SourceIssue,
  scanDecisions,
  scanListed,
  scanSources
} from '../src/index.ts'
import { makeTree, useTempFolder } from './temp-folder.ts'

const temp = useTempFolder()

type Rest = Omit<ScanOptions, 'sources'>

function resolved(options: Rest & { sources?: readonly string[] } = {}): ResolvedScanOptions {
  return resolveScanOptions({ sources: [temp.path], ...options })
}

/** Without the folder of the test. */
function short(full: string): string {
  return full.startsWith(`${temp.path}/`) ? full.slice(temp.path.length + 1) : full
}

function pathsOf(scans: Iterable<FolderScan>): string[] {
  return [...scans].flatMap((scan) => scan.entries.map((entry) => short(scan.path + entry.name))).sort()
}

function issuesOf(scans: Iterable<FolderScan>): SourceIssue[] {
  return [...scans].flatMap((scan) => scan.issues)
}

describe.each([
  ['with native calls', { native: loadNative() }],
  ['without native calls', {}]
] as [string, ScanContext][])('a scan %s', (_, context) => {
  function scan(options: Rest & { sources?: readonly string[] } = {}): FolderScan[] {
    return [...scanSources(resolved(options), context)]
  }

  it('visits each folder once, before what is in it, with sorted entries', () => {
    makeTree(temp.path, ['b/x', 'b/a/y', 'a.txt', 'a/z', 'a-b', 'empty/'])
    const scans = scan()
    const parent = `${path.dirname(temp.path)}/`
    expect(scans.map(({ path: folder, kind, complete }) => [short(folder), kind, complete])).toEqual([
      [parent, 'listed', true],
      [`${temp.path}/`, 'folder', true].map((value) => (value === `${temp.path}/` ? '' : value)),
      ['a/', 'folder', true],
      ['b/', 'folder', true],
      ['b/a/', 'folder', true],
      ['empty/', 'folder', true]
    ])
    expect(scans[0]!.entries).toMatchObject([{ name: `${path.basename(temp.path)}/`, type: 'folder' }])
    expect(scans[1]!.entries.map((entry) => entry.name)).toEqual(['a-b', 'a.txt', 'a/', 'b/', 'empty/'])
    expect(issuesOf(scans)).toEqual([])
  })

  it('sorts names as their UTF-8 bytes', () => {
    const names = [
      '\u{1F388}',
      '\uff5e',
      'é',
      'e',
      'E',
      '日',
      '\ue000',
      '__proto__',
      '-x',
      ' ',
      'a\nb',
      'x'.repeat(255)
    ]
    makeTree(temp.path, names)
    const found = scan()[1]!.entries.map((entry) => entry.name)
    expect(found).toEqual(names.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))))
  })

  it('gives what lstat knows', () => {
    makeTree(temp.path, ['file'])
    const file = path.join(temp.path, 'file')
    fs.chmodSync(file, 0o4751)
    execFileSync('touch', ['-d', '@-1.5', file])
    const stats = fs.lstatSync(file, { bigint: true })
    expect(scan()[1]!.entries[0]!.stat).toEqual({
      mode: 0o104751,
      uid: 0,
      gid: 0,
      nlink: 1,
      size: 4,
      mtimeSeconds: -2,
      mtimeNanoseconds: 500_000_000,
      ctimeSeconds: Number(stats.ctimeNs / 1_000_000_000n),
      ctimeNanoseconds: Number(stats.ctimeNs % 1_000_000_000n),
      inodeHigh: Number(stats.ino >> 32n),
      inodeLow: Number(stats.ino & 0xffffffffn),
      device: Number(stats.dev)
    })
  })

  it('leaves out devices, FIFOs and sockets without an issue', () => {
    makeTree(temp.path, ['file'])
    execFileSync('mkfifo', [path.join(temp.path, 'fifo')])
    execFileSync('mknod', [path.join(temp.path, 'null'), 'c', '1', '3'])
    const scans = scan()
    expect(pathsOf(scans.slice(1))).toEqual(['file'])
    expect(issuesOf(scans)).toEqual([])
  })

  it('reports names that are not UTF-8, and stores real replacement characters', () => {
    makeTree(temp.path, ['real \ufffd', 'other'])
    fs.writeFileSync(Buffer.concat([Buffer.from(`${temp.path}/bad `), Buffer.of(0xff)]), '')
    const scans = scan()
    expect(pathsOf(scans.slice(1))).toEqual(['other', 'real \ufffd'])
    expect(issuesOf(scans)).toMatchObject([
      { code: 'SOURCE_NAME_NOT_UTF8', path: `${temp.path}/bad \\xff`, carryOver: 'none', severity: 'warning' }
    ])
  })

  describe('links', () => {
    function links(): void {
      makeTree(temp.path, ['dir/file', 'file', 'outside/x'])
      fs.symlinkSync('dir', path.join(temp.path, 'to-dir'))
      fs.symlinkSync('file', path.join(temp.path, 'to-file'))
      fs.symlinkSync('nowhere', path.join(temp.path, 'dangling'))
    }

    it('are stored as links, those to folders with a separator', () => {
      links()
      const [, top] = scan()
      const seen = top!.entries.filter((entry) => entry.type === 'symlink').map((entry) => entry.name)
      expect(seen).toEqual(['dangling', 'to-dir/', 'to-file'])
      expect(pathsOf(scan())).not.toContain('to-dir/file')
    })

    it('are ignored', () => {
      links()
      expect(pathsOf(scan({ symlinkPolicy: 'ignore' }).slice(1))).toEqual([
        'dir/',
        'dir/file',
        'file',
        'outside/',
        'outside/x'
      ])
    })

    it('are followed, but not where they lead nowhere', () => {
      links()
      const scans = scan({ symlinkPolicy: 'follow' })
      expect(pathsOf(scans)).toEqual(
        expect.arrayContaining(['dangling', 'to-dir/', 'to-dir/file', 'to-file'])
      )
      const top = scans.find((candidate) => short(candidate.path) === '')!
      expect(top.entries.find((entry) => entry.name === 'to-file')).toMatchObject({
        type: 'file',
        stat: { size: 4 }
      })
      expect(top.entries.find((entry) => entry.name === 'to-dir/')).toMatchObject({ type: 'folder' })
      expect(top.entries.find((entry) => entry.name === 'dangling')).toMatchObject({ type: 'symlink' })
      expect(issuesOf(scans)).toMatchObject([{ code: 'SOURCE_LINK_DANGLING', path: `${temp.path}/dangling` }])
    })

    it('that lead in circles are stored as links', () => {
      makeTree(temp.path, ['a/b/'])
      fs.symlinkSync('../..', path.join(temp.path, 'a/b/up'))
      fs.symlinkSync('.', path.join(temp.path, 'a/self'))
      fs.symlinkSync('loop', path.join(temp.path, 'a/loop'))
      const scans = scan({ symlinkPolicy: 'follow' })
      expect(pathsOf(scans.slice(1))).toEqual(['a/', 'a/b/', 'a/b/up/', 'a/loop', 'a/self/'])
      expect(issuesOf(scans).map((issue) => [issue.code, short(issue.path)])).toEqual([
        ['SOURCE_LINK_DANGLING', 'a/loop'],
        ['SOURCE_LINK_CYCLE', 'a/self'],
        ['SOURCE_LINK_CYCLE', 'a/b/up']
      ])
    })

    it('given as sources mean what they lead to', () => {
      links()
      const scans = scan({ sources: [path.join(temp.path, 'to-dir')] })
      expect(pathsOf(scans)).toEqual(['to-dir/', 'to-dir/file'])
      expect(scans[0]!.entries[0]!.type).toBe('folder')
    })
  })

  describe('hard links', () => {
    function hardLinks(): void {
      makeTree(temp.path, ['a/one', 'single'])
      fs.linkSync(path.join(temp.path, 'a/one'), path.join(temp.path, 'b'))
      fs.linkSync(path.join(temp.path, 'a/one'), path.join(temp.path, 'c'))
    }

    it('are ordinary files', () => {
      hardLinks()
      expect(pathsOf(scan().slice(1))).toEqual(['a/', 'a/one', 'b', 'c', 'single'])
    })

    it('keep all their names with the policy first, and the later ones know the first', () => {
      hardLinks()
      const scans = scan({ hardlinkPolicy: 'first' })
      expect(pathsOf(scans.slice(1))).toEqual(['a/', 'a/one', 'b', 'c', 'single'])
      const linkOf = new Map(
        scans.flatMap((found) => found.entries.map((entry) => [short(found.path + entry.name), entry.linkOf]))
      )
      expect(linkOf.get('b')).toBeUndefined()
      expect(linkOf.get('c')).toBe(`${temp.path}/b`)
      expect(linkOf.get('a/one')).toBe(`${temp.path}/b`)
      expect(linkOf.get('single')).toBeUndefined()
    })

    it('are dropped with the policy none', () => {
      hardLinks()
      expect(pathsOf(scan({ hardlinkPolicy: 'none' }).slice(1))).toEqual(['a/', 'single'])
    })
  })

  describe('exclusions', () => {
    it('by filter do not enter folders', () => {
      makeTree(temp.path, ['keep/a.tmp', 'keep/b', 'drop/b', 'x/drop/c'])
      expect(pathsOf(scan({ filters: ['-*/drop/', '-*.tmp'] }).slice(1))).toEqual(['keep/', 'keep/b', 'x/'])
    })

    it('by only includes enter every folder, and say which they do not store', () => {
      makeTree(temp.path, ['a/b/c.jpg', 'a/d.txt', 'e/'])
      const scans = scan({ filters: ['+*.jpg'] })
      expect(pathsOf(scans.slice(1))).toEqual(['a/b/c.jpg'])
      expect(scans.map((found) => found.entered)).toEqual([[], ['a/', 'e/'], ['b/'], [], []])
    })

    it('by marker drop the folder, but not a source', () => {
      makeTree(temp.path, ['CACHEDIR.TAG', 'cache/CACHEDIR.TAG', 'cache/x', 'other/.nobackup', 'fine/y'])
      expect(pathsOf(scan().slice(1))).toEqual([
        'CACHEDIR.TAG',
        'fine/',
        'fine/y',
        'other/',
        'other/.nobackup'
      ])
      expect(pathsOf(scan({ ignoreFilenames: ['.nobackup'] }))).toContain('cache/x')
      expect(pathsOf(scan({ ignoreFilenames: ['.nobackup'] }))).not.toContain('other/')
      expect(pathsOf(scan({ ignoreFilenames: [] }))).toContain('other/.nobackup')
    })

    it('by size keep a file of exactly that size', () => {
      makeTree(temp.path, ['12345', '123456', '1234'])
      expect(pathsOf(scan({ skipFilesLargerThan: 5 }).slice(1))).toEqual(['1234', '12345'])
      expect(pathsOf(scan({ skipFilesLargerThan: 0 }).slice(1))).toHaveLength(3)
    })

    it('by attribute', () => {
      makeTree(temp.path, ['.hidden/x', '.dot', 'plain', 'readonly'])
      fs.chmodSync(path.join(temp.path, 'readonly'), 0o444)
      expect(pathsOf(scan({ excludeFilesAttributes: ['hidden'] }).slice(1))).toEqual(['plain', 'readonly'])
      expect(pathsOf(scan({ excludeFilesAttributes: ['ReadOnly', 'Directory'] }).slice(1))).toEqual([
        '.dot',
        'plain'
      ])
    })

    it('by extended attribute drop files and folders, not sources', () => {
      makeTree(temp.path, ['a/x', 'b\\\n', 'c', 'd'])
      for (const name of ['.', 'a', 'b\\\n']) {
        execFileSync('setfattr', ['-n', 'user.duplicati.exclude', path.join(temp.path, name)])
      }
      execFileSync('setfattr', ['-n', 'user.other', path.join(temp.path, 'd')])
      expect(pathsOf(scan().slice(1))).toEqual(['c', 'd'])
      expect(pathsOf(scan({ exclusionXattrs: false }).slice(1))).toEqual(['a/', 'a/x', 'b\\\n', 'c', 'd'])
    })

    it('by extended attribute can be asked for when they matter', () => {
      makeTree(temp.path, ['a/x', 'b/y', 'c'])
      execFileSync('setfattr', [
        '-n',
        'user.duplicati.exclude',
        path.join(temp.path, 'a'),
        path.join(temp.path, 'c')
      ])
      const seen: string[] = []
      for (const found of scanSources(resolved(), { ...context, deferXattrs: true })) {
        expect(found.entries.map((entry) => found.excludeByXattr(entry)).length).toBeGreaterThan(0)
        seen.push(...found.entries.map((entry) => short(found.path + entry.name)))
        if (short(found.path) === '') {
          expect(found.entries.map((entry) => entry.name)).toEqual(['b/', 'c'].slice(0, found.entries.length))
        }
      }
      expect(seen.slice(1)).not.toContain('a/x')
      expect(seen).toContain('b/y')
    })

    it('of own files', () => {
      makeTree(temp.path, ['catalog', 'spool/x', 'data'])
      const ownFiles = [path.join(temp.path, 'catalog'), `${path.join(temp.path, 'spool')}/`]
      expect(pathsOf(scan({ ownFiles }).slice(1))).toEqual(['data'])
    })
  })

  describe('empty folders', () => {
    it('are left out on request, the source excepted', () => {
      makeTree(temp.path, ['a/b/c/', 'd/e/f', 'd/g/', 'h/x.tmp'])
      const options = { excludeEmptyFolders: true, filters: ['-*.tmp'] }
      expect(pathsOf(scan(options).slice(1))).toEqual(['d/', 'd/e/', 'd/e/f'])
      expect(scan(options)[0]!.entries).toHaveLength(1)
      const empty = path.join(temp.path, 'a/b/c')
      expect(pathsOf(scan({ ...options, sources: [empty] }))).toEqual(['a/b/c/'])
    })

    it('are those in which nothing is stored, whatever the tree', () => {
      const name = fc.constantFrom('a', 'b', 'c', 'd.tmp')
      const tree = fc.array(fc.array(name, { minLength: 1, maxLength: 5 }), { maxLength: 12 })
      fc.assert(
        fc.property(tree, fc.boolean(), (paths, asFolder) => {
          const root = fs.mkdtempSync(path.join(temp.path, 'tree-'))
          for (const [at, parts] of paths.entries()) {
            const full = path.join(root, ...parts)
            try {
              if (asFolder && at % 2 === 0) fs.mkdirSync(full, { recursive: true })
              else makeTree(root, [parts.join('/')])
            } catch {
              // A file where this path needs a folder, or the other way round: another tree then.
            }
          }
          const options = { sources: [root], filters: ['-*.tmp'] }
          const all = pathsOf(scan(options).slice(1))
          const expected = all.filter(
            (entry) =>
              !entry.endsWith('/') || all.some((file) => !file.endsWith('/') && file.startsWith(entry))
          )
          const found = scan({ ...options, excludeEmptyFolders: true })
          expect(pathsOf(found.filter((folder) => folder.kind === 'folder'))).toEqual(expected)
        }),
        { seed: 3, numRuns: 60 }
      )
    })
  })

  describe('sources', () => {
    it('that are files or share a folder', () => {
      makeTree(temp.path, ['a', 'b/c', 'd'])
      const scans = scan({ sources: [path.join(temp.path, 'b'), path.join(temp.path, 'a')] })
      expect(scans.map((found) => [short(found.path), found.kind])).toEqual([
        ['', 'listed'],
        ['b/', 'folder']
      ])
      expect(scans[0]!.entries.map((entry) => entry.name)).toEqual(['a', 'b/'])
    })

    it('inside others or given twice count once', () => {
      makeTree(temp.path, ['a/b/c'])
      const sources = ['a', 'a/b', 'a', 'a/b/c'].map((name) => path.join(temp.path, name))
      expect(pathsOf(scan({ sources }))).toEqual(['a/', 'a/b/', 'a/b/c'])
    })

    it('inside others stay, whatever excludes them', () => {
      makeTree(temp.path, ['x/other', 'x/y/keep/file', 'x/y/more', 'x/y/keep.tmp', 'z/f.tmp'])
      const sources = ['', 'x/y/keep', 'z/f.tmp'].map((name) => path.join(temp.path, name))
      const scans = scan({ sources, filters: ['-*/x/', '-*.tmp'] })
      expect(pathsOf(scans.slice(1))).toEqual(['x/y/keep/', 'x/y/keep/file', 'z/', 'z/f.tmp'])
      expect(scans.find((found) => short(found.path) === '')!.entered).toEqual(['x/'])
      expect(scans.find((found) => short(found.path) === 'x/')).toMatchObject({
        entered: ['y/'],
        entries: []
      })
    })

    it('that are missing are reported and carried over', () => {
      makeTree(temp.path, ['a'])
      const sources = ['a', 'gone', 'nor/there'].map((name) => path.join(temp.path, name))
      const scans = scan({ sources })
      expect(pathsOf(scans)).toEqual(['a'])
      expect(issuesOf(scans)).toMatchObject([
        { code: 'SOURCE_MISSING', path: sources[1], carryOver: 'entry', severity: 'warning' },
        { code: 'SOURCE_MISSING', path: sources[2], carryOver: 'entry' }
      ])
      expect(issuesOf(scan({ sources, allowMissingSource: true })).every((issue) => issue.silent)).toBe(true)
      expect(() => scan({ sources, abortIfSourceMissing: true })).toThrowError(
        expect.objectContaining({ code: 'SOURCE_MISSING', message: expect.stringContaining(sources[1]!) })
      )
    })

    it('inside others that are missing are reported too', () => {
      makeTree(temp.path, ['a'])
      const sources = [temp.path, path.join(temp.path, 'gone/deep'), path.join(temp.path, 'lost')]
      const issues = issuesOf(scan({ sources }))
      expect(issues.map((issue) => [issue.code, short(issue.path)])).toEqual([
        ['SOURCE_MISSING', 'lost'],
        ['SOURCE_MISSING', 'gone/deep']
      ])
    })

    it('that are all missing are an error', () => {
      expect(() => scan({ sources: [path.join(temp.path, 'gone')] })).toThrowError(
        expect.objectContaining({ code: 'SOURCE_NONE' })
      )
    })

    it('that are empty are an error on request', () => {
      expect(pathsOf(scan())).toHaveLength(1)
      expect(() => scan({ preventEmptySource: true })).toThrowError(
        expect.objectContaining({ code: 'SOURCE_FOLDER_EMPTY' })
      )
    })
  })

  describe('listed paths', () => {
    function listed(
      names: readonly string[],
      options: Rest & { sources?: readonly string[] } = {}
    ): FolderScan[] {
      return [
        ...scanListed(
          resolved(options),
          names.map((name) => path.join(temp.path, name)),
          context
        )
      ]
    }

    it('are looked at, and nothing else', () => {
      makeTree(temp.path, ['a/b', 'a/c', 'd/e', 'f'])
      const scans = listed(['a/c', 'a/b', 'd', 'f'])
      expect(scans.map((found) => [short(found.path), found.kind])).toEqual([
        ['a/', 'listed'],
        ['', 'listed']
      ])
      expect(pathsOf(scans)).toEqual(['a/b', 'a/c', 'd/', 'f'])
    })

    it('obey the filters, also on the way', () => {
      makeTree(temp.path, ['a/b.tmp', 'a/c', 'drop/in/x', 'cache/CACHEDIR.TAG', 'cache/y'])
      const scans = listed(['a/b.tmp', 'a/c', 'drop/in/x', 'cache/y'], { filters: ['-*/drop/', '-*.tmp'] })
      expect(pathsOf(scans)).toEqual(['a/c'])
      expect(issuesOf(scans)).toEqual([])
    })

    it('outside the sources or behind a link are refused', () => {
      makeTree(temp.path, ['s/a/x', 't/y'])
      fs.symlinkSync('a', path.join(temp.path, 's/link'))
      const scans = listed(['s/link/x', 't/y', 's/a/x'], { sources: [path.join(temp.path, 's')] })
      expect(pathsOf(scans)).toEqual(['s/a/x'])
      expect(issuesOf(scans).map((issue) => issue.code)).toEqual(['SOURCE_NOT_COVERED', 'SOURCE_NOT_COVERED'])
    })

    it('that are gone are reported and carried over', () => {
      makeTree(temp.path, ['a'])
      expect(issuesOf(listed(['a', 'gone', 'no/way']))).toMatchObject([
        { code: 'SOURCE_MISSING', path: `${temp.path}/gone`, carryOver: 'entry' },
        { code: 'SOURCE_MISSING', path: `${temp.path}/no/way`, carryOver: 'entry' }
      ])
    })

    it('are taken as they come, in scans of bounded size', () => {
      makeTree(temp.path, ['a'])
      function* endless(): Generator<string> {
        for (;;) yield path.join(temp.path, 'a')
      }
      const [first] = scanListed(resolved(), endless(), context).take(1)
      expect(first!.entries).toHaveLength(1000)
    })
  })

  it('explains what it decides, with the same decisions', () => {
    makeTree(temp.path, ['a.tmp', 'b', 'cache/CACHEDIR.TAG', 'big-file', 'x/y'])
    fs.symlinkSync('b', path.join(temp.path, 'link'))
    execFileSync('mkfifo', [path.join(temp.path, 'fifo')])
    const options = resolved({
      filters: ['+*/b', '-*.tmp'],
      skipFilesLargerThan: 7,
      symlinkPolicy: 'ignore',
      excludeEmptyFolders: true
    })
    const decisions = [...scanDecisions(options, context)].filter(
      (item): item is ScanDecision => 'stored' in item
    )
    const byPath = new Map(decisions.map((item) => [short(item.path), item]))
    const told = [...byPath].map(([name, { stored, reason, rule }]) => [name, stored, reason, rule])
    expect(told.slice(1).sort()).toEqual([
      ['a.tmp', false, 'filter', '-*.tmp'],
      ['b', true, 'filter', '+*/b'],
      ['big-file', false, 'size-limit', undefined],
      ['cache/', false, 'ignore-marker', undefined],
      ['fifo', false, 'special-file', undefined],
      ['link', false, 'symlink-policy', undefined],
      ['x/', true, 'filter', undefined],
      ['x/y', true, 'filter', undefined]
    ])
    const stored = decisions.filter((item) => item.stored).map((item) => short(item.path))
    expect(pathsOf(scanSources(options, context))).toEqual(stored.sort())
    const count = [...countSources(options, context)].at(-1)!
    expect(count).toEqual({ files: 2, folders: 2, symlinks: 0, bytes: 4 })
  })
})

describe('folders that may not be read', () => {
  it('are stored, and what is in them is carried over', () => {
    makeTree(temp.path, ['open/a', 'closed/b'])
    fs.chmodSync(path.join(temp.path, 'closed'), 0)
    fs.chmodSync(temp.path, 0o755)
    const program = `
      import { resolveScanOptions, scanSources } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
      import { loadNative } from '@tercet/native'
      process.setgid(65534)
      process.setuid(65534)
      for (const native of [loadNative(), undefined]) {
        const scans = [...scanSources(resolveScanOptions({ sources: [${JSON.stringify(temp.path)}] }), { native })]
        console.log(JSON.stringify(scans.map(({ path, complete, entries, issues }) => ({ path, complete, names: entries.map((entry) => entry.name), issues }))))
      }
    `
    const args = ['--conditions=@tercet/source', '--no-warnings', '--input-type=module', '-e', program]
    const output = execFileSync(process.execPath, args, { encoding: 'utf8', cwd: import.meta.dirname })
    const runs = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as (FolderScan & { names: string[] })[])
    expect(runs).toHaveLength(2)
    for (const scans of runs) {
      expect(scans[1]!.names).toEqual(['closed/', 'open/'])
      expect(scans[2]).toMatchObject({
        path: `${temp.path}/closed/`,
        complete: false,
        names: [],
        issues: [{ code: 'SOURCE_ACCESS_DENIED', path: `${temp.path}/closed/`, carryOver: 'content' }]
      })
      expect(scans[3]).toMatchObject({ complete: true, names: ['a'], issues: [] })
    }
  })
})

describe('options', () => {
  const sources = ['/a']
  it.each([
    [{ sources, symlinkPolicy: 'fallow' }, 'CONFIG_INVALID_VALUE'],
    [{ sources, hardlinkPolicy: '' }, 'CONFIG_INVALID_VALUE'],
    [{ sources, skipFilesLargerThan: -1 }, 'CONFIG_INVALID_VALUE'],
    [{ sources, skipFilesLargerThan: 1.5 }, 'CONFIG_INVALID_VALUE'],
    [{ sources, excludeFilesAttributes: ['Hiden'] }, 'CONFIG_INVALID_VALUE'],
    [{ sources, ignoreFilenames: 'CACHEDIR.TAG' }, 'CONFIG_INVALID_VALUE'],
    [{ sources, filter: [] }, 'CONFIG_UNKNOWN_KEY'],
    [{ sources, filters: ['-[('] }, 'FILTER_INVALID'],
    [{ sources, allowMissingSource: true, abortIfSourceMissing: true }, 'CONFIG_CONFLICT'],
    [{ sources: [] }, 'SOURCE_NONE'],
    [{ sources: ['a\0b'] }, 'CONFIG_INVALID_VALUE']
  ])('refuse %j', (options, code) => {
    expect(() => resolveScanOptions(options as unknown as ScanOptions)).toThrowError(
      expect.objectContaining({ code })
    )
  })

  it('name the attribute that was meant', () => {
    expect(() => resolveScanOptions({ sources, excludeFilesAttributes: ['Hiden'] })).toThrowError(/Hidden/)
  })
})
