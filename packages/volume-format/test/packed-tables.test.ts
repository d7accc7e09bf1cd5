import { hashBytes } from '@tercet/crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HashIndex } from '../src/hash-index.ts'
import { PathSet } from '../src/path-set.ts'
import { utf8 } from './entries.ts'

describe('hash index', () => {
  test('finds exactly what was added, under collisions too', () => {
    // Few different first bytes, so that nearly every slot is contended.
    const hash = fc.tuple(fc.nat(3), fc.nat(200)).map(([a, b]) => {
      const bytes = new Uint8Array(16)
      bytes[0] = a
      bytes[15] = b
      return bytes
    })
    fc.assert(
      fc.property(fc.array(hash, { maxLength: 300 }), fc.array(hash, { maxLength: 50 }), (added, asked) => {
        const index = new HashIndex(16, 1)
        const model = new Map<string, number>()
        for (const bytes of added) {
          const key = bytes.join()
          const expected = model.has(key) ? -1 : model.size
          expect(index.add(bytes)).toBe(expected)
          if (expected >= 0) model.set(key, expected)
        }
        expect(index.count).toBe(model.size)
        const shifted = new Uint8Array(19)
        for (const bytes of [...added, ...asked]) {
          shifted.set(bytes, 3)
          expect(index.find(shifted, 3)).toBe(model.get(bytes.join()) ?? -1)
        }
        const packed = index.hashes()
        for (const [key, ordinal] of model)
          expect(packed.subarray(ordinal * 16, ordinal * 16 + 16).join()).toBe(key)
      }),
      { seed: 29, numRuns: 60 }
    )
  })

  test('holds many', () => {
    const index = new HashIndex(32, 1)
    const hashes = Array.from({ length: 20_000 }, (_, i) => hashBytes('SHA256', utf8(String(i))))
    for (const [i, hash] of hashes.entries()) expect(index.add(hash)).toBe(i)
    for (const [i, hash] of hashes.entries()) expect(index.find(hash)).toBe(i)
    expect(index.find(hashBytes('SHA256', utf8('another')))).toBe(-1)
  })
})

describe('path set', () => {
  test('tells new from known paths', () => {
    const paths = fc.array(fc.string({ maxLength: 6 }), { maxLength: 200 })
    fc.assert(
      fc.property(paths, (drawn) => {
        const set = new PathSet()
        const model = new Set<string>()
        for (const path of drawn) {
          expect(set.add(path)).toBe(!model.has(path))
          model.add(path)
        }
      }),
      { seed: 31 }
    )
  })

  test('keeps 200 000 similar paths apart', () => {
    const set = new PathSet()
    for (let i = 0; i < 200_000; i++)
      if (!set.add(`/data/folder-${i >> 8}/file-${i}`)) expect.unreachable(`${i}`)
    for (let i = 0; i < 200_000; i += 1000) expect(set.add(`/data/folder-${i >> 8}/file-${i}`)).toBe(false)
  })
})
