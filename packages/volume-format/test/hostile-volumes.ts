/** Volumes of at most 10 KiB that ask for as much memory as they can. */
import { deflateRawSync, zstdCompressSync } from 'node:zlib'
import { METHOD_DEFLATE, METHOD_STORED, METHOD_ZSTD } from '../src/index.ts'
import { rawZip } from './raw-zip.ts'

export interface HostileVolume {
  readonly what: string
  readonly name: string
  readonly bytes: Uint8Array
}

const utf8 = (text: string) => new TextEncoder().encode(text)

export function manifest(blocksize = 1024): Uint8Array {
  return utf8(
    `{"Version":2,"Created":"20250702T080000Z","Encoding":"utf8","Blocksize":${blocksize},"BlockHash":"SHA256","FileHash":"SHA256","AppVersion":"2.3.0.109"}`
  )
}

const ID = '0123456789abcdef0123456789abcdef'
const NAMES = {
  dblock: `duplicati-b${ID}.dblock.zip`,
  dindex: `duplicati-i${ID}.dindex.zip`,
  dlist: 'duplicati-20250702T080000Z.dlist.zip'
}
const BLOCK = `${'A'.repeat(43)}=`

interface Entry {
  readonly name: string
  readonly method: number
  readonly packed: Uint8Array
  readonly sizeBytes: number
}

export const stored = (name: string, bytes: Uint8Array): Entry => ({
  name,
  method: METHOD_STORED,
  packed: bytes,
  sizeBytes: bytes.length
})
const deflated = (name: string, bytes: Uint8Array): Entry => ({
  name,
  method: METHOD_DEFLATE,
  packed: new Uint8Array(deflateRawSync(bytes, { level: 9 })),
  sizeBytes: bytes.length
})
const repeated = (text: string, sizeBytes: number) => utf8(text.repeat(Math.ceil(sizeBytes / text.length)))

/** Blocks of Zstandard that repeat one byte 128 KiB each: four bytes for 131 072. */
export function zstdBomb(sizeBytes: number, windowDescriptor: number): Uint8Array {
  const blocks = Math.ceil(sizeBytes / 131_072)
  const bytes = new Uint8Array(6 + blocks * 4)
  bytes.set([0x28, 0xb5, 0x2f, 0xfd, 0, windowDescriptor])
  for (let i = 0; i < blocks; i++) {
    const header = (131_072 << 3) | (1 << 1) | Number(i === blocks - 1)
    bytes.set([header & 255, (header >> 8) & 255, header >> 16, 0x20], 6 + i * 4)
  }
  return bytes
}

function list(content: Uint8Array, method: 'deflate' | 'zstd'): Entry {
  if (method === 'deflate') return deflated('filelist.json', content)
  return {
    name: 'filelist.json',
    method: METHOD_ZSTD,
    packed: new Uint8Array(zstdCompressSync(content)),
    sizeBytes: content.length
  }
}

export function* hostileVolumes(): Generator<HostileVolume> {
  const volume = (
    what: string,
    type: keyof typeof NAMES,
    entries: Entry[],
    blocksize?: number
  ): HostileVolume => ({
    what,
    name: NAMES[type],
    bytes: rawZip(
      entries[0]!.name === 'manifest' ? entries : [stored('manifest', manifest(blocksize)), ...entries]
    )
  })
  const zstd = (name: string, sizeBytes: number, window = 17 << 3): Entry => ({
    name,
    method: METHOD_ZSTD,
    packed: zstdBomb(sizeBytes, window),
    sizeBytes
  })
  const most = 2 ** 31 - 1
  yield volume('a block of 300 MB from 9 KB of Zstandard', 'dblock', [zstd(BLOCK, 300e6)], most)
  yield volume('a block of 15 MiB', 'dblock', [zstd(BLOCK, 15 * 2 ** 20)], 16 * 2 ** 20)
  yield volume('a small block with a window of 2 GiB', 'dblock', [zstd(BLOCK, 1024, 21 << 3)])
  yield volume(
    'a size of 4 GiB',
    'dblock',
    [{ ...stored(BLOCK, utf8('x')), sizeBytes: 0xfffffffe, method: METHOD_DEFLATE }],
    most
  )
  yield volume('an index of 250 MB', 'dindex', [zstd(`vol/${NAMES.dblock}`, 250e6)])
  yield volume('an index of spaces', 'dindex', [deflated(`vol/${NAMES.dblock}`, repeated(' ', 9e6))])
  yield volume('blocklists of 15 MiB', 'dindex', [zstd(`list/${BLOCK}`, 15 * 2 ** 20)], 16 * 2 ** 20)
  yield volume('a manifest of 9 MB', 'dblock', [deflated('manifest', repeated(' ', 9e6))])
  yield volume('a file list of 300 MB of spaces', 'dlist', [zstd('filelist.json', 300e6)])
  for (const method of ['deflate', 'zstd'] as const) {
    yield volume(`empty objects, ${method}`, 'dlist', [list(utf8(`[${'{},'.repeat(3e6)}{}]`), method)])
    yield volume(`empty arrays, ${method}`, 'dlist', [list(utf8(`[${'[],'.repeat(3e6)}[]]`), method)])
    yield volume(`one entry of numbers, ${method}`, 'dlist', [
      list(utf8(`[{"a":[${'0,'.repeat(4e6)}0]}]`), method)
    ])
    yield volume(`a deep entry, ${method}`, 'dlist', [list(repeated('[', 8e6), method)])
    yield volume(`a long path, ${method}`, 'dlist', [
      list(utf8(`[{"type":"Folder","path":"/${'a'.repeat(8e6)}/"}]`), method)
    ])
    yield volume(`keys without end, ${method}`, 'dlist', [
      list(utf8(`[{${'"":0,'.repeat(1.3e6)}"":0}]`), method)
    ])
  }
}
