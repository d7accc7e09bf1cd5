import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Fingerprint } from '../../src/block-index/fingerprint.ts'

const word64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

it('is the first 64 bits times the factor, modulo 2^64', () => {
  fc.assert(
    fc.property(word64, word64, fc.integer({ min: 1, max: 64 }), (hash, factor, bits) => {
      const bytes = new Uint8Array(40)
      new DataView(bytes.buffer).setBigUint64(3, hash)
      const fingerprint = new Fingerprint(Number(factor >> 32n), Number(factor & 0xffffffffn), bits)
      fingerprint.take(bytes, 3)
      const kept = (hash >> BigInt(64 - bits)) << BigInt(64 - bits)
      expect((BigInt(fingerprint.high) << 32n) | BigInt(fingerprint.low)).toBe((kept * factor) % 2n ** 64n)
    }),
    { seed: 1, numRuns: 500 }
  )
})
