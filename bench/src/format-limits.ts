/** What codecs and ciphers give alone, with the hash that every block and file needs: the limit for each kind of volume. */
import { createCipheriv, createDecipheriv, createHash, createHmac, hash } from 'node:crypto'
import {
  constants,
  crc32,
  createGunzip,
  createZstdDecompress,
  deflateRawSync,
  gzipSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync
} from 'node:zlib'
import { cbc } from '@noble/ciphers/aes.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { deflateSync, Gunzip, inflateSync, gzipSync as portableGzip } from 'fflate'

type Blocks = readonly Uint8Array[]
type Best = (work: () => unknown) => Promise<number>
interface Limit {
  readonly what: string
  readonly write: number
  readonly read: number
}

/** Reading verifies each block by its hash, so that belongs to the limit. */
const verify = (bytes: Uint8Array) => hash('sha256', bytes, 'buffer')

async function perBlock(
  blocks: Blocks,
  best: Best,
  pack: (block: Uint8Array) => Uint8Array,
  unpack: (packed: Uint8Array) => Uint8Array
): Promise<Limit> {
  const packed = blocks.map(pack)
  return {
    what: '',
    write: await best(() => blocks.forEach((block) => void [crc32(block), pack(block)])),
    read: await best(() => packed.forEach((bytes) => void verify(unpack(bytes))))
  }
}

/** Of a whole archive: packed at once, unpacked as a stream. */
async function solid(
  blocks: Blocks,
  best: Best,
  pack: (all: Uint8Array) => Uint8Array,
  unpack: () => NodeJS.ReadWriteStream
): Promise<Limit> {
  const all = new Uint8Array(Buffer.concat(blocks))
  const packed = pack(all)
  return {
    what: '',
    write: await best(() => pack(all)),
    read: await best(async () => {
      const stream = unpack()
      stream.end(packed)
      for await (const chunk of stream) verify(chunk as Uint8Array)
    })
  }
}

const zstd = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }
const key = new Uint8Array(32)
const iv = new Uint8Array(16)

async function cipher(
  blocks: Blocks,
  best: Best,
  name: string,
  mac: () => { update(bytes: Uint8Array): unknown }
) {
  const run = (make: typeof createCipheriv | typeof createDecipheriv) => () => {
    const transform = make(name, key, iv)
    const code = mac()
    for (const block of blocks) {
      const out = transform.update(block)
      code.update(make === createCipheriv ? out : block)
    }
  }
  return { what: '', write: await best(run(createCipheriv)), read: await best(run(createDecipheriv)) }
}

export const nativeLimits = {
  stored: (blocks: Blocks, best: Best) =>
    perBlock(
      blocks,
      best,
      (block) => block.slice(),
      (bytes) => bytes
    ),
  deflate: (blocks: Blocks, best: Best) =>
    perBlock(blocks, best, (block) => deflateRawSync(block, { level: 6 }), inflateRawSync),
  zstd: (blocks: Blocks, best: Best) =>
    perBlock(
      blocks,
      best,
      (block) => zstdCompressSync(block, zstd),
      (bytes) => zstdDecompressSync(bytes)
    ),
  tgz: (blocks: Blocks, best: Best) =>
    solid(
      blocks,
      best,
      (all) => gzipSync(all, { level: 6 }),
      () => createGunzip()
    ),
  tzstd: (blocks: Blocks, best: Best) =>
    solid(
      blocks,
      best,
      (all) => zstdCompressSync(all, zstd),
      () => createZstdDecompress()
    ),
  aes: (blocks: Blocks, best: Best) => cipher(blocks, best, 'aes-256-cbc', () => createHmac('sha256', key)),
  openpgp: (blocks: Blocks, best: Best) => cipher(blocks, best, 'aes-256-cfb', () => createHash('sha1'))
}

export const portableLimits = {
  async deflate(blocks: Blocks, best: Best): Promise<Limit> {
    const packed = blocks.map((block) => deflateSync(block, { level: 6 }))
    return {
      what: '',
      write: await best(() => blocks.forEach((block) => void deflateSync(block, { level: 6 }))),
      read: await best(() => packed.forEach((bytes) => void sha256(inflateSync(bytes))))
    }
  },
  async tgz(blocks: Blocks, best: Best): Promise<Limit> {
    const all = new Uint8Array(Buffer.concat(blocks))
    const packed = portableGzip(all, { level: 6 })
    return {
      what: '',
      write: await best(() => portableGzip(all, { level: 6 })),
      read: await best(() => {
        const stream = new Gunzip((bytes) => void sha256(bytes))
        for (let at = 0; at < packed.length; at += 16_384)
          stream.push(packed.subarray(at, at + 16_384), at + 16_384 >= packed.length)
      })
    }
  },
  async aes(blocks: Blocks, best: Best): Promise<Limit> {
    const run = (transform: 'encrypt' | 'decrypt') => () => {
      const mac = hmac.create(sha256, key)
      for (const block of blocks) {
        const out = cbc(key, iv, { disablePadding: true })[transform](block)
        mac.update(transform === 'encrypt' ? out : block)
      }
      mac.digest()
    }
    return { what: '', write: await best(run('encrypt')), read: await best(run('decrypt')) }
  }
}
