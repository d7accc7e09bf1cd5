import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAesCryptKeyring, deriveAesCryptKey, fromBase64, hashBytes } from '@tercet/crypto'
import { DEFAULT_VOLUME_SETTINGS, parseVolumeName } from '@tercet/volume-format'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BlockIndex } from '../../src/block-index/block-index.ts'
import { type FinishedVolume, ordinalsOf } from '../../src/volumes/finished-volume.ts'
import { mergeVolumes, planMerge } from '../../src/volumes/merge-volumes.ts'
import { rewriteDindex } from '../../src/volumes/rewrite-dindex.ts'
import { openStoredVolume, type StoredVolumeReader } from '../../src/volumes/stored-volume.ts'
import {
  BLOCK_IN_OPEN_VOLUME,
  BLOCK_STORED,
  VolumePacker,
  type VolumePackerOptions
} from '../../src/volumes/volume-packer.ts'

const SETTINGS = { ...DEFAULT_VOLUME_SETTINGS, blocksize: 1024 }
const PASSPHRASE = 'a passphrase'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tercet-packer-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function packerWith(change: Partial<VolumePackerOptions> = {}) {
  const volumes: FinishedVolume[] = []
  const packer = new VolumePacker({
    spoolFolder: folder,
    prefix: 'duplicati',
    settings: SETTINGS,
    compression: { method: 'zstd', level: 1 },
    dblockSizeBytes: 16 * 1024,
    indexPolicy: 'full',
    key: undefined,
    index: BlockIndex.create(),
    onVolume: (volume) => volumes.push(volume),
    ...change
  })
  return { packer, volumes }
}

/** Bytes that do not compress, the same for the same number. */
function block(number: number, length = 1024): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 32) {
    bytes.set(hashBytes('SHA256', new TextEncoder().encode(`${number} ${at}`)).subarray(0, length - at), at)
  }
  return bytes
}

function add(packer: VolumePacker, data: Uint8Array, options = {}): number {
  return packer.addBlock(hashBytes('SHA256', data), data, options)
}

async function open<Type extends 'dblock' | 'dindex'>(
  file: { name: string; path: string; sizeBytes: number; hash: Uint8Array },
  _: Type
) {
  const { name, path, sizeBytes, hash } = file
  return (await openStoredVolume({
    path,
    name,
    settings: SETTINGS,
    expected: { sizeBytes, hash },
    keyring: createAesCryptKeyring(PASSPHRASE)
  })) as Extract<StoredVolumeReader, { type: Type }>
}

/** Everything that a finished volume says of itself, checked against its files. */
async function contentOf(volume: FinishedVolume): Promise<Map<string, Uint8Array>> {
  const content = new Map<string, Uint8Array>()
  using dblock = await open(volume.dblock, 'dblock')
  expect([...volume.hashes]).toEqual([...dblock.hashes])
  expect([...volume.sizes]).toEqual([...dblock.sizes])
  expect([...ordinalsOf(volume.runs)]).toHaveLength(dblock.count)
  for (let i = 0; i < dblock.count; i++) {
    content.set(Buffer.from(dblock.hashAt(i)).toString('hex'), dblock.readBlock(i).slice())
  }
  if (volume.dindex !== undefined) {
    using dindex = await open(volume.dindex, 'dindex')
    expect(dindex.problems).toEqual([])
    expect(
      [...dindex.volumes()].map(({ name, hashes, sizes, volumeHash, volumeSize }) => ({
        name,
        hashes: [...hashes],
        sizes: [...sizes],
        volumeHash: [...(volumeHash ?? [])],
        volumeSize
      }))
    ).toEqual([
      {
        name: volume.dblock.name,
        hashes: [...volume.hashes],
        sizes: [...volume.sizes],
        volumeHash: [...volume.dblock.hash],
        volumeSize: volume.dblock.sizeBytes
      }
    ])
  }
  return content
}

async function listsOf(volume: FinishedVolume): Promise<string[]> {
  using dindex = await open(volume.dindex!, 'dindex')
  return [...dindex.lists()].map(({ hash, bytes }) => {
    expect([...hashBytes('SHA256', bytes)]).toEqual([...hash])
    return Buffer.from(hash).toString('hex')
  })
}

const hex = (data: Uint8Array) => Buffer.from(hashBytes('SHA256', data)).toString('hex')

describe.each([
  ['plain', undefined],
  ['encrypted', deriveAesCryptKey(PASSPHRASE)]
])('a packer of %s volumes', async (kind, key) => {
  it('15.18 fills volumes, closes them by the rule, and describes each in a dindex', async () => {
    const { packer, volumes } = packerWith({ key })
    const blocks = Array.from({ length: 40 }, (_, i) => block(i))
    for (const data of blocks) expect(add(packer, data)).toBe(BLOCK_STORED)
    const last = packer.finish()
    expect(packer.finish()).toBeUndefined()
    expect(volumes.length).toBeGreaterThan(1)
    for (const volume of volumes) {
      // Larger than the limit less one block, and by no more than one block and its headers.
      expect(volume.dblock.sizeBytes).toBeGreaterThan(15 * 1024)
      expect(volume.dblock.sizeBytes).toBeLessThan(17 * 1024 + 600)
      expect(volume.contentBytes).toBe(volume.sizes.length * 1024)
    }
    const contents = await Promise.all([...volumes, last!].map(contentOf))
    const stored = new Map(contents.flatMap((content) => [...content]))
    expect([...stored.keys()].sort()).toEqual(blocks.map(hex).sort())
    for (const data of blocks) expect([...stored.get(hex(data))!]).toEqual([...data])
    const ordinals = [...volumes, last!].flatMap((volume) => [...ordinalsOf(volume.runs)])
    expect(ordinals).toEqual(Array.from({ length: 40 }, (_, i) => i))
  })

  it('names volumes at random, by their type and encryption', () => {
    const { packer } = packerWith({ key })
    add(packer, block(1))
    const { dblock, dindex } = packer.finish()!
    for (const [file, type] of [
      [dblock, 'dblock'],
      [dindex!, 'dindex']
    ] as const) {
      expect(parseVolumeName(file.name)).toMatchObject({
        type,
        prefix: 'duplicati',
        compression: 'zip',
        ...(kind === 'encrypted' ? { encryption: 'aes' } : {})
      })
      expect(statSync(file.path).mode & 0o777).toBe(0o600)
      expect(statSync(file.path).size).toBe(file.sizeBytes)
      expect([...hashBytes('SHA256', readFileSync(file.path))]).toEqual([...file.hash])
    }
    expect(dblock.name).not.toContain(parseVolumeName(dindex!.name)!.id.slice(1))
  })

  it('writes a dindex again for another name, with its lists', async () => {
    const { packer } = packerWith({ key })
    const list = block(5, 64)
    add(packer, block(1))
    packer.addBlocklist(hashBytes('SHA256', list), list)
    const volume = packer.finish()!
    const to = `duplicati-b${'1'.repeat(32)}.dblock.zip${kind === 'encrypted' ? '.aes' : ''}`
    const name = `duplicati-i${'2'.repeat(32)}.dindex.zip${kind === 'encrypted' ? '.aes' : ''}`
    const dblock = { ...volume.dblock, name: to }
    const dindex = await rewriteDindex(
      volume.dindex!,
      { name, path: join(folder, 'again'), from: volume.dblock.name, dblock, createdAt: new Date(0) },
      { key, fileHash: 'SHA256', settings: SETTINGS }
    )
    const renamed = { ...volume, dblock, dindex }
    expect((await contentOf(renamed)).size).toBe(2)
    expect(await listsOf(renamed)).toEqual([hex(list)])
  })

  it('merges left-over volumes: blocks, lists and ordinals stay', async () => {
    const index = BlockIndex.create()
    const list = block(100, 320)
    const leftovers = [0, 1, 2].map((worker) => {
      const { packer } = packerWith({ key, index })
      for (let i = 0; i < 4; i++) add(packer, block(worker * 10 + i, 500))
      if (worker === 1) packer.addBlocklist(hashBytes('SHA256', list), list)
      return packer.finish()!
    })
    expect(planMerge(leftovers, 16 * 1024)).toHaveLength(1)
    const before = leftovers.flatMap((volume) => pairs(volume))
    const merged = await mergeVolumes(leftovers, {
      spoolFolder: folder,
      prefix: 'duplicati',
      settings: SETTINGS,
      compression: { method: 'zstd', level: 1 },
      dblockSizeBytes: 16 * 1024,
      indexPolicy: 'full',
      key
    })
    expect((await contentOf(merged)).size).toBe(13)
    expect(pairs(merged)).toEqual(before)
    expect(await listsOf(merged)).toEqual([hex(list)])
    expect(merged.contentBytes).toBe(12 * 500 + 320)
    expect(readdirSync(folder).sort()).toEqual([merged.dblock.name, merged.dindex!.name].sort())
  })

  it('does not take over what changed in the spool', async () => {
    const { packer } = packerWith()
    add(packer, block(1))
    const volume = packer.finish()!
    const bytes = readFileSync(volume.dblock.path)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(volume.dblock.path, bytes)
    const recipe = {
      spoolFolder: folder,
      prefix: 'duplicati',
      settings: SETTINGS,
      compression: { method: 'zstd', level: 1 },
      dblockSizeBytes: 16 * 1024,
      indexPolicy: 'full',
      key: undefined
    } as const
    await expect(mergeVolumes([volume], recipe)).rejects.toThrow(
      expect.objectContaining({ code: 'VOLUME_HASH_MISMATCH' })
    )
    expect(readdirSync(folder).sort()).toEqual([volume.dblock.name, volume.dindex!.name].sort())
  })
})

/** Ordinal and hash of each block. */
function pairs(volume: FinishedVolume): [number, string][] {
  return [...ordinalsOf(volume.runs)].map((ordinal, i) => [
    ordinal,
    Buffer.from(volume.hashes.subarray(i * 32, (i + 1) * 32)).toString('hex')
  ])
}

describe('deduplication', () => {
  it('stores a block once and says where it is', () => {
    const { packer, volumes } = packerWith()
    expect(add(packer, block(1))).toBe(BLOCK_STORED)
    expect(add(packer, block(1))).toBe(BLOCK_IN_OPEN_VOLUME)
    for (let i = 10; i < 30; i++) add(packer, block(i))
    expect(volumes.length).toBe(1)
    expect(add(packer, block(1))).toBe(0)
    expect(pairs(volumes[0]!)).toContainEqual([0, hex(block(1))])
  })

  it('shares what it knows with other packers', () => {
    const index = BlockIndex.create()
    const first = packerWith({ index }).packer
    const second = packerWith({ index }).packer
    expect(add(first, block(1))).toBe(BLOCK_STORED)
    const candidate = add(second, block(1))
    expect(candidate).toBeGreaterThanOrEqual(0)
    expect(second.finish()).toBeUndefined()
    expect(pairs(first.finish()!)).toEqual([[candidate, hex(block(1))]])
  })

  it('is not taken in by equal fingerprints within its own volume', async () => {
    const { packer } = packerWith({
      index: BlockIndex.create({ fingerprintBits: 1 }),
      dblockSizeBytes: 1 << 20
    })
    for (let i = 0; i < 100; i++) expect(add(packer, block(i, 40))).toBe(BLOCK_STORED)
    for (let i = 0; i < 100; i++) expect(add(packer, block(i, 40))).toBe(BLOCK_IN_OPEN_VOLUME)
    expect((await contentOf(packer.finish()!)).size).toBe(100)
  })

  it('stores by force what was mistaken for another block, but never twice in a volume', async () => {
    const index = BlockIndex.create({ fingerprintBits: 1 })
    const other = packerWith({ index }).packer
    for (let i = 0; i < 20; i++) add(other, block(i, 40))
    const { packer } = packerWith({ index })
    expect(add(packer, block(50, 40))).toBeGreaterThanOrEqual(0)
    expect(add(packer, block(50, 40), { force: true })).toBe(BLOCK_STORED)
    expect(add(packer, block(50, 40), { force: true })).toBe(BLOCK_IN_OPEN_VOLUME)
    expect([...(await contentOf(packer.finish()!)).keys()]).toEqual([hex(block(50, 40))])
  })

  it('finds a block that was stored by force afterwards', () => {
    const index = BlockIndex.create()
    const { packer } = packerWith({ index })
    add(packer, block(1))
    packer.finish()
    expect(add(packer, block(1), { force: true })).toBe(BLOCK_STORED)
    expect(index.candidates(hashBytes('SHA256', block(1)))).toEqual([0, 1])
  })
})

describe('blocklists', () => {
  it('are blocks, and copied into the dindex of the volume that has them', async () => {
    const { packer, volumes } = packerWith()
    const lists = Array.from({ length: 40 }, (_, i) => block(1000 + i, 960))
    for (const list of lists) expect(packer.addBlocklist(hashBytes('SHA256', list), list)).toBe(BLOCK_STORED)
    const all = [...volumes, packer.finish()!]
    expect(all.length).toBeGreaterThan(2)
    for (const volume of all) expect(await listsOf(volume)).toEqual(pairs(volume).map(([, hash]) => hash))
  })

  it('are copied also when the same bytes were stored as content before', async () => {
    const { packer } = packerWith()
    const bytes = block(7, 64)
    expect(add(packer, bytes)).toBe(BLOCK_STORED)
    expect(packer.addBlocklist(hashBytes('SHA256', bytes), bytes)).toBe(BLOCK_IN_OPEN_VOLUME)
    expect(packer.addBlocklist(hashBytes('SHA256', bytes), bytes)).toBe(BLOCK_IN_OPEN_VOLUME)
    expect(await listsOf(packer.finish()!)).toEqual([hex(bytes)])
  })

  it.each([
    ['lookup', 1],
    ['none', 0]
  ] as const)('follow the index policy %s', async (indexPolicy, dindexes) => {
    const { packer } = packerWith({ indexPolicy })
    const list = block(7, 64)
    packer.addBlocklist(hashBytes('SHA256', list), list)
    const volume = packer.finish()!
    expect((await contentOf(volume)).size).toBe(1)
    expect(volume.dindex === undefined ? 0 : 1).toBe(dindexes)
    if (volume.dindex !== undefined) expect(await listsOf(volume)).toEqual([])
    expect(readdirSync(folder)).toHaveLength(1 + dindexes)
  })
})

describe('the spool', () => {
  it('is named when it has no space left', () => {
    const { packer } = packerWith({ spoolFolder: join(folder, 'missing') })
    expect(() => add(packer, block(1))).toThrow(
      expect.objectContaining({
        code: 'SPOOL_FAILED',
        context: { folder: join(folder, 'missing'), reason: 'ENOENT' }
      })
    )
  })

  it('is left empty by a packer that is disposed in the middle', () => {
    const { packer } = packerWith({ key: deriveAesCryptKey(PASSPHRASE) })
    const list = block(1, 64)
    packer.addBlocklist(hashBytes('SHA256', list), list)
    expect(readdirSync(folder)).toHaveLength(2)
    packer[Symbol.dispose]()
    expect(readdirSync(folder)).toEqual([])
    packer[Symbol.dispose]()
  })
})

describe('planMerge', () => {
  const sized = (sizeBytes: number) => ({ dblock: { sizeBytes } }) as FinishedVolume
  const plan = (...sizes: number[]) =>
    planMerge(sizes.map(sized), 100).map((group) => group.map(({ dblock }) => dblock.sizeBytes))

  it('makes as few volumes as it can', () => {
    expect(plan()).toEqual([])
    expect(plan(40)).toEqual([[40]])
    expect(plan(10, 20, 30)).toEqual([[30, 20, 10]])
    expect(plan(60, 60)).toEqual([[60], [60]])
    expect(plan(30, 60, 40, 70)).toEqual([
      [70, 30],
      [60, 40]
    ])
    expect(plan(120, 10)).toEqual([[120], [10]])
  })
})

describe('the worked example of the format', () => {
  it('is what a packer writes for it', () => {
    const settings = { ...SETTINGS }
    const ids = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210']
    const { packer } = packerWith({
      settings,
      compression: { method: 'none' },
      appVersion: '2.3.0.109',
      clock: () => Date.UTC(2025, 6, 2, 8),
      random: (sizeBytes) => new Uint8Array(Buffer.from(ids.shift()!, 'hex').subarray(0, sizeBytes))
    })
    for (const name of ['folder', 'link']) add(packer, metadata(name))
    const big = Uint8Array.from({ length: 2500 }, (_, i) => (7 * i + 3) % 251)
    const pieces = [big.subarray(0, 1024), big.subarray(1024, 2048), big.subarray(2048)]
    for (const piece of pieces) add(packer, piece)
    const list = Buffer.concat(pieces.map((piece) => hashBytes('SHA256', piece)))
    packer.addBlocklist(hashBytes('SHA256', list), list)
    add(packer, metadata('file'))
    add(packer, new TextEncoder().encode('Hello, interoperable world!\n'))
    const { dblock, dindex } = packer.finish()!
    expect([dblock.name, dblock.sizeBytes]).toEqual([
      'duplicati-b0123456789abcdef0123456789abcdef.dblock.zip',
      4804
    ])
    expect([...dblock.hash]).toEqual([...fromBase64('zCMBTZJ1PaNIepCsEerkfLi9EYAqp2YytrJh+HvJRsI=')])
    expect([dindex!.name, dindex!.sizeBytes]).toEqual([
      'duplicati-ifedcba9876543210fedcba9876543210.dindex.zip',
      1348
    ])
    expect([...dindex!.hash]).toEqual([...fromBase64('GZhTtDjHDpAeYJlBfTSHlIADGRKkwYynzox4EWS/AFQ=')])
  })
})

/** The metadata blobs of the example. */
function metadata(kind: string): Uint8Array {
  const rows = {
    folder: ['0-0-493', 'Directory', ''],
    link: ['0-0-511', 'ReparsePoint', ',"CoreSymlinkTarget":"hello.txt"'],
    file: ['0-0-420', 'Normal', '']
  } as Record<string, string[]>
  const [owner, attributes, rest] = rows[kind]!
  const ticks = '638869698451234567'
  return new TextEncoder().encode(
    `\ufeff{"unix:uid-gid-perm":"${owner}","unix:owner-name":"root","unix:group-name":"root","CoreAttributes":"${attributes}","CoreLastWritetime":"${ticks}","CoreCreatetime":"${ticks}"${rest}}`
  )
}
