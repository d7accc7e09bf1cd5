import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import {
  bytesAccess,
  collectSink,
  createAesCryptEncryptor,
  createAesCryptKeyring,
  deriveAesCryptKey,
  hashBytes
} from '@tercet/crypto'
import { describe, expect, it } from 'vitest'
import * as native from '../src/index.node.ts'
import type { CompressionSetting, DblockReader, VolumeSettings } from '../src/index.ts'
import { encodeTarHeader } from '../src/tar-format.ts'
import { noise, entries as platforms, text, utf8 } from './entries.ts'

const settings: VolumeSettings = { blocksize: 1024, blockHash: 'SHA256', fileHash: 'SHA256' }
const createdAt = new Date('2025-07-02T08:00:00Z')
const KINDS: CompressionSetting[] = [
  { method: 'tgz', level: 6 },
  { method: 'tzstd', level: 10 }
]
const nameOf = (method: string, type = 'dblock') => `t-b00.${type}.${method}`
const unpack = (method: string, bytes: Uint8Array) =>
  new Uint8Array(method === 'tgz' ? gunzipSync(bytes) : zstdDecompressSync(bytes))
const pack = (method: string, bytes: Uint8Array) =>
  new Uint8Array(method === 'tgz' ? gzipSync(bytes) : zstdCompressSync(bytes))

function writeDblock(
  blocks: readonly Uint8Array[],
  compression: CompressionSetting,
  format: typeof native | (typeof platforms)[number][1] = native
): Uint8Array {
  const sink = collectSink()
  using compressor = format.createCompressor(compression)
  const writer = format.createDblockWriter({
    sink,
    settings,
    createdAt,
    compressor,
    dblockSizeBytes: 1024 * 1024
  })
  for (const block of blocks) writer.addBlock(hashBytes('SHA256', block), block)
  writer.finish()
  return sink.bytes()
}

const BLOCKS = Array.from({ length: 5 }, (_, i) => noise(200 * (i + 1), i + 1))

async function openBlocks(
  volume: Uint8Array,
  method: string,
  format: (typeof platforms)[number][1] = native
): Promise<DblockReader & Disposable> {
  const reader = await format.openAnyVolume(bytesAccess(volume), nameOf(method))
  if (reader.type !== 'dblock') throw new TypeError('no dblock')
  return reader
}

describe.each(platforms)('solid archives, %s', (platform, format) => {
  it.each(KINDS)('are read as they were written: $method', async (compression) => {
    if (platform === 'portable' && compression.method === 'tzstd') {
      expect(() => writeDblock(BLOCKS, compression, format)).toThrow(/Zstandard cannot be written/)
    }
    const writer = platform === 'portable' && compression.method === 'tgz' ? format : native
    using reader = await openBlocks(writeDblock(BLOCKS, compression, writer), compression.method, format)
    expect(reader).toMatchObject({ count: BLOCKS.length, recovered: false, compression: compression.method })
    for (const block of BLOCKS) {
      const at = reader.find(hashBytes('SHA256', block))
      expect(reader.readBlock(at)).toEqual(block)
    }
  })

  it.each(KINDS)('hold lists and indexes: $method', async (compression) => {
    const source = format.openAnyVolume
    const list = collectSink()
    await native.writeDlist({
      sink: list,
      spool: native.createMemorySpool(),
      settings,
      compression,
      createdAt,
      isFull: false,
      entries: [{ type: 'Folder', path: '/a/', metaHash: hashBytes('SHA256', utf8('m')), metaSize: 1 }],
      controlFiles: [{ name: 'note.txt', bytes: utf8('kept') }]
    })
    using dlist = await source(bytesAccess(list.bytes()), `t-20250702T080000Z.dlist.${compression.method}`)
    if (dlist.type !== 'dlist') throw new TypeError('no dlist')
    const found = []
    for await (const batch of dlist.entries()) found.push(...batch)
    expect({ isFull: dlist.isFull, paths: found.map(({ path }) => path) }).toEqual({
      isFull: false,
      paths: ['/a/']
    })
    expect([...dlist.controlFiles()].map(({ bytes }) => text(bytes))).toEqual(['kept'])

    const index = collectSink()
    using compressor = native.createCompressor(compression)
    const writer = native.createDindexWriter({ sink: index, settings, createdAt, compressor })
    const hash = hashBytes('SHA256', BLOCKS[0]!)
    writer.addList(hashBytes('SHA256', hash), hash)
    writer.addVolume({ name: nameOf('zip'), hashes: hash, sizes: Uint32Array.of(200) })
    writer.finish()
    using dindex = await source(bytesAccess(index.bytes()), `t-i00.dindex.${compression.method}`)
    if (dindex.type !== 'dindex') throw new TypeError('no dindex')
    expect([...dindex.volumes()]).toMatchObject([{ name: nameOf('zip'), count: 1 }])
    expect([...dindex.lists()]).toMatchObject([{ hash: hashBytes('SHA256', hash) }])
  })
})

describe.each(KINDS)('a $method volume', (compression) => {
  const { method } = compression

  it('15.40 is a tar that the tar program lists and unpacks', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tercet-tar-'))
    try {
      const file = join(folder, 'volume')
      writeFileSync(file, writeDblock(BLOCKS, compression))
      const filter = method === 'tgz' ? '--gzip' : '--zstd'
      execFileSync('tar', [filter, '-xf', file, '-C', folder])
      for (const block of BLOCKS) {
        const name = Buffer.from(hashBytes('SHA256', block))
          .toString('base64')
          .replaceAll('+', '-')
          .replaceAll('/', '_')
        expect(new Uint8Array(readFileSync(join(folder, name)))).toEqual(block)
      }
      expect(readFileSync(join(folder, 'manifest'), 'utf8')).toContain('"Blocksize":1024')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('15.40 ends with a directory that names every entry, its place, and itself', () => {
    const tar = unpack(method, writeDblock(BLOCKS, compression))
    expect(text(tar.subarray(-6))).toBe('EOFHD1')
    const headerAt = Number(new DataView(tar.buffer).getBigInt64(tar.length - 14, true))
    expect(text(tar.subarray(headerAt, headerAt + 11))).toBe('.eof-header')
    const json = text(tar.subarray(headerAt + 512, tar.length - 14)).replace(/\0+$/, '')
    const directory = JSON.parse(json)
    expect(Object.keys(directory)).toHaveLength(BLOCKS.length + 1)
    expect(directory.manifest).toEqual({
      Offset: 512,
      Size: expect.any(Number),
      LastWriteTime: createdAt.getTime() / 1000
    })
    for (const { Offset, Size } of Object.values<{ Offset: number; Size: number }>(directory))
      expect(Offset % 512 === 0 && Offset + Size <= headerAt).toBe(true)
  })

  it('15.40 is read by its headers where the directory is missing, broken or cut off', async () => {
    const tar = unpack(method, writeDblock(BLOCKS, compression))
    const headerAt = Number(new DataView(tar.buffer).getBigInt64(tar.length - 14, true))
    const lowerCase = new Uint8Array(tar)
    const at = text(tar).lastIndexOf('"Offset"')
    lowerCase[Buffer.from(tar).lastIndexOf('"Offset"') + 1] = 0x6f
    expect(at).toBeGreaterThan(0)
    const noMark = new Uint8Array(tar)
    noMark[tar.length - 1] = 0
    const usual = new Uint8Array(headerAt + 1024)
    usual.set(tar.subarray(0, headerAt))
    for (const damaged of [lowerCase, noMark, usual, tar.slice(0, headerAt)]) {
      using reader = await openBlocks(pack(method, damaged), method)
      expect(reader).toMatchObject({ count: BLOCKS.length, recovered: true })
      expect(reader.readBlock(reader.count - 1)).toEqual(BLOCKS.at(-1))
    }
    // What is complete of a file that is cut off.
    using reader = await openBlocks(pack(method, tar.slice(0, 4 * 1024 + 100)), method)
    expect(reader.count).toBeGreaterThan(0)
    expect(reader.count).toBeLessThan(BLOCKS.length)
  })

  it('gives blocks to zip archives and takes them, compressed anew', async () => {
    const compressible = [utf8('text '.repeat(100)), ...BLOCKS]
    using solid = await openBlocks(writeDblock(compressible, compression), method)
    const zip = collectSink()
    using compressor = native.createCompressor({ method: 'deflate', level: 6 })
    const writer = native.createDblockWriter({
      sink: zip,
      settings,
      createdAt,
      compressor,
      dblockSizeBytes: 2 ** 20
    })
    for (let i = 0; i < solid.count; i++) writer.addPackedBlock(solid.hashAt(i), solid.packedBlock(i))
    writer.finish()
    const copied = native.openDblock(bytesAccess(zip.bytes()), nameOf('zip'))
    expect(copied.compression).toBe('deflate')
    const back = collectSink()
    using solidCompressor = native.createCompressor(compression)
    const backWriter = native.createDblockWriter({
      sink: back,
      settings,
      createdAt,
      compressor: solidCompressor,
      dblockSizeBytes: 2 ** 20
    })
    for (let i = 0; i < copied.count; i++) backWriter.addPackedBlock(copied.hashAt(i), copied.packedBlock(i))
    backWriter.finish()
    using again = await openBlocks(back.bytes(), method)
    for (const block of compressible)
      expect(again.readBlock(again.find(hashBytes('SHA256', block)))).toEqual(block)
  })

  it('is encrypted like any other', async () => {
    const key = deriveAesCryptKey('secret')
    const sink = collectSink()
    const encryptor = createAesCryptEncryptor(key, sink)
    encryptor.write(writeDblock(BLOCKS, compression))
    encryptor.finish()
    const keyring = createAesCryptKeyring('secret', { keys: [key] })
    const name = `${nameOf(method)}.aes`
    using reader = await native.openAnyVolume(bytesAccess(sink.bytes()), name, { keyring })
    expect(reader).toMatchObject({ type: 'dblock', count: BLOCKS.length })
  })

  it('is refused where it cannot be a volume', async () => {
    const reject = (bytes: Uint8Array) => native.openAnyVolume(bytesAccess(bytes), nameOf(method))
    await expect(reject(utf8('no archive at all'))).rejects.toMatchObject({ code: 'VOLUME_ARCHIVE_INVALID' })
    await expect(reject(pack(method, new Uint8Array(2048)))).rejects.toMatchObject({
      code: 'VOLUME_ARCHIVE_INVALID'
    })
    const name = utf8('some')
    await expect(reject(pack(method, encodeTarHeader(name, 0, 0)))).rejects.toMatchObject({
      code: 'VOLUME_ENTRY_MISSING'
    })
    // A few kilobytes that would unpack to far more than they can hold.
    const bomb = pack(method, new Uint8Array(64 * 1024 * 1024))
    if (bomb.length < 20_000) {
      await expect(reject(bomb)).rejects.toMatchObject({ code: 'VOLUME_LIMIT_EXCEEDED' })
    } else await expect(reject(bomb)).rejects.toMatchObject({ code: 'VOLUME_ARCHIVE_INVALID' })
    expect(() => native.openVolume(bytesAccess(bomb), nameOf(method))).toThrowError(
      expect.objectContaining({ code: 'VOLUME_UNSUPPORTED_COMPRESSION' })
    )
  })

  it('takes no name that a tar has no room for', () => {
    const sink = collectSink()
    using compressor = native.createCompressor(compression)
    const writer = native.createDindexWriter({ sink, settings, createdAt, compressor })
    const name = `${'p'.repeat(100)}-b00.dblock.zip`
    expect(() =>
      writer.addVolume({ name, hashes: new Uint8Array(0), sizes: new Uint32Array(0) })
    ).toThrowError(expect.objectContaining({ code: 'VOLUME_LIMIT_EXCEEDED' }))
  })
})

it('refuses frames of Zstandard with a window that only a hostile volume has', async () => {
  // A frame of 2 GiB window and one empty block.
  const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00)
  await expect(native.openAnyVolume(bytesAccess(frame), nameOf('tzstd'))).rejects.toMatchObject({
    code: 'VOLUME_ARCHIVE_INVALID'
  })
})

it('forms one gzip stream over many pieces, and frames that follow one another', () => {
  const block = noise(3 * 1024 * 1024, 9)
  for (const compression of KINDS) {
    const sink = collectSink()
    using compressor = native.createCompressor(compression)
    const large = { ...settings, blocksize: 4 * 1024 * 1024 }
    const writer = native.createDblockWriter({
      sink,
      settings: large,
      createdAt,
      compressor,
      dblockSizeBytes: 16 * 1024 * 1024
    })
    writer.addBlock(hashBytes('SHA256', block), block)
    writer.addBlock(hashBytes('SHA256', block.subarray(1)), block.subarray(1))
    const { sizeBytes } = writer.finish()
    const tar = unpack(compression.method, sink.bytes())
    expect(tar.length).toBe(sizeBytes)
    expect(Buffer.from(tar).includes(Buffer.from(block))).toBe(true)
  }
})
