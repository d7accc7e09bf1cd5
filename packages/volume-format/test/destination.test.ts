/** Whole destinations, written here: read back here, and by an independent reader of the format where there is one. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAesCryptKeyring, deriveAesCryptKey, hashBytes, openFileAccess, toBase64 } from '@tercet/crypto'
import { afterAll, describe, expect, test } from 'vitest'
import * as format from '../src/index.node.ts'
import type { CompressionSetting, VolumeSettings } from '../src/index.ts'
import { encodeMetadata, formatUnixOwner, META, parseVolumeName, unixNsToTicks } from '../src/index.ts'
import { Destination, type SourceEntry } from './destination.ts'
import { noise, utf8 } from './entries.ts'

/** The command of another implementation: `<reader> check FOLDER --passphrase P` ends with 0 when all rules hold. */
const STRICT_READER = process.env['TERCET_STRICT_READER']

const PASSPHRASE = 'tercet 𝄞'
const TICKS = String(unixNsToTicks(1_751_373_045_123_456_700n))

function metadata(attributes: string, more: readonly (readonly [string, string])[] = []): Uint8Array {
  return encodeMetadata(
    new Map([
      [META.uidGidPerm, formatUnixOwner({ uid: 0, gid: 0, perm: 0o755 })],
      [META.ownerName, 'root'],
      [META.groupName, 'root'],
      [META.attributes, attributes],
      [META.lastWriteTime, TICKS],
      [META.createTime, TICKS],
      ...more
    ])
  )
}

function source(blocksize: number, N: number): SourceEntry[] {
  const file = (name: string, content: Uint8Array, meta = metadata('Normal')): SourceEntry => ({
    type: 'File',
    path: `/data/${name}`,
    content,
    metadata: meta
  })
  const xattr: readonly [string, string] = [
    'unix-ext:user.big',
    Buffer.from(noise(blocksize)).toString('base64')
  ]
  return [
    { type: 'Folder', path: '/data/', metadata: metadata('Directory') },
    { type: 'Folder', path: '/data/empty folder/', metadata: format.EMPTY_METADATA },
    {
      type: 'Symlink',
      path: '/data/link',
      metadata: metadata('ReparsePoint', [[META.symlinkTarget, '../else where']])
    },
    {
      type: 'Symlink',
      path: '/data/link to folder/',
      metadata: metadata('Directory, ReparsePoint', [[META.symlinkTarget, 'x']])
    },
    ...[0, 1, blocksize - 1, blocksize, blocksize + 1, N * blocksize, N * blocksize + 1].map((size, i) =>
      file(`size-${size}`, noise(size, i + 1))
    ),
    file('the same as another', noise(blocksize + 1, 5)),
    file('prose', utf8('line of text\n'.repeat(3000))),
    file('with much metadata', utf8('x'), metadata('Normal', [xattr])),
    file('"quotes" \\ and \n control \u0001 \u2028 é 😀', utf8('y')),
    file('own keys', utf8('z'), metadata('Normal', [[`${META.ownPrefix}mode`, '4755']]))
  ]
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const sha256: VolumeSettings = { blocksize: 1024, blockHash: 'SHA256', fileHash: 'SHA256' }
const none: CompressionSetting = { method: 'none' }
const deflate: CompressionSetting = { method: 'deflate', level: 6 }
const zstd: CompressionSetting = { method: 'zstd', level: 3 }

describe.each([
  ['plain, stored', sha256, none, undefined],
  ['plain, deflate', sha256, deflate, undefined],
  ['AES Crypt 2, zstd', sha256, zstd, 2],
  ['AES Crypt 3, zstd', sha256, zstd, 3],
  ['different algorithms', { blocksize: 1024, blockHash: 'SHA512', fileHash: 'SHA1' }, deflate, 2],
  ['odd block size', { blocksize: 1100, blockHash: 'SHA384', fileHash: 'MD5' }, zstd, undefined],
  ['large blocks', { blocksize: 102_400, blockHash: 'SHA256', fileHash: 'SHA256' }, zstd, 2]
] as const)('a destination: %s', async (_case, settings, compression, version) => {
  const folder = mkdtempSync(join(tmpdir(), 'tercet-volumes-'))
  folders.push(folder)
  const key =
    version === undefined
      ? undefined
      : deriveAesCryptKey(PASSPHRASE, { version, iterations: version === 3 ? 1000 : undefined })
  const keyring = key === undefined ? undefined : createAesCryptKeyring(PASSPHRASE, { keys: [key] })
  const dblockSizeBytes = settings.blocksize * 20
  const destination = new Destination({ folder, settings, compression, key, dblockSizeBytes })
  const N = settings.blocksize > 10_000 ? 3 : format.hashesPerBlocklist(settings)
  const first = source(settings.blocksize, N)
  const written = [
    await destination.addVersion(0, first),
    await destination.addVersion(1, [...first.slice(0, 5), { ...first[5]!, path: '/data/new' }], false)
  ]
  const volumes = readdirSync(folder)
  const open = (name: string) =>
    format.openVolume(openFileAccess(join(folder, name)), name, { keyring, settings })
  const ofType = (type: string) => volumes.filter((name) => parseVolumeName(name)?.type === type).sort()

  test('15.13 15.14 15.15 blocks are stored once, lists in three places, and sizes are exact', () => {
    const stored = new Map<string, number>()
    for (const name of ofType('dblock')) {
      const dblock = open(name)
      if (dblock.type !== 'dblock') throw new Error('no dblock')
      for (let i = 0; i < dblock.count; i++) {
        const hash = toBase64(dblock.hashAt(i))
        expect(stored.has(hash)).toBe(false)
        stored.set(hash, dblock.readBlock(i).length)
      }
    }
    const described = new Map<string, number>()
    const lists = new Set<string>()
    for (const name of ofType('dindex')) {
      const dindex = open(name)
      if (dindex.type !== 'dindex') throw new Error('no dindex')
      for (const volume of dindex.volumes()) {
        const file = openFileAccess(join(folder, volume.name))
        expect(volume.volumeSize).toBe(file.size)
        expect(toBase64(hashBytes(settings.fileHash, file.read(0, file.size)))).toBe(
          toBase64(volume.volumeHash!)
        )
        file.close()
        const size = volume.hashes.length / volume.count
        for (let i = 0; i < volume.count; i++) {
          described.set(toBase64(volume.hashes.subarray(i * size, (i + 1) * size)), volume.sizes[i]!)
        }
      }
      for (const { hash, bytes } of dindex.lists()) {
        lists.add(toBase64(hash))
        expect(described.get(toBase64(hash)) ?? stored.get(toBase64(hash))).toBe(bytes.length)
      }
    }
    expect(described).toEqual(stored)
    const size = format.hashesPerBlocklist(settings) === 0 ? 0 : written[0]!
    expect(size).toHaveLength(first.length)
    for (const entry of written[0]!) {
      const layouts = [format.metadataLayout(entry, settings)]
      if (entry.type === 'File') layouts.push(format.contentLayout(entry, settings))
      for (const layout of layouts) {
        if (layout.kind === 'block') expect(stored.get(toBase64(layout.blockHash))).toBe(layout.sizeBytes)
        if (layout.kind !== 'lists') continue
        const hashSize = layout.blocklists.length / format.blocklistCount(layout.sizeBytes, settings)
        for (let at = 0; at < layout.blocklists.length; at += hashSize) {
          const list = toBase64(layout.blocklists.subarray(at, at + hashSize))
          expect(lists.has(list)).toBe(true)
          const count = format.blocklistLength(at / hashSize, layout.sizeBytes, settings)
          expect(stored.get(list)).toBe(count * hashSize)
        }
      }
    }
  })

  test('versions are read back as they were written', async () => {
    for (const [i, name] of ofType('dlist').entries()) {
      const dlist = open(name)
      if (dlist.type !== 'dlist') throw new Error('no dlist')
      expect(dlist.isFull).toBe(i === 0)
      expect([...dlist.controlFiles()].map((file) => file.name)).toEqual(i === 0 ? ['note.txt'] : [])
      const list = (await Array.fromAsync(dlist.entries())).flat()
      expect(list.map((entry) => entry.path)).toEqual(written[i]!.map((entry) => entry.path))
      for (const [j, entry] of list.entries()) {
        const show = (value: object) =>
          JSON.stringify(value, (_key, item) => (item instanceof Uint8Array ? toBase64(item) : item))
        expect(show(format.metadataLayout(entry, settings))).toBe(
          show(format.metadataLayout(written[i]![j]!, settings))
        )
        if (entry.type !== 'File') continue
        expect(show(format.contentLayout(entry, settings))).toBe(
          show(format.contentLayout(written[i]![j]!, settings))
        )
      }
    }
  })

  if (STRICT_READER !== undefined) {
    test('an independent reader has nothing to object to', () => {
      const passphrase = key === undefined ? [] : ['--passphrase', PASSPHRASE]
      const report = execFileSync(
        process.execPath,
        [STRICT_READER, 'check', folder, '--strict', ...passphrase],
        {
          encoding: 'utf8'
        }
      )
      expect(report).toMatch(/\b0 violations, 0 warnings\b/)
    })
  }
})
