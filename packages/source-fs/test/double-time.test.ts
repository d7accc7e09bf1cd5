import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { doubleTime } from '../src/restore/double-time.ts'

const folder = mkdtempSync(join(tmpdir(), 'tercet-time-'))
const file = join(folder, 'file')
writeFileSync(file, '')
afterAll(() => rmSync(folder, { recursive: true }))

/** Nanoseconds since 1970 of a file with this time. */
function stored(seconds: number, nanoseconds: number): bigint {
  const time = doubleTime(seconds, nanoseconds)
  utimesSync(file, time, time)
  return statSync(file, { bigint: true }).mtimeNs
}

const exact = (seconds: number, nanoseconds: number) => BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)

describe('times without native calls', () => {
  it.each([
    [1_700_000_000, 999_999_900],
    [1_700_000_000, 999_999_999],
    [4_000_000_000, 999_999_999],
    [1, 999_999_999],
    [0, 100]
  ])('never come into the next second: %d s and %d ns', (seconds, nanoseconds) => {
    expect(stored(seconds, nanoseconds) / 1_000_000_000n).toBe(BigInt(seconds))
  })

  it('are exact where a double can say them', () => {
    for (const nanoseconds of [0, 500_000_000, 250_000_000])
      expect(stored(1_700_000_000, nanoseconds)).toBe(exact(1_700_000_000, nanoseconds))
  })

  it('are never later than asked for, and less than half a microsecond earlier', () => {
    const seconds = fc.integer({ min: 0, max: 2 ** 32 - 1 })
    const nanoseconds = fc.integer({ min: 0, max: 999_999_999 })
    fc.assert(
      fc.property(seconds, nanoseconds, (whole, rest) => {
        const early = exact(whole, rest) - stored(whole, rest)
        expect(early).toBeGreaterThanOrEqual(0n)
        expect(early).toBeLessThan(500n)
      }),
      { seed: 5, numRuns: 300 }
    )
  })
})
