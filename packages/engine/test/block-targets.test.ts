import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockTargets, METADATA } from '../src/restore/block-targets.ts'

const hash = (n: number): Uint8Array => createHash('sha256').update(String(n)).digest()
const supply = (...numbers: number[]) => ({
  hashes: Buffer.concat(numbers.map(hash)),
  sizes: Uint32Array.from(numbers, () => 10),
  count: numbers.length
})

describe('BlockTargets', () => {
  it('wants a block once, however many targets it has', () => {
    const targets = new BlockTargets(32)
    targets.add(hash(1), 0, 10, 0, 0)
    targets.add(hash(2), 0, 10, 0, 1)
    targets.add(hash(1), 0, 10, 5, METADATA)
    expect(targets.offer(0, supply(9, 1))).toBe(1)
    expect(targets.offer(1, supply(1, 2))).toBe(1)
    const shares = targets.bySource(2)
    expect([shares.blockCount(0), shares.blockCount(1)]).toEqual([1, 1])
    const share = shares.share(0)
    expect([...share.hashes]).toEqual([...hash(1)])
    expect([...share.targetStarts]).toEqual([0, 2])
    expect([...share.targetEntries]).toEqual([0, 5])
    expect([...share.targetIndexes]).toEqual([0, METADATA])
  })

  it('does not take a block of another size for the one it wants', () => {
    const targets = new BlockTargets(32)
    targets.add(hash(1), 0, 11, 0, 0)
    expect(targets.offer(0, supply(1))).toBe(0)
  })

  it('asks another source when one is withdrawn', () => {
    const targets = new BlockTargets(32)
    targets.add(hash(1), 0, 10, 3, 0)
    targets.offer(0, supply(1))
    targets.withdraw(hash(1), 0)
    const missing: number[] = []
    targets.unsupplied((entry) => missing.push(entry))
    expect(missing).toEqual([3])
    expect(targets.offer(1, supply(1))).toBe(1)
    expect(targets.sourceOf(hash(1), 0)).toBe(1)
    expect(targets.bySource(2).blockCount(0)).toBe(0)
  })

  it('hands out every target exactly once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ block: fc.nat(30), entry: fc.nat(20), index: fc.nat(5) }), { maxLength: 200 }),
        fc.array(fc.array(fc.nat(30), { maxLength: 20 }), { minLength: 1, maxLength: 5 }),
        (wanted, sources) => {
          const targets = new BlockTargets(32)
          for (const { block, entry, index } of wanted) targets.add(hash(block), 0, 10, entry, index)
          sources.forEach((blocks, source) => {
            targets.offer(source, supply(...blocks))
          })
          const shares = targets.bySource(sources.length)
          const got: string[] = []
          sources.forEach((_, source) => {
            const share = shares.share(source)
            for (let i = 0; i < share.sizes.length; i++) {
              const name = Buffer.from(share.hashes.subarray(i * 32, i * 32 + 32)).toString('hex')
              for (let t = share.targetStarts[i]!; t < share.targetStarts[i + 1]!; t++) {
                got.push(`${name}:${share.targetEntries[t]}:${share.targetIndexes[t]}`)
              }
            }
          })
          const supplied = new Set(sources.flat())
          const expected = wanted
            .filter(({ block }) => supplied.has(block))
            .map(({ block, entry, index }) => `${Buffer.from(hash(block)).toString('hex')}:${entry}:${index}`)
          expect(got.sort()).toEqual(expected.sort())
        }
      )
    )
  })
})
