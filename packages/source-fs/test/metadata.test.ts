import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { loadNative, type Native } from '@tercet/native'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createStatReader,
  type EntryType,
  formatAttributes,
  formatTicks,
  interpretMetadata,
  MetadataReader,
  type MetadataReaderOptions,
  packSignature,
  parseTicks,
  SIGNATURE_BYTES,
  signatureMatches,
  xattrSupport
} from '../src/index.ts'
import { makeTree, useTempFolder } from './temp-folder.ts'

const temp = useTempFolder()

function inTemp(name: string): string {
  return path.join(temp.path, name)
}

function decode(bytes: Uint8Array): [string, string][] {
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
  const text = Buffer.from(bytes.subarray(3)).toString()
  expect(JSON.stringify(JSON.parse(text))).toBe(text)
  return Object.entries(JSON.parse(text) as Record<string, string>)
}

describe('ticks', () => {
  it.each([
    [1751373045, 123_456_789, '638869698451234567'],
    [0, 0, '621355968000000000'],
    [-1, 999_999_999, '621355967999999999'],
    [-62_135_596_800, 100, '1'],
    [-62_135_596_801, 0, '0'],
    [253_402_300_799, 999_999_900, '3155378975999999999'],
    [253_402_300_800, 0, '3155378975999999999']
  ])('%i s %i ns are %s', (seconds, nanoseconds, ticks) => {
    expect(formatTicks(seconds, nanoseconds)).toBe(ticks)
  })

  it('come back as they were', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }),
        fc.nat(9_999_999),
        (seconds, tenths) => {
          const expected = { seconds, nanoseconds: tenths * 100 }
          expect(parseTicks(formatTicks(seconds, tenths * 100))).toEqual(expected)
          const exact = (BigInt(seconds) + 62_135_596_800n) * 10_000_000n + BigInt(tenths)
          expect(formatTicks(seconds, tenths * 100)).toBe(String(exact))
        }
      ),
      { seed: 2 }
    )
  })

  it.each(['', '-1', '1.5', 'x', '3155378976000000000', '99999999999999999999'])('cannot be "%s"', (text) => {
    expect(parseTicks(text)).toBeUndefined()
  })
})

describe('attributes', () => {
  it.each([
    [0x80, 'Normal'],
    [0x3, 'ReadOnly, Hidden'],
    [0x410, 'Directory, ReparsePoint'],
    [0x800000, '8388608'],
    [0, '0']
  ])('%i are %s', (bits, text) => {
    expect(formatAttributes(bits)).toBe(text)
  })
})

describe('signature', () => {
  const stat = {
    mode: 0o100644,
    uid: 1,
    gid: 4_000_000_000,
    nlink: 1,
    size: 2 ** 40 + 3,
    mtimeSeconds: -5,
    mtimeNanoseconds: 7,
    ctimeSeconds: 2 ** 33,
    ctimeNanoseconds: 8,
    inodeHigh: 9,
    inodeLow: 0xffffffff,
    device: 10
  }

  it('is the same for the same, wherever it lies, and another for anything else', () => {
    const packed = new Uint8Array(SIGNATURE_BYTES + 3)
    packSignature(stat, packed, 3)
    expect(signatureMatches({ ...stat }, packed, 3)).toBe(true)
    expect(signatureMatches({ ...stat, device: 11, nlink: 2 }, packed, 3)).toBe(true)
    expect(signatureMatches(stat, packed, 2)).toBe(false)
    expect(signatureMatches(stat, packed.subarray(0, -1), 3)).toBe(false)
    for (const key of Object.keys(stat) as (keyof typeof stat)[]) {
      if (key === 'device' || key === 'nlink') continue
      expect(signatureMatches({ ...stat, [key]: stat[key] + 1 }, packed, 3)).toBe(false)
      if (key === 'size' || key.endsWith('timeSeconds')) {
        expect(signatureMatches({ ...stat, [key]: stat[key] + 2 ** 32 }, packed, 3)).toBe(false)
      }
    }
  })
})

describe.each([
  ['with native calls', loadNative()],
  ['without native calls', undefined]
] as [string, Native | undefined][])('metadata %s', (_, native) => {
  const stats = createStatReader(native)

  function read(
    name: string,
    type: EntryType,
    options: MetadataReaderOptions = {},
    fd?: number
  ): [string, string][] {
    const reader = new MetadataReader({ native, ...options })
    const full = inTemp(name)
    const bytes = reader.encode(
      full,
      path.basename(name) + (name.endsWith('/') ? '/' : ''),
      type,
      stats.lstat(full.replace(/\/$/, '')),
      fd
    )
    expect(reader.takeIssues()).toEqual([])
    return decode(bytes)
  }

  /** With a change time after the modification time, as nearly always. */
  function makeFile(name: string): void {
    makeTree(temp.path, [name])
    fs.utimesSync(inTemp(name), 1751373045, 1751373045.25)
  }

  const time: [string, string][] = [
    ['CoreLastWritetime', '638869698452500000'],
    ['CoreCreatetime', '638869698452500000']
  ]

  it('of a file', () => {
    makeFile('file')
    fs.chmodSync(inTemp('file'), 0o644)
    const expected = [
      ['unix:uid-gid-perm', '0-0-420'],
      ['unix:owner-name', 'root'],
      ['unix:group-name', 'root'],
      ['CoreAttributes', 'Normal'],
      ...time
    ]
    expect(read('file', 'file')).toEqual(expected)
    const fd = fs.openSync(inTemp('file'), 'r')
    expect(read('file', 'file', {}, native === undefined ? undefined : fd)).toEqual(expected)
    fs.closeSync(fd)
  })

  it('of a folder and of hidden and read-only entries', () => {
    fs.mkdirSync(inTemp('.dir'))
    fs.chmodSync(inTemp('.dir'), 0o755)
    const folder = new Map(read('.dir/', 'folder'))
    expect(folder.get('CoreAttributes')).toBe('Hidden, Directory')
    expect(folder.get('unix:uid-gid-perm')).toBe('0-0-493')
    makeFile('.ro')
    fs.chmodSync(inTemp('.ro'), 0o444)
    expect(new Map(read('.ro', 'file')).get('CoreAttributes')).toBe('ReadOnly, Hidden')
    fs.chmodSync(inTemp('.ro'), 0o600)
    expect(new Map(read('.ro', 'file')).get('CoreAttributes')).toBe('Hidden')
  })

  it('of links', () => {
    fs.mkdirSync(inTemp('a'))
    for (const [name, target] of [
      ['to-file', '../"x"\n'],
      ['to-dir/', 'a']
    ] as const) {
      const link = inTemp(name.replace('/', ''))
      fs.symlinkSync(target, link)
      fs.lutimesSync(link, 1751373045.25, 1751373045.25)
      expect(read(name, 'symlink')).toEqual([
        ['unix:uid-gid-perm', '0-0-511'],
        ['unix:owner-name', 'root'],
        ['unix:group-name', 'root'],
        ['CoreAttributes', name === 'to-dir/' ? 'Directory, ReparsePoint' : 'ReparsePoint'],
        ...time,
        ['CoreSymlinkTarget', target]
      ])
      expect(read(name, 'symlink', { skipMetadata: true })).toEqual([['CoreSymlinkTarget', target]])
    }
  })

  it('of a link to a name that is not UTF-8 keeps its bytes', () => {
    const target = Buffer.from([0x61, 0xff])
    fs.symlinkSync(target, inTemp('link'))
    const reader = new MetadataReader({ native })
    const record = new Map(
      decode(reader.encode(inTemp('link'), 'link', 'symlink', stats.lstat(inTemp('link'))))
    )
    expect(reader.takeIssues()).toMatchObject([{ code: 'SOURCE_LINK_TARGET_NOT_UTF8', path: inTemp('link') }])
    expect(reader.takeIssues()).toEqual([])
    expect(record.get('tercet:link-target')).toBe('Yf8=')
    expect(Buffer.from(interpretMetadata(record).linkTarget as Uint8Array).equals(target)).toBe(true)
  })

  it('has extended attributes first, and empty ones under keys of our own', () => {
    makeFile('file')
    execFileSync('setfattr', ['-n', 'user.comment', '-v', 'an attribute', inTemp('file')])
    execFileSync('setfattr', ['-n', 'user.empty', inTemp('file')])
    execFileSync('setfattr', ['-n', 'user.a"=b', '-v', '0x00ff', inTemp('file')])
    execFileSync('setfacl', ['-m', 'u:daemon:r', inTemp('file')])
    const record = read('file', 'file')
    const xattrs = record.slice(
      0,
      record.findIndex(([key]) => key === 'unix:uid-gid-perm')
    )
    expect(new Map(xattrs)).toEqual(
      new Map([
        ['unix-ext:user.comment', 'YW4gYXR0cmlidXRl'],
        ['unix-ext:user.a"=b', 'AP8='],
        ['unix-ext:system.posix_acl_access', expect.any(String)]
      ])
    )
    expect(record).toContainEqual(['tercet:unix-ext:user.empty', ''])
    expect(interpretMetadata(new Map(record)).xattrs).toContainEqual(['user.empty', Buffer.alloc(0)])
  })

  it('reads many attributes in one go where it has to', () => {
    const names = Array.from({ length: 30 }, (_, at) => `file ${at}\n\\`)
    for (const name of names) {
      makeFile(name)
      if (names.indexOf(name) % 3 === 0)
        execFileSync('setfattr', ['-n', 'user.name', '-v', name, inTemp(name)])
    }
    const reader = new MetadataReader({ native })
    reader.prefetch(names.map(inTemp))
    for (const [at, name] of names.entries()) {
      const record = new Map(decode(reader.encode(inTemp(name), name, 'file', stats.lstat(inTemp(name)))))
      const expected = at % 3 === 0 ? Buffer.from(name).toString('base64') : undefined
      expect(record.get('unix-ext:user.name')).toBe(expected)
    }
  })

  it('has keys of our own only where they are needed', () => {
    makeFile('file')
    fs.linkSync(inTemp('file'), inTemp('other'))
    fs.chmodSync(inTemp('file'), 0o6755)
    const one = new Map(read('file', 'file'))
    expect(one.get('tercet:mode')).toBe(String(0o6755))
    expect(one.get('unix:uid-gid-perm')).toBe('0-0-493')
    expect(one.get('tercet:hardlink')).toMatch(/^\d+-\d+$/)
    expect(new Map(read('other', 'file')).get('tercet:hardlink')).toBe(one.get('tercet:hardlink'))
    expect(interpretMetadata(one)).toMatchObject({ mode: 0o6755, hardlink: one.get('tercet:hardlink') })
  })

  it('takes the earlier of modification and change time for the creation', () => {
    makeFile('file')
    const future = Math.floor(Date.now() / 1000) + 100_000
    fs.utimesSync(inTemp('file'), future, future)
    const record = new Map(read('file', 'file'))
    const { ctimeNs } = fs.lstatSync(inTemp('file'), { bigint: true })
    expect(record.get('CoreLastWritetime')).toBe(formatTicks(future, 0))
    expect(record.get('CoreCreatetime')).toBe(String(ctimeNs / 100n + 621_355_968_000_000_000n))
  })

  it('has no names of owners that nobody knows', () => {
    makeFile('file')
    fs.chmodSync(inTemp('file'), 0o644)
    fs.chownSync(inTemp('file'), 3_999_999_999, 3_999_999_998)
    // Others may read and not write, and nobody here is the owner.
    expect(read('file', 'file').slice(0, 2)).toEqual([
      ['unix:uid-gid-perm', '3999999999-3999999998-420'],
      ['CoreAttributes', 'ReadOnly']
    ])
  })

  it('15.32 is empty when it is skipped, and when it is too large', () => {
    makeFile('file')
    expect(read('file', 'file', { skipMetadata: true })).toEqual([])
    execFileSync('setfattr', ['-n', 'user.big', '-v', 'v'.repeat(2000), inTemp('file')])
    const reader = new MetadataReader({ native, maxBytes: 1000 })
    expect(decode(reader.encode(inTemp('file'), 'file', 'file', stats.lstat(inTemp('file'))))).toEqual([])
    expect(reader.takeIssues()).toMatchObject([{ code: 'SOURCE_METADATA_TOO_LARGE' }])
    expect(read('file', 'file', { maxBytes: 10_000 })[0]![1]).toHaveLength(2668)
  })

  it('grows with what it has to hold', () => {
    fs.symlinkSync('é'.repeat(2000), inTemp('link'))
    expect(new Map(read('link', 'symlink')).get('CoreSymlinkTarget')).toBe('é'.repeat(2000))
  })

  it('says where attributes come from', () => {
    expect(xattrSupport(native)).toBe(native === undefined ? 'programs' : 'native')
  })
})

describe('metadata', () => {
  it('is that of the worked example of the format', () => {
    fs.mkdirSync(inTemp('data'))
    fs.chmodSync(inTemp('data'), 0o755)
    makeTree(temp.path, ['hello.txt'])
    fs.chmodSync(inTemp('hello.txt'), 0o644)
    fs.symlinkSync('hello.txt', inTemp('link'))
    const native = loadNative()!
    const posix = native.posix!
    const reader = new MetadataReader({ native })
    for (const [name, type, size, hash] of [
      ['data/', 'folder', 192, 'xMn/LwQxfxTWTB5ETG5b5G5HSxcNTXg+V9F+PmjevPk='],
      ['link', 'symlink', 227, '1uHxwxKYjiliuqKJ5iH2Fh4mSPFZsD94G9ZdRQSYw7w='],
      ['hello.txt', 'file', 189, 'TYydSPkTM+y7J6OHd1waekI4LX4/dVAo/rI6+PsP3Ic=']
    ] as const) {
      const full = inTemp(name.replace('/', ''))
      posix.setTimeAt(posix.workingFolder, full, 1_751_373_045, 123_456_700)
      const bytes = reader.encode(full, name, type, createStatReader(native).lstat(full))
      expect(bytes).toHaveLength(size)
      expect(createHash('sha256').update(bytes).digest('base64')).toBe(hash)
    }
  })
})

describe('interpretation', () => {
  it('takes what makes sense and passes over the rest', () => {
    const record = new Map([
      ['unix:uid-gid-perm', '1000-4294967295-420'],
      ['CoreLastWritetime', 'yesterday'],
      ['unix-ext:user.a', 'AP8='],
      ['unix-ext:user.b', 'not base64'],
      ['unix-ext:', 'AP8='],
      ['unix-ext:user.\0', 'AP8='],
      ['CoreSymlinkTarget', 'a\0b'],
      ['CoreAttributes', 'ReadOnly, Nonsense'],
      ['__proto__', 'x']
    ])
    expect(interpretMetadata(record)).toEqual({
      uid: undefined,
      gid: undefined,
      mode: undefined,
      userName: undefined,
      groupName: undefined,
      attributes: 1,
      modified: undefined,
      linkTarget: undefined,
      xattrs: [['user.a', Buffer.from([0, 255])]],
      hardlink: undefined
    })
  })

  it('never throws', () => {
    const key = fc.oneof(
      fc.constantFrom(
        'unix:uid-gid-perm',
        'CoreAttributes',
        'CoreLastWritetime',
        'tercet:mode',
        'tercet:link-target',
        'CoreSymlinkTarget'
      ),
      fc.string().map((name) => `unix-ext:${name}`)
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.string({ unit: 'binary' }))), (pairs) => {
        expect(interpretMetadata(new Map(pairs)).xattrs).toBeInstanceOf(Array)
      }),
      { seed: 1 }
    )
  })

  it('lets the bits of the format win over our own', () => {
    const record = new Map([
      ['unix:uid-gid-perm', '0-0-420'],
      ['tercet:mode', String(0o4777)]
    ])
    expect(interpretMetadata(record).mode).toBe(0o4644)
  })
})
