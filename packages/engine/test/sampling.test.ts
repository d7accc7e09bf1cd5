import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseIndexes, chooseSamples, sampleSize } from '../src/verify/sampling.ts'

/** A small seeded generator, so that a failure can be repeated. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

describe('sampleSize', () => {
  it.each([
    [0, 1, 0],
    [5, 0, 0],
    [1, 0.2, 1],
    [4, 0.2, 1],
    [5, 0.2, 1],
    [6, 0.2, 2],
    [100, 0.07, 7],
    [7, 1, 7],
    [1000, 0.001, 1]
  ])('of %d with share %d is %d', (total, share, expected) => {
    expect(sampleSize(total, share)).toBe(expected)
  })
})

describe('chooseSamples', () => {
  it('prefers what was verified least', () => {
    const volumes = [3, 0, 1, 0, 2].map((verifiedCount, id) => ({ id, verifiedCount }))
    const chosen = chooseSamples(volumes, 3, seeded(1))
    expect(chosen.map((volume) => volume.verifiedCount)).toEqual([0, 0, 1])
  })

  it('breaks ties at random', () => {
    const volumes = Array.from({ length: 20 }, (_, id) => ({ id, verifiedCount: 0 }))
    const first = new Set(
      Array.from({ length: 30 }, (_, seed) => chooseSamples(volumes, 1, seeded(seed))[0]?.id)
    )
    expect(first.size).toBeGreaterThan(5)
  })
})

it('chooseIndexes draws each index at most once', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(250), fc.nat(), (total, count, seed) => {
      const chosen = chooseIndexes(total, count, seeded(seed))
      expect(chosen).toHaveLength(Math.min(total, count))
      expect(new Set(chosen).size).toBe(chosen.length)
      expect(chosen.every((index) => index >= 0 && index < total)).toBe(true)
    })
  )
})
