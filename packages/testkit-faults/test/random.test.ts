import { expect, test } from 'vitest'
import { createRandom } from '../src/index.ts'

test('the same seed gives the same numbers, another seed others', () => {
  const numbers = (seed: number) => {
    const random = createRandom(seed)
    return Array.from({ length: 20 }, () => random.integer(1000))
  }
  expect(numbers(1)).toEqual(numbers(1))
  expect(numbers(1)).not.toEqual(numbers(2))
  expect(numbers(1).slice(0, 4)).toEqual([627, 2, 527, 981])
})

test('numbers stay below the limit and reach all of it', () => {
  const random = createRandom(5)
  const seen = new Set(Array.from({ length: 500 }, () => random.integer(7)))
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(['a', 'b']).toContain(random.pick(['a', 'b']))
  expect(new Set(random.bytes(1000)).size).toBeGreaterThan(200)
  for (const limit of [0, -1, 1.5, 2 ** 33]) expect(() => random.integer(limit)).toThrow(RangeError)
})
