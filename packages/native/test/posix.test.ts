import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAccounts, loadNative, lockFile } from '../src/index.ts'

const posix = loadNative()!.posix!
const stat = posix.stat!
const here = posix.workingFolder
let root: string

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'tercet-native-'))
})

afterEach(() => {
  fs.rmSync(root, { recursive: true, force: true })
})

function failure(code: string): object {
  return expect.objectContaining({ code })
}

describe('stat', () => {
  it('agrees with fs', () => {
    const file = path.join(root, 'file')
    const link = path.join(root, 'link')
    fs.writeFileSync(file, 'twelve bytes', { mode: 0o4640 })
    fs.chmodSync(file, 0o4640)
    fs.chownSync(file, 1234, 4_000_000_000)
    fs.linkSync(file, path.join(root, 'second'))
    fs.symlinkSync('file', link)
    posix.setTimeAt(here, file, 1751373045, 123456789)
    for (const [seen, expected] of [
      [stat.lstat(file), fs.lstatSync(file, { bigint: true })],
      [stat.lstat(link), fs.lstatSync(link, { bigint: true })],
      [stat.stat(link), fs.statSync(link, { bigint: true })],
      [stat.lstat(root), fs.lstatSync(root, { bigint: true })],
      [stat.lstat('/dev/null'), fs.lstatSync('/dev/null', { bigint: true })]
    ] as const) {
      expect(seen).toEqual({
        mode: Number(expected.mode),
        uid: Number(expected.uid),
        gid: Number(expected.gid),
        nlink: Number(expected.nlink),
        size: Number(expected.size),
        mtimeSeconds: Number(expected.mtimeNs / 1_000_000_000n),
        mtimeNanoseconds: Number(expected.mtimeNs % 1_000_000_000n),
        ctimeSeconds: Number(expected.ctimeNs / 1_000_000_000n),
        ctimeNanoseconds: Number(expected.ctimeNs % 1_000_000_000n),
        inodeHigh: Number(expected.ino >> 32n),
        inodeLow: Number(expected.ino & 0xffffffffn),
        device: Number(expected.dev)
      })
    }
    expect(stat.lstat(file)).toMatchObject({ mtimeSeconds: 1751373045, mtimeNanoseconds: 123456789 })
  })

  it('looks at open files and at entries of open folders', () => {
    fs.writeFileSync(path.join(root, 'file'), 'abc')
    const folder = posix.openFolderAt(here, root)
    const fd = fs.openSync(path.join(root, 'file'), 'r')
    expect(stat.fstat(fd)).toEqual(stat.lstat(path.join(root, 'file')))
    expect(stat.lstatAt(folder, 'file')).toEqual(stat.lstat(path.join(root, 'file')))
    fs.closeSync(fd)
    posix.close(folder)
  })

  it('knows the birth time or says that there is none', () => {
    const file = path.join(root, 'file')
    fs.writeFileSync(file, '')
    const born = fs.lstatSync(file, { bigint: true }).birthtimeNs
    const seen = stat.birthTime(file)
    if (seen !== undefined)
      expect(BigInt(seen.seconds) * 1_000_000_000n + BigInt(seen.nanoseconds)).toBe(born)
    expect(stat.birthTime('/proc/self')).toBeUndefined()
  })

  it('fails as fs does', () => {
    const missing = path.join(root, 'missing')
    let expected: unknown
    try {
      fs.lstatSync(missing)
    } catch (error) {
      expected = error
    }
    const { code, errno } = expected as NodeJS.ErrnoException
    expect(() => stat.lstat(missing)).toThrowError(expect.objectContaining({ code, errno, path: missing }))
    expect(() => stat.lstat('a\0b')).toThrowError(failure('EINVAL'))
    expect(() => stat.lstat(Uint8Array.of(97, 0, 98))).toThrowError(failure('EINVAL'))
    expect(() => stat.fstat(99_999)).toThrowError(failure('EBADF'))
  })
})

describe('times', () => {
  it.each([
    [0, 0],
    [-1, 999_999_999],
    [-2_000_000_000, 1],
    [4_294_967_296 + 5, 100],
    [1_751_373_045, 123_456_700]
  ])('sets %i s %i ns exactly', (seconds, nanoseconds) => {
    const file = path.join(root, 'file')
    fs.writeFileSync(file, '')
    const accessed = fs.lstatSync(file, { bigint: true }).atimeNs
    const expected = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)
    posix.setTimeAt(here, file, seconds, nanoseconds)
    expect(fs.lstatSync(file, { bigint: true }).mtimeNs).toBe(expected)
    expect(stat.lstat(file)).toMatchObject({ mtimeSeconds: seconds, mtimeNanoseconds: nanoseconds })
    fs.utimesSync(file, 1, 1)
    const fd = fs.openSync(file, 'r+')
    posix.setTime(fd, seconds, nanoseconds)
    fs.closeSync(fd)
    expect(fs.lstatSync(file, { bigint: true }).mtimeNs).toBe(expected)
    expect(accessed).toBeGreaterThan(0n)
    expect(fs.lstatSync(file, { bigint: true }).atimeNs).toBe(1_000_000_000n)
  })

  it('sets the time of a link, not of what it leads to', () => {
    const file = path.join(root, 'file')
    const link = path.join(root, 'link')
    fs.writeFileSync(file, '')
    fs.symlinkSync('file', link)
    fs.utimesSync(file, 5, 5)
    posix.setTimeAt(here, link, 100, 7)
    expect(fs.lstatSync(link, { bigint: true }).mtimeNs).toBe(100_000_000_007n)
    expect(fs.statSync(link).mtimeMs).toBe(5000)
  })
})

describe('extended attributes', () => {
  it('are written, listed, read and removed, by path and by descriptor', () => {
    const file = path.join(root, 'file')
    fs.writeFileSync(file, '')
    const fd = fs.openSync(file, 'r+')
    const big = Buffer.alloc(3000, 'v')
    posix.xattrs.set(file, 'user.by-path', Uint8Array.of(0, 1, 255))
    posix.xattrs.set(fd, 'user.by-fd', big)
    posix.xattrs.set(file, 'user.empty', new Uint8Array(0))
    for (const target of [file, fd, Buffer.from(file)]) {
      expect([...posix.xattrs.list(target)].sort()).toEqual(['user.by-fd', 'user.by-path', 'user.empty'])
      expect(posix.xattrs.get(target, 'user.by-path')).toEqual(Uint8Array.of(0, 1, 255))
      expect(Buffer.compare(posix.xattrs.get(target, 'user.by-fd')!, big)).toBe(0)
      expect(posix.xattrs.get(target, 'user.empty')).toEqual(new Uint8Array(0))
      expect(posix.xattrs.get(target, 'user.other')).toBeUndefined()
    }
    expect(execFileSync('getfattr', ['--absolute-names', '--only-values', '-n', 'user.by-fd', file])).toEqual(
      big
    )
    posix.xattrs.remove(file, 'user.by-path')
    posix.xattrs.remove(fd, 'user.by-fd')
    posix.xattrs.remove(fd, 'user.by-fd')
    expect(posix.xattrs.list(file)).toEqual(['user.empty'])
    fs.closeSync(fd)
  })

  it('grow beyond the kept buffer', () => {
    const file = path.join('/dev/shm', path.basename(root))
    fs.writeFileSync(file, '')
    try {
      const value = Buffer.alloc(20_000, 'x')
      posix.xattrs.set(file, 'trusted.large', value)
      expect(Buffer.compare(posix.xattrs.get(file, 'trusted.large')!, value)).toBe(0)
      const names = Array.from({ length: 60 }, (_, at) => `trusted.${'n'.repeat(200)}${at}`)
      for (const name of names) posix.xattrs.set(file, name, Uint8Array.of(1))
      expect(new Set(posix.xattrs.list(file))).toEqual(new Set([...names, 'trusted.large']))
    } finally {
      fs.rmSync(file)
    }
  })

  it('of a link are its own', () => {
    fs.writeFileSync(path.join(root, 'file'), '')
    fs.symlinkSync('file', path.join(root, 'link'))
    posix.xattrs.set(path.join(root, 'file'), 'user.mine', Uint8Array.of(1))
    expect(posix.xattrs.list(path.join(root, 'link'))).toEqual([])
    posix.xattrs.set(path.join(root, 'link'), 'trusted.link', Uint8Array.of(2))
    expect(posix.xattrs.list(path.join(root, 'file'))).toEqual(['user.mine'])
  })

  it('are none where the file system has none, and fail where there is no file', () => {
    expect(posix.xattrs.list('/proc/self/stat')).toEqual([])
    expect(() => posix.xattrs.list(path.join(root, 'missing'))).toThrowError(failure('ENOENT'))
    expect(() => posix.xattrs.get(99_999, 'user.x')).toThrowError(failure('EBADF'))
    expect(() => posix.xattrs.set('/proc/self/stat', 'user.x', new Uint8Array(1))).toThrowError()
  })
})

describe('calls relative to an open folder', () => {
  it('make, link, rename, read and remove entries', () => {
    const folder = posix.openFolderAt(here, root)
    posix.mkdirAt(folder, 'sub', 0o700)
    const sub = posix.openFolderAt(folder, 'sub')
    const flags = fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_WRONLY | fs.constants.O_NOFOLLOW
    const fd = posix.openAt(sub, 'file', flags, 0o600)
    fs.writeSync(fd, 'content')
    posix.close(fd)
    expect(() => posix.openAt(sub, 'file', flags, 0o600)).toThrowError(failure('EEXIST'))
    posix.linkAt(sub, 'file', folder, 'second')
    posix.renameAt(sub, 'file', folder, 'renamed')
    posix.symlinkAt('../renamed', sub, 'link')
    expect(Buffer.from(posix.readlinkAt(sub, 'link')).toString()).toBe('../renamed')
    posix.chownAt(folder, 'second', 1234, -1)
    posix.chownAt(sub, 'link', 77, 4_000_000_000)
    expect(fs.lstatSync(path.join(root, 'renamed'))).toMatchObject({
      uid: 1234,
      gid: 0,
      nlink: 2,
      mode: 0o100600
    })
    expect(fs.lstatSync(path.join(root, 'sub/link'))).toMatchObject({ uid: 77, gid: 4_000_000_000 })
    expect(() => posix.rmdirAt(folder, 'sub')).toThrowError(failure('ENOTEMPTY'))
    posix.unlinkAt(sub, 'link')
    posix.rmdirAt(folder, 'sub')
    expect(fs.readdirSync(root).sort()).toEqual(['renamed', 'second'])
    expect(fs.readFileSync(path.join(root, 'renamed'), 'utf8')).toBe('content')
    posix.close(sub)
    posix.close(folder)
    expect(() => posix.close(folder)).toThrowError(failure('EBADF'))
  })

  it('refuse a link where a folder is wanted', () => {
    fs.mkdirSync(path.join(root, 'real'))
    fs.symlinkSync('real', path.join(root, 'link'))
    const folder = posix.openFolderAt(here, root)
    expect(() => posix.openFolderAt(folder, 'link')).toThrowError(failure('ENOTDIR'))
    posix.close(posix.openFolderAt(folder, 'real'))
    posix.close(folder)
  })

  it('take raw bytes as names and as targets', () => {
    const name = Buffer.from([0x66, 0xff, 0xfe, 0x31])
    const target = Buffer.from([0x74, 0xff])
    const folder = posix.openFolderAt(here, root)
    posix.close(posix.openAt(folder, name, fs.constants.O_CREAT | fs.constants.O_WRONLY, 0o644))
    posix.symlinkAt(target, folder, 'link')
    posix.linkAt(folder, name, folder, 'text')
    expect(fs.readdirSync(root, { encoding: 'buffer' }).some((entry) => entry.equals(name))).toBe(true)
    expect(Buffer.from(posix.readlinkAt(folder, 'link')).equals(target)).toBe(true)
    expect(stat.lstatAt(folder, name)).toEqual(stat.lstatAt(folder, 'text'))
    posix.unlinkAt(folder, name)
    expect(fs.readdirSync(root).sort()).toEqual(['link', 'text'])
    posix.close(folder)
  })

  it('refuse names with a zero', () => {
    expect(() => posix.mkdirAt(here, `${root}/a\0b`, 0o700)).toThrowError(failure('EINVAL'))
    expect(fs.readdirSync(root)).toEqual([])
  })
})

describe('advice', () => {
  it('is taken, and space is reserved', () => {
    const fd = fs.openSync(path.join(root, 'file'), 'w+')
    posix.advice!.allocate(fd, 0, 100_000)
    expect(fs.fstatSync(fd).size).toBe(100_000)
    posix.advice!.adviseSequential(fd)
    posix.advice!.adviseNeeded(fd, 0, 4096)
    posix.advice!.adviseUnneeded(fd, 0, 0)
    expect(() => posix.advice!.allocate(fd, 0, -1)).toThrowError(failure('EINVAL'))
    fs.closeSync(fd)
  })
})

describe('lockFile', () => {
  it('excludes a second holder until it is disposed', () => {
    const file = path.join(root, 'lock')
    const first = lockFile(posix, file)
    expect(() => lockFile(posix, file)).toThrowError(failure('NATIVE_LOCKED'))
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    lockFile(posix, file)[Symbol.dispose]()
  })

  it('is freed when the process that holds it is killed', async () => {
    const file = path.join(root, 'lock')
    const program = `
      import { loadNative, lockFile } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
      globalThis.lock = lockFile(loadNative().posix, ${JSON.stringify(file)})
      process.stdout.write('locked')
      setInterval(() => {}, 1e9)
    `
    const child = spawn(
      process.execPath,
      ['--conditions=@tercet/source', '--no-warnings', '--input-type=module', '-e', program],
      { stdio: ['ignore', 'pipe', 'inherit'] }
    )
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve)
      child.once('exit', (code) => reject(new Error(`The holder of the lock ended with ${code}`)))
    })
    expect(() => lockFile(posix, file)).toThrowError(failure('NATIVE_LOCKED'))
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    lockFile(posix, file)[Symbol.dispose]()
  })
})

describe('accounts', () => {
  it('are found in the files, each once', () => {
    const passwdFile = path.join(root, 'passwd')
    const groupFile = path.join(root, 'group')
    fs.writeFileSync(
      passwdFile,
      'root:x:0:0::/root:/bin/sh\n# note:x:1:1\nada:x:1000:1000::/:\nlovelace:x:1000:1::/:\n+nis\nbad:x:y:1::\n'
    )
    fs.writeFileSync(groupFile, 'staff:x:50:ada\n')
    const accounts = createAccounts({ passwdFile, groupFile })
    expect(accounts.userName(0)).toBe('root')
    expect(accounts.userName(1000)).toBe('ada')
    expect(accounts.userId('lovelace')).toBe(1000)
    expect(accounts.userName(1)).toBeUndefined()
    expect(accounts.userId('bad')).toBeUndefined()
    expect(accounts.groupName(50)).toBe('staff')
    expect(accounts.groupId('staff')).toBe(50)
    expect(accounts.groupId('__proto__')).toBeUndefined()
  })

  it('ask the system for what the files do not have', () => {
    const accounts = createAccounts({
      calls: posix.accounts,
      passwdFile: path.join(root, 'none'),
      groupFile: path.join(root, 'none')
    })
    expect(accounts.userName(0)).toBe('root')
    expect(accounts.groupName(0)).toBe('root')
    expect(accounts.userId('root')).toBe(0)
    expect(accounts.groupId('root')).toBe(0)
    expect(accounts.userName(3_999_999_999)).toBeUndefined()
    expect(accounts.userId('no such user')).toBeUndefined()
    expect(accounts.userId('root\0')).toBeUndefined()
  })
})
