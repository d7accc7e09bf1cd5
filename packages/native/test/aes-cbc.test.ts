import { createCipheriv, createDecipheriv } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadNative } from '../src/index.ts'

const codec = loadNative()!.aesCbc!
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const pieces = fc.array(
  fc.integer({ min: 0, max: 200 }).chain((blocks) => bytes(16 * blocks)),
  { maxLength: 6 }
)

describe('AES-256-CBC into kept memory', () => {
  it('does what node:crypto does, piece by piece, in both directions', () => {
    fc.assert(
      fc.property(bytes(32), bytes(16), pieces, (key, iv, parts) => {
        const encryptor = codec.createCbcEncryptor(key, iv)
        const decryptor = codec.createCbcDecryptor(key, iv)
        const theirs = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
        for (const part of parts) {
          const expected = theirs.update(part)
          expect(expected.equals(encryptor.update(part))).toBe(true)
          expect(Buffer.from(part).equals(decryptor.update(expected))).toBe(true)
        }
      }),
      { seed: 11, numRuns: 100 }
    )
  })

  it('begins anew with another initialisation vector and the same key', () => {
    const key = Buffer.alloc(32, 3)
    const encryptor = codec.createCbcEncryptor(key, Buffer.alloc(16, 1))
    const encrypted = Buffer.from(encryptor.update(Buffer.alloc(64, 9)))
    const decryptor = codec.createCbcDecryptor(key, Buffer.alloc(16, 1))
    expect(decryptor.update(encrypted)).toEqual(new Uint8Array(64).fill(9))
    decryptor.restart(encrypted.subarray(16, 32))
    expect(decryptor.update(encrypted.subarray(32))).toEqual(new Uint8Array(32).fill(9))
    const theirs = createDecipheriv('aes-256-cbc', key, Buffer.alloc(16, 5)).setAutoPadding(false)
    decryptor.restart(Buffer.alloc(16, 5))
    expect(theirs.update(encrypted).equals(decryptor.update(encrypted))).toBe(true)
  })

  it('keeps its memory from one call to the next', () => {
    const encryptor = codec.createCbcEncryptor(new Uint8Array(32), new Uint8Array(16))
    const { buffer } = encryptor.update(new Uint8Array(4096))
    expect(encryptor.update(new Uint8Array(4096)).buffer).toBe(buffer)
    expect(encryptor.update(new Uint8Array(16)).buffer).toBe(buffer)
  })

  it('takes no key or vector of another length, and no part of a block', () => {
    expect(() => codec.createCbcEncryptor(new Uint8Array(16), new Uint8Array(16))).toThrow(RangeError)
    expect(() => codec.createCbcDecryptor(new Uint8Array(32), new Uint8Array(12))).toThrow(RangeError)
    const encryptor = codec.createCbcEncryptor(new Uint8Array(32), new Uint8Array(16))
    expect(() => encryptor.update(new Uint8Array(15))).toThrow(RangeError)
    expect(() => encryptor.restart(new Uint8Array(15))).toThrow(RangeError)
  })
})
