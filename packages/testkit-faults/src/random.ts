/** A reproducible source of chance: the same seed gives the same numbers, on every machine. */
export interface SeededRandom {
  readonly seed: number
  /** From 0 up to and without `limit`. */
  integer(limit: number): number
  bytes(length: number): Uint8Array
  pick<T>(choices: readonly T[]): T
}

/** The generator Mulberry32: 32 bits of state, good enough to choose test cases with. */
export function createRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const integer = (limit: number) => {
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > 2 ** 32) {
      throw new RangeError(`limit must be from 1 to 2 ** 32, not ${limit}`)
    }
    return Math.floor((next() / 2 ** 32) * limit)
  }
  return {
    seed,
    integer,
    bytes: (length) => Uint8Array.from({ length }, () => next() & 255),
    pick<T>(choices: readonly T[]): T {
      return choices[integer(choices.length)] as T
    }
  }
}
