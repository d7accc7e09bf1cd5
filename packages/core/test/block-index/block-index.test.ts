import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockIndex } from '../../src/block-index/block-index.ts'

function hashOf(n: number): Uint8Array {
  return createHash('sha256').update(String(n)).digest()
}

describe('the block index', () => {
  it('tells a known block from a new one', () => {
    const index = BlockIndex.create()
    expect(index.claim(hashOf(1), 0, 7)).toBe(-1)
    expect(index.claim(hashOf(1), 0, 8)).toBe(7)
    expect(index.lookup(hashOf(1))).toBe(7)
    expect(index.lookup(hashOf(2))).toBe(-1)
    expect(index.size).toBe(1)
  })

  it('reads hashes out of the middle of packed ones', () => {
    const packed = Buffer.concat([hashOf(1), hashOf(2), hashOf(3)])
    const index = BlockIndex.create()
    for (let i = 0; i < 3; i++) expect(index.claim(packed, i * 32, i)).toBe(-1)
    expect([1, 2, 3].map((n) => index.lookup(hashOf(n)))).toEqual([0, 1, 2])
  })

  it('keeps every block while it grows in place', () => {
    const index = BlockIndex.create()
    const count = 20_000
    const before = index.share().memory
    for (let i = 0; i < count; i++) expect(index.claim(hashOf(i), 0, i)).toBe(-1)
    expect(index.share().memory).toBe(before)
    expect(index.size).toBe(count)
    for (let i = 0; i < count; i++) expect(index.lookup(hashOf(i))).toBe(i)
    for (let i = count; i < count + 1000; i++) expect(index.lookup(hashOf(i))).toBe(-1)
  })

  it('needs at most 24 bytes a block at every size, whether it grew or was made for them', () => {
    const grown = BlockIndex.create()
    for (let i = 0; i < 50_000; i++) {
      grown.add(hashOf(i), 0, i)
      if (i > 4000 && i % 997 === 0) expect(grown.byteLength / (i + 1)).toBeLessThanOrEqual(24)
    }
    expect(grown.share().memory.byteLength).toBe(grown.byteLength)
    expect(BlockIndex.create({ expectedBlocks: 1_000_000 }).byteLength).toBeLessThanOrEqual(24_000_000)
  })

  it('does what a list does, whatever the fingerprints', () => {
    const operation = fc.record({
      kind: fc.constantFrom('claim', 'add', 'remove', 'lookup', 'candidates'),
      block: fc.nat(400),
      ordinal: fc.nat(30)
    })
    fc.assert(
      fc.property(
        fc.constantFrom(3, 8, 31, 33, 64),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.array(operation, { maxLength: 300 }),
        (fingerprintBits, seed, operations) => {
          const index = BlockIndex.create({ fingerprintBits, seed })
          const model = new Map<string, number[]>()
          for (const { kind, block, ordinal } of operations) {
            const hash = hashOf(block)
            const key = prefix(hash, fingerprintBits)
            const known = model.get(key) ?? []
            model.set(key, known)
            if (kind === 'claim') {
              expect(index.claim(hash, 0, ordinal)).toBe(known[0] ?? -1)
              if (known.length === 0) known.push(ordinal)
            } else if (kind === 'add') {
              index.add(hash, 0, ordinal)
              if (known.length < 8) known.push(ordinal)
            } else if (kind === 'remove') {
              const at = known.indexOf(ordinal)
              expect(index.remove(hash, 0, ordinal)).toBe(at >= 0)
              if (at >= 0) known.splice(at, 1)
            } else if (kind === 'lookup') {
              expect(index.lookup(hash)).toBe(known[0] ?? -1)
            } else {
              expect(index.candidates(hash)).toEqual(known)
            }
          }
          expect(index.size).toBe([...model.values()].reduce((sum, list) => sum + list.length, 0))
          for (const [key, known] of model)
            expect([key, index.candidates(fromPrefix(key))]).toEqual([key, known])
        }
      ),
      { seed: 1, numRuns: 200 }
    )
  })

  it('takes another block with the same fingerprint for a hit: only a candidate', () => {
    const index = BlockIndex.create({ fingerprintBits: 8 })
    let falseHits = 0
    for (let i = 0; i < 1000; i++) if (index.claim(hashOf(i), 0, i) !== -1) falseHits++
    expect(index.size + falseHits).toBe(1000)
    expect(index.size).toBeLessThanOrEqual(256)
    for (let i = 0; i < 1000; i++) expect(index.lookup(hashOf(i))).toBeGreaterThanOrEqual(0)
  })

  it('keeps no more than eight blocks that it cannot tell apart', () => {
    const index = BlockIndex.create()
    for (let i = 0; i < 1000; i++) index.add(hashOf(0), 0, i)
    expect(index.candidates(hashOf(0))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('stays even where the hashes were chosen to fall on one spot', () => {
    const index = BlockIndex.create()
    const hash = new Uint8Array(32).fill(255)
    const view = new DataView(hash.buffer)
    // Equal in the first four bytes, as the last ones of the table would be.
    for (let i = 0; i < 30_000; i++) {
      view.setUint32(4, i)
      expect(index.claim(hash, 0, i)).toBe(-1)
    }
    expect(index.byteLength / index.size).toBeLessThanOrEqual(24)
  })

  it('fills up behind its last place, too', () => {
    // With the factor 1 chosen hashes do fall on one spot: the tail must grow.
    const index = BlockIndex.create({ seed: 1n })
    const hash = new Uint8Array(32).fill(255)
    const view = new DataView(hash.buffer)
    for (let i = 0; i < 3000; i++) {
      view.setUint32(4, (i * 2_654_435_761) >>> 0)
      expect(index.claim(hash, 0, i)).toBe(-1)
    }
    for (let i = 0; i < 3000; i++) {
      view.setUint32(4, (i * 2_654_435_761) >>> 0)
      expect(index.lookup(hash)).toBe(i)
    }
  })

  it('loads runs and hands out ordinals behind them', () => {
    const index = BlockIndex.create()
    const hashes = Buffer.concat([hashOf(1), hashOf(2)])
    index.load([{ first: 40, count: 2, hashes }])
    index.load([{ first: 10, count: 2, hashes: Buffer.concat([hashOf(3), hashOf(1)]) }])
    expect(index.lookup(hashOf(2))).toBe(41)
    expect(index.candidates(hashOf(1))).toEqual([40, 11])
    expect(index.reserveOrdinals(256)).toBe(42)
    expect(index.reserveOrdinals(1)).toBe(298)
  })

  it('refuses what it cannot hold, and stays usable', () => {
    const index = BlockIndex.create({ maxBlocks: 1 })
    let filled = 0
    expect(() => {
      for (; ; filled++) index.claim(hashOf(filled), 0, filled)
    }).toThrow(expect.objectContaining({ code: 'INDEX_FULL' }))
    expect(index.size).toBe(filled)
    for (let i = 0; i < filled; i++) expect(index.lookup(hashOf(i))).toBe(i)
    expect(index.reserveOrdinals(2 ** 32 - 3)).toBe(0)
    expect(() => index.reserveOrdinals(2)).toThrow(expect.objectContaining({ code: 'INDEX_FULL' }))
  })

  it('leaves out the ordinals of blocks that it was not given', () => {
    const index = BlockIndex.create()
    index.load([{ first: 10, count: 1, hashes: hashOf(1) }], 30)
    expect(index.reserveOrdinals(1)).toBe(30)
    index.load([{ first: 40, count: 2, hashes: Buffer.concat([hashOf(2), hashOf(3)]) }], 30)
    expect(index.reserveOrdinals(1)).toBe(42)
  })

  it('refuses wrong arguments', () => {
    expect(() => BlockIndex.create({ fingerprintBits: 0 })).toThrow(RangeError)
    expect(() => BlockIndex.create({ fingerprintBits: 65 })).toThrow(RangeError)
    expect(() => BlockIndex.create({ blocks: 5 } as object)).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNKNOWN_KEY' })
    )
    expect(() => BlockIndex.create().add(hashOf(1), 0, -1)).toThrow(RangeError)
    expect(() => BlockIndex.create().add(hashOf(1), 0, 2 ** 32 - 1)).toThrow(RangeError)
  })
})

/** The first bits of a hash as text. */
function prefix(hash: Uint8Array, bits: number): string {
  return [...hash.subarray(0, 8)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, bits)
}

function fromPrefix(text: string): Uint8Array {
  const bits = text.padEnd(64, '0').match(/.{8}/g) ?? []
  return Uint8Array.from([...bits.map((byte) => Number.parseInt(byte, 2)), ...new Array(24).fill(0)])
}
