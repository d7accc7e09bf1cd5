import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { loadNative, type Native } from '@tercet/native'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createRestoreTarget,
  freeBytes,
  type Metadata,
  type RestoreTarget,
  type RestoreTargetOptions,
  type WriteMode
} from '../src/index.ts'
import { makeTree, useTempFolder } from './temp-folder.ts'

const temp = useTempFolder()

function inTemp(...names: string[]): string {
  return path.join(temp.path, ...names)
}

function failure(code: string): object {
  return expect.objectContaining({ code })
}

function metadata(some: Partial<Metadata> = {}): Metadata {
  return { xattrs: [], ...some }
}

/** Everything below a folder, links not followed. */
function describeTree(root: string, below = ''): string[] {
  return fs
    .readdirSync(path.join(root, below))
    .sort()
    .flatMap((name) => {
      const relative = path.join(below, name)
      const full = path.join(root, relative)
      const stats = fs.lstatSync(full)
      if (stats.isSymbolicLink()) return [`${relative} -> ${fs.readlinkSync(full)}`]
      return stats.isDirectory()
        ? [`${relative}/`, ...describeTree(root, relative)]
        : [`${relative}: ${fs.readFileSync(full)}`]
    })
}

describe.each([
  ['with native calls', loadNative()],
  ['without native calls', undefined]
] as [string, Native | undefined][])('a restore %s', (_, native) => {
  function open(options: Partial<RestoreTargetOptions> = {}): RestoreTarget {
    return createRestoreTarget({ root: inTemp('out'), versionTime: new Date(2024, 0, 5), native, ...options })
  }

  function write(
    target: RestoreTarget,
    relative: string,
    content: string,
    mode: WriteMode = 'new',
    some?: Partial<Metadata>
  ): void {
    const file = target.createFile(relative, mode)
    fs.writeSync(file.fd, content)
    target.finishFile(file, some === undefined ? undefined : metadata(some))
  }

  it('makes files and folders, and the root', () => {
    using target = open({ root: inTemp('new/root') })
    write(target, 'a/b/file', 'content')
    target.createFolder('a/empty')
    expect(describeTree(inTemp('new/root'))).toEqual(['a/', 'a/b/', 'a/b/file: content', 'a/empty/'])
    expect(target.takeIssues()).toEqual([])
  })

  it('writes new, replaced, added and patched files', () => {
    using target = open()
    write(target, 'f', 'one')
    expect(() => target.createFile('f', 'new')).toThrowError(failure('RESTORE_CONFLICT'))
    const before = fs.statSync(inTemp('out/f')).ino
    const replaced = target.createFile('f', 'replace')
    fs.writeSync(replaced.fd, 'two')
    expect(fs.readFileSync(inTemp('out/f'), 'utf8')).toBe('one')
    target.finishFile(replaced, undefined)
    expect(fs.readFileSync(inTemp('out/f'), 'utf8')).toBe('two')
    expect(fs.statSync(inTemp('out/f')).ino).not.toBe(before)
    write(target, 'g', 'three', 'add')
    const added = target.createFile('g', 'add')
    expect(() => target.finishFile(added, undefined)).toThrowError(failure('RESTORE_CONFLICT'))
    const patched = target.createFile('f', 'patch')
    fs.writeSync(patched.fd, 'w', 0)
    target.finishFile(patched, undefined)
    expect(describeTree(inTemp('out'))).toEqual(['f: wwo', 'g: three'])
  })

  it('removes what it discards, and only that', () => {
    using target = open()
    write(target, 'old', 'old')
    for (const [name, mode] of [
      ['x', 'new'],
      ['old', 'replace'],
      ['y', 'add'],
      ['old', 'patch']
    ] as const) {
      target.discardFile(target.createFile(name, mode))
    }
    target.closeFile(target.openExisting('old'))
    expect(describeTree(inTemp('out'))).toEqual(['old: old'])
    expect(() => target.openExisting('none')).toThrowError(failure('ENOENT'))
  })

  it('never replaces a folder by a file', () => {
    using target = open()
    write(target, 'd/inside', 'kept')
    target.createFolder('empty')
    for (const name of ['d', 'empty']) {
      expect(() => target.createFile(name, 'new')).toThrowError(failure('RESTORE_CONFLICT'))
      const file = target.createFile(name, 'replace')
      expect(() => target.finishFile(file, undefined)).toThrowError(failure('RESTORE_CONFLICT'))
      expect(() => target.openExisting(name)).toThrowError(failure('RESTORE_CONFLICT'))
    }
    expect(() => target.createFile('d/inside/deeper', 'new')).toThrowError(failure('RESTORE_CONFLICT'))
    expect(describeTree(inTemp('out'))).toEqual(['d/', 'd/inside: kept', 'empty/'])
  })

  it('does not write through links', () => {
    makeTree(temp.path, ['outside/secret', 'out/'])
    fs.symlinkSync('../outside', inTemp('out/link'))
    fs.symlinkSync('../outside/secret', inTemp('out/file-link'))
    fs.symlinkSync('.', inTemp('out/self'))
    using target = open()
    for (const relative of ['link/new', 'link/sub/new', 'self/new']) {
      expect(() => target.createFile(relative, 'new')).toThrowError(failure('RESTORE_PATH_UNSAFE'))
      expect(() => target.createFolder(relative)).toThrowError(failure('RESTORE_PATH_UNSAFE'))
      expect(() => target.createSymlink(relative, metadata({ linkTarget: 'x' }), true)).toThrowError(
        failure('RESTORE_PATH_UNSAFE')
      )
      expect(() => target.applyMetadata(relative, metadata())).toThrowError(failure('RESTORE_PATH_UNSAFE'))
      expect(() => target.lstat(relative)).toThrowError(failure('RESTORE_PATH_UNSAFE'))
    }
    expect(() => target.createFolder('link')).toThrowError(failure('RESTORE_PATH_UNSAFE'))
    expect(() => target.openExisting('file-link')).toThrowError(failure('RESTORE_CONFLICT'))
    expect(() => target.createFile('file-link', 'patch')).toThrowError(failure('RESTORE_CONFLICT'))
    expect(() => target.createFile('file-link', 'new')).toThrowError(failure('RESTORE_CONFLICT'))
    expect(() => target.applyMetadata('file-link', metadata({ mode: 0 }))).toThrowError()
    write(target, 'file-link', 'mine', 'replace')
    expect(describeTree(inTemp('outside'))).toEqual(['secret: outside/secret'])
    expect(fs.lstatSync(inTemp('out/file-link')).isFile()).toBe(true)
  })

  it('says why its root cannot be made', () => {
    fs.writeFileSync(inTemp('taken'), '')
    for (const root of [inTemp('taken'), inTemp('taken/below'), '/proc/tercet/below']) {
      expect(() => open({ root })).toThrow(failure('RESTORE_TARGET_UNUSABLE'))
      if (!root.startsWith('/proc')) expect(() => open({ root })).toThrow('it is not a folder')
    }
  })

  it('follows links on the way to its root', () => {
    makeTree(temp.path, ['real/'])
    fs.symlinkSync('real', inTemp('way'))
    using target = open({ root: inTemp('way/root') })
    write(target, 'a/f', 'x')
    expect(describeTree(inTemp('real/root'))).toEqual(['a/', 'a/f: x'])
  })

  it('refuses paths that a mapper would not make', () => {
    using target = open()
    for (const relative of ['..', '../x', 'a/../../x', '.', 'a//b', '/etc/x', 'a/', 'a\0b', '']) {
      for (const action of [
        () => target.createFile(relative, 'new'),
        () => target.createFile(relative, 'patch'),
        () => target.createSymlink(relative, metadata({ linkTarget: 'x' }), true),
        () => target.createHardLink(relative, relative, true)
      ]) {
        expect(action).toThrowError(failure('RESTORE_PATH_INVALID'))
      }
    }
    expect(fs.readdirSync(temp.path)).toEqual(['out'])
  })

  it('says when a name is too long', () => {
    using target = open()
    for (const relative of ['n'.repeat(256), `${'n'.repeat(256)}/x`]) {
      expect(() => target.createFile(relative, 'new')).toThrowError(failure('RESTORE_PATH_INVALID'))
    }
    expect(() => target.createSymlink('n'.repeat(256), metadata({ linkTarget: 'x' }), true)).toThrowError(
      failure('RESTORE_PATH_INVALID')
    )
  })

  it('stays in its root, whatever links and paths there are', () => {
    const name = fc.constantFrom('a', 'b', 'c', '..', 'up')
    const action = fc.record({
      kind: fc.constantFrom('file', 'folder', 'symlink', 'hardlink', 'metadata'),
      at: fc.array(name, { minLength: 1, maxLength: 4 }),
      to: fc.constantFrom('..', '../..', '../outside', '/', 'a', '.', '../outside/victim'),
      replace: fc.boolean()
    })
    let done = 0
    fc.assert(
      fc.property(fc.array(action, { maxLength: 15 }), (actions) => {
        const base = fs.mkdtempSync(inTemp('case-'))
        makeTree(base, ['outside/victim', 'outside/folder/'])
        fs.mkdirSync(path.join(base, 'out'))
        fs.symlinkSync('../outside', path.join(base, 'out/up'))
        const before = fs.lstatSync(path.join(base, 'outside/victim'), { bigint: true }).ctimeNs
        using target = open({ root: path.join(base, 'out'), permissions: true })
        for (const { kind, at, to, replace } of actions) {
          const relative = at.join('/')
          try {
            if (kind === 'file') write(target, relative, 'new', replace ? 'replace' : 'new', { mode: 0o600 })
            else if (kind === 'folder') target.createFolder(relative)
            else if (kind === 'symlink') target.createSymlink(relative, metadata({ linkTarget: to }), replace)
            else if (kind === 'hardlink') target.createHardLink(relative, to, replace)
            else
              target.applyMetadata(
                relative,
                metadata({ mode: 0o711, modified: { seconds: 5, nanoseconds: 0 } })
              )
            done++
          } catch {
            // Refused: what counts is what is outside afterwards.
          }
        }
        expect(fs.readdirSync(base).sort()).toEqual(['out', 'outside'])
        expect(describeTree(path.join(base, 'outside'))).toEqual(['folder/', 'victim: outside/victim'])
        expect(fs.lstatSync(path.join(base, 'outside/victim'), { bigint: true }).ctimeNs).toBe(before)
      }),
      { seed: 4, numRuns: 60 }
    )
    expect(done).toBeGreaterThan(50)
  })

  it('keeps many folders in use apart', () => {
    using target = open()
    const names = Array.from({ length: 300 }, (_, at) => `d${at}/e/f`)
    const files = names.map((relative) => target.createFile(relative, 'replace'))
    for (const [at, file] of files.entries()) fs.writeSync(file.fd, String(at))
    for (const file of files) target.finishFile(file, metadata())
    for (const [at, relative] of names.entries()) {
      expect(fs.readFileSync(inTemp('out', relative), 'utf8')).toBe(String(at))
    }
    const deep = Array.from({ length: 200 }, () => 'd').join('/')
    write(target, `${deep}/f`, 'deep')
    expect(fs.readFileSync(inTemp('out', deep, 'f'), 'utf8')).toBe('deep')
  })

  describe('of links', () => {
    it('makes them as they were, with their own time', () => {
      using target = open({ permissions: true })
      for (const [name, linkTarget] of [
        ['rel', '../up'],
        ['abs', '/etc/passwd'],
        ['dangling', 'none']
      ] as const) {
        const some = {
          linkTarget,
          uid: 77,
          gid: 88,
          modified: { seconds: 1_751_373_045, nanoseconds: 250_000_000 }
        }
        target.createSymlink(`d/${name}`, metadata(some), false)
        const stats = fs.lstatSync(inTemp('out/d', name), { bigint: true })
        expect(stats).toMatchObject({ uid: 77n, gid: 88n, mtimeNs: 1_751_373_045_250_000_000n })
        expect(fs.readlinkSync(inTemp('out/d', name))).toBe(linkTarget)
      }
      expect(target.takeIssues()).toEqual([])
      const raw = Buffer.from([0x61, 0xff])
      target.createSymlink('raw', metadata({ linkTarget: raw }), false)
      expect(fs.readlinkSync(inTemp('out/raw'), { encoding: 'buffer' })).toEqual(raw)
    })

    it('never removes a folder with something in it', () => {
      using target = open()
      write(target, 'full/inside', 'kept')
      target.createFolder('empty')
      write(target, 'file', 'x')
      const link = metadata({ linkTarget: 'new' })
      for (const name of ['full', 'empty', 'file']) {
        expect(() => target.createSymlink(name, link, false)).toThrowError(failure('RESTORE_CONFLICT'))
      }
      expect(() => target.createSymlink('full', link, true)).toThrowError(failure('RESTORE_CONFLICT'))
      target.createSymlink('empty', link, true)
      target.createSymlink('file', link, true)
      target.createSymlink('file', link, false)
      target.createSymlink('file', metadata({ linkTarget: 'other' }), true)
      expect(describeTree(inTemp('out'))).toEqual([
        'empty -> new',
        'file -> other',
        'full/',
        'full/inside: kept'
      ])
      expect(() => target.createFile('empty/x', 'new')).toThrowError(failure('RESTORE_PATH_UNSAFE'))
    })

    it('refuses those without a target', () => {
      using target = open()
      expect(() => target.createSymlink('x', metadata(), true)).toThrowError(failure('RESTORE_PATH_INVALID'))
      expect(fs.readdirSync(inTemp('out'))).toEqual([])
    })

    it('gives files second names', () => {
      using target = open()
      write(target, 'a/first', 'same')
      write(target, 'other', 'other')
      expect(target.createHardLink('b/second', 'a/first', false)).toBe(true)
      expect(target.createHardLink('b/second', 'a/first', false)).toBe(true)
      expect(() => target.createHardLink('other', 'a/first', false)).toThrowError(failure('RESTORE_CONFLICT'))
      expect(target.createHardLink('other', 'a/first', true)).toBe(true)
      expect(fs.statSync(inTemp('out/a/first')).nlink).toBe(3)
      expect(describeTree(inTemp('out'))).toEqual([
        'a/',
        'a/first: same',
        'b/',
        'b/second: same',
        'other: same'
      ])
      expect(target.createHardLink('c', 'none', false)).toBe(false)
      target.createFolder('folder')
      expect(() => target.createHardLink('folder', 'a/first', true)).toThrowError(failure('RESTORE_CONFLICT'))
    })
  })

  describe('of metadata', () => {
    const modified = { seconds: 1_751_373_045, nanoseconds: 123_456_700 }

    it('sets times, attributes and extended attributes, but permissions only on request', () => {
      for (const permissions of [false, true]) {
        const root = inTemp(String(permissions))
        using target = open({ root, permissions })
        const some = {
          mode: 0o4711,
          uid: 1234,
          gid: 5678,
          modified,
          xattrs: [['user.a=\n', Buffer.of(0, 255)]] as const
        }
        write(target, 'file', 'x', 'new', some)
        target.flush()
        expect(target.takeIssues()).toEqual([])
        const stats = fs.statSync(path.join(root, 'file'), { bigint: true })
        const expected = permissions
          ? { mode: 0o104711n, uid: 1234n, gid: 5678n }
          : { mode: 0o100644n, uid: 0n, gid: 0n }
        expect(stats).toMatchObject(expected)
        const off = Number(stats.mtimeNs - 1_751_373_045_123_456_700n)
        if (native === undefined) expect(Math.abs(off)).toBeLessThan(300)
        else expect(off).toBe(0)
        const dump = execFileSync(
          'getfattr',
          ['--absolute-names', '-d', '-e', 'hex', path.join(root, 'file')],
          { encoding: 'utf8' }
        )
        expect(dump).toContain('=0x00ff')
      }
    })

    it('sets access control lists and capabilities with the permissions only', () => {
      makeTree(temp.path, ['model'])
      execFileSync('setfacl', ['-m', 'u:daemon:rwx', inTemp('model')])
      const acl = execFileSync('getfattr', [
        '--absolute-names',
        '--only-values',
        '-n',
        'system.posix_acl_access',
        inTemp('model')
      ])
      const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex')
      const xattrs = [
        ['system.posix_acl_access', acl],
        ['security.capability', capability],
        ['user.x', Buffer.of(1)]
      ] as const
      for (const permissions of [false, true]) {
        const root = inTemp(`acl-${permissions}`)
        using target = open({ root, permissions })
        write(target, 'file', 'x', 'new', { xattrs })
        target.flush()
        expect(target.takeIssues()).toEqual([])
        const names = execFileSync('getfattr', ['--absolute-names', '-m', '-', path.join(root, 'file')], {
          encoding: 'utf8'
        })
        expect(names).toContain('user.x')
        expect(names.includes('system.posix_acl_access')).toBe(permissions)
        expect(names.includes('security.capability')).toBe(permissions)
      }
    })

    it('finds owners by name first', () => {
      using target = open({ permissions: true })
      write(target, 'known', '', 'new', { userName: 'daemon', groupName: 'daemon', uid: 4711, gid: 4711 })
      write(target, 'unknown', '', 'new', {
        userName: 'no such user',
        groupName: 'none',
        uid: 4711,
        gid: 4712
      })
      expect(fs.statSync(inTemp('out/known'))).toMatchObject({ uid: 1, gid: 1 })
      expect(fs.statSync(inTemp('out/unknown'))).toMatchObject({ uid: 4711, gid: 4712 })
    })

    it('sets the set-uid bit again after the owner of an existing file', () => {
      using target = open({ permissions: true })
      write(target, 'file', 'x', 'new', { mode: 0o4755, uid: 5, gid: 5 })
      target.applyMetadata('file', metadata({ mode: 0o4755, uid: 6, gid: 6 }))
      expect(fs.statSync(inTemp('out/file'))).toMatchObject({ mode: 0o104755, uid: 6 })
    })

    it('keeps files of others private until they have their owner', () => {
      using target = open({ permissions: true })
      const file = target.createFile('secret', 'new')
      target.createFolder('folder')
      expect(fs.statSync(inTemp('out/secret')).mode & 0o777).toBe(0o600)
      expect(fs.statSync(inTemp('out/folder')).mode & 0o777).toBe(0o700)
      target.finishFile(file, metadata({ mode: 0o644 }))
      expect(fs.statSync(inTemp('out/secret')).mode & 0o777).toBe(0o644)
    })

    it('is the usual one where permissions are not restored', () => {
      const before = process.umask(0o027)
      try {
        using target = open()
        for (const mode of ['new', 'add', 'replace'] as const) {
          write(target, `a/b/${mode}`, '', mode, { mode: 0o604 })
          expect(fs.statSync(inTemp('out/a/b', mode)).mode & 0o777).toBe(0o640)
        }
        target.applyMetadata('a/b', metadata({ mode: 0o705 }))
        for (const folder of ['a', 'a/b']) expect(fs.statSync(inTemp('out', folder)).mode & 0o777).toBe(0o750)
      } finally {
        process.umask(before)
      }
    })

    it('makes files read-only that were so by their attribute', () => {
      using target = open()
      write(target, 'plain', '', 'new', { attributes: 1 })
      write(target, 'unix', '', 'new', { attributes: 1, mode: 0o444 })
      write(target, 'of-others', '', 'new', { attributes: 1, mode: 0o644 })
      const modes = ['plain', 'unix', 'of-others'].map(
        (name) => fs.statSync(inTemp('out', name)).mode & 0o777
      )
      expect(modes).toEqual([0o444, 0o444, 0o644])
    })

    it('of folders and of the root stays when it comes after their content', () => {
      using target = open({ permissions: true })
      write(target, 'd/e/f', 'x')
      for (const relative of ['d/e', 'd', ''])
        target.applyMetadata(relative, metadata({ modified, mode: 0o2750 }))
      for (const relative of ['d/e', 'd', '']) {
        expect(fs.statSync(inTemp('out', relative))).toMatchObject({
          mode: 0o42750,
          mtime: new Date(1_751_373_045_123)
        })
      }
      expect(target.takeIssues()).toEqual([])
    })

    it('that the system refuses becomes an issue, and the file stays', () => {
      using target = open()
      write(target, 'file', 'x', 'new', { xattrs: [['nonsense.name', Buffer.of(1)]], modified })
      target.flush()
      expect(target.takeIssues()).toMatchObject([
        { code: 'RESTORE_XATTR_NOT_SET', severity: 'warning', path: fs.realpathSync(inTemp('out/file')) }
      ])
      expect(fs.statSync(inTemp('out/file')).mtimeMs).toBeCloseTo(1_751_373_045_123.4, 0)
    })
  })
})

describe('an unprivileged restore', () => {
  it('says which owners it could not set, and gives no set-uid bit', () => {
    fs.chmodSync(temp.path, 0o777)
    const program = `
      import fs from 'node:fs'
      import { createRestoreTarget } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
      import { loadNative } from '@tercet/native'
      process.setgid(65534)
      process.setuid(65534)
      for (const native of [loadNative(), undefined]) {
        const root = ${JSON.stringify(temp.path)} + '/' + (native === undefined)
        const target = createRestoreTarget({ root, versionTime: new Date(), permissions: true, native })
        target.finishFile(target.createFile('file', 'new'), { uid: 0, gid: 0, mode: 0o6755, xattrs: [] })
        console.log(JSON.stringify([fs.statSync(root + '/file').mode, target.takeIssues().map((issue) => issue.code)]))
      }
    `
    const args = ['--conditions=@tercet/source', '--no-warnings', '--input-type=module', '-e', program]
    const output = execFileSync(process.execPath, args, { encoding: 'utf8', cwd: import.meta.dirname })
    for (const line of output.trim().split('\n')) {
      expect(JSON.parse(line)).toEqual([0o100755, ['RESTORE_OWNER_NOT_SET']])
    }
    expect(output.trim().split('\n')).toHaveLength(2)
  })
})

describe('free space', () => {
  it('is known for folders that exist', () => {
    expect(freeBytes(temp.path)).toBeGreaterThan(0)
    expect(freeBytes(inTemp('none'))).toBeUndefined()
  })
})

describe('options', () => {
  it('that nobody knows are refused', () => {
    const options = { root: temp.path, versionTime: new Date(), permission: true }
    expect(() => createRestoreTarget(options)).toThrowError(failure('CONFIG_UNKNOWN_KEY'))
  })
})

describe('names of files in conflict', () => {
  it('stay in the folder', () => {
    using target = createRestoreTarget({ root: temp.path, versionTime: new Date(2024, 0, 5) })
    expect([...target.conflictPaths('a/b.txt')].slice(0, 2)).toEqual([
      'a/b.2024-01-05.txt',
      'a/b.2024-01-05 (0).txt'
    ])
    expect([...target.conflictPaths('b')][0]).toBe('b.2024-01-05')
  })
})
