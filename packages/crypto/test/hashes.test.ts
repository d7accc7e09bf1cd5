import { createHash, createHmac } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import * as native from '../src/index.node.ts'
import { entries, noise, toHex, utf8 } from './entries.ts'

describe.each(entries)('hashes, %s primitives', (_name, crypto) => {
  test.each([
    ['MD5', 16],
    ['SHA1', 20],
    ['SHA256', 32],
    ['SHA384', 48],
    ['SHA512', 64]
  ] as const)('%s', (algorithm, size) => {
    expect(crypto.hashSizeBytes(algorithm)).toBe(size)
    expect(crypto.isHashAlgorithm(algorithm)).toBe(true)
    for (const length of [0, 1, 55, 64, 200]) {
      const bytes = noise(length)
      const expected = createHash(algorithm.toLowerCase()).update(bytes).digest('hex')
      expect(toHex(crypto.hashBytes(algorithm, bytes))).toBe(expected)
      const hasher = crypto.createHasher(algorithm)
      hasher.update(bytes.subarray(0, length >> 1))
      hasher.update(bytes.subarray(length >> 1))
      expect(toHex(hasher.digest())).toBe(expected)
      expect(toHex(crypto.hashAccess(crypto.bytesAccess(bytes), algorithm))).toBe(expected)
    }
  })

  test('names are case-sensitive and nothing inherited is a name', () => {
    expect(crypto.HASH_ALGORITHMS).toEqual(['MD5', 'SHA1', 'SHA256', 'SHA384', 'SHA512'])
    for (const name of ['sha256', 'SHA-256', 'toString', '__proto__', 5, undefined]) {
      expect(crypto.isHashAlgorithm(name)).toBe(false)
    }
  })

  test('HMAC-SHA-256', () => {
    const hmac = crypto.createHmacSha256(utf8('key'))
    hmac.update(utf8('a'))
    hmac.update(utf8('b'))
    expect(toHex(hmac.digest())).toBe(createHmac('sha256', 'key').update('ab').digest('hex'))
  })

  test('random bytes come in any number', () => {
    for (const size of [0, 16, 70_000]) expect(crypto.randomBytes(size)).toHaveLength(size)
    expect(toHex(crypto.randomBytes(16))).not.toBe(toHex(crypto.randomBytes(16)))
  })

  test('a hashing sink passes on, counts and hashes', () => {
    const out = crypto.collectSink()
    const hasher = crypto.createHasher('SHA256')
    const sink = crypto.hashingSink(out, hasher)
    for (const size of [0, 5, 3000]) sink.write(noise(size))
    expect(sink.sizeBytes).toBe(3005)
    expect(out.sizeBytes).toBe(3005)
    expect(toHex(hasher.digest())).toBe(toHex(crypto.hashBytes('SHA256', out.bytes())))
  })

  test('bytes are compared whole', () => {
    expect(crypto.equalBytes(utf8('abc'), utf8('abc'))).toBe(true)
    expect(crypto.equalBytes(utf8('abc'), utf8('abd'))).toBe(false)
    expect(crypto.equalBytes(utf8('abc'), utf8('ab'))).toBe(false)
  })
})

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tercet-crypto-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('are read at any position', () => {
    const path = join(folder, 'file')
    const content = noise(400_000)
    writeFileSync(path, content)
    using access = native.openFileAccess(path)
    expect(access.size).toBe(content.length)
    for (const [offset, length] of [
      [0, 10],
      [399_999, 1],
      [5, 200_000],
      [131_070, 10],
      [0, 400_000],
      [400_000, 0]
    ] as const) {
      expect(Buffer.from(access.read(offset, length)).equals(content.subarray(offset, offset + length))).toBe(
        true
      )
    }
    expect(() => access.read(399_999, 2)).toThrow(RangeError)
    access.close()
    access.close()
  })

  test('that become shorter are an error, not zeros', () => {
    const path = join(folder, 'shrinking')
    writeFileSync(path, noise(200_000))
    using access = native.openFileAccess(path)
    truncateSync(path, 100_000)
    expect(() => access.read(150_000, 10)).toThrow(expect.objectContaining({ code: 'CRYPTO_TRUNCATED' }))
  })

  test('are written through a sink', () => {
    const path = join(folder, 'written')
    const fd = openSync(path, 'wx+')
    try {
      const sink = native.fileSink(fd)
      sink.write(noise(10))
      sink.write(noise(100_000, 2))
      expect(sink.sizeBytes).toBe(100_010)
      const access = native.fileAccess(fd)
      expect(Buffer.from(access.read(10, 100_000)).equals(noise(100_000, 2))).toBe(true)
    } finally {
      closeSync(fd)
    }
  })
})

test('both entries export the same names, but for files', () => {
  const [, [, nodeEntry]] = entries as [unknown, (typeof entries)[0]]
  const [[, portableEntry]] = entries as [(typeof entries)[0]]
  const extra = ['openFileAccess', 'fileAccess', 'fileSink', 'createGpgProgram']
  expect(Object.keys(nodeEntry).filter((name) => !extra.includes(name))).toEqual(Object.keys(portableEntry))
})
