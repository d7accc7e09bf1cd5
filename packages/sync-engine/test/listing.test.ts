import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { compareNames, mergeListings } from '../src/listing/merge-listings.ts'
import { SortedListing } from '../src/listing/sorted-listing.ts'

const folder = mkdtempSync(join(tmpdir(), 'tercet-listing-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const listed = () => new SortedListing({ displayName: 'here', temporaryFolder: folder })
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

describe('a listing of any length', () => {
  test('comes back sorted, with what was told of each file', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.record({
            path: fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^duplicati-b[0-9a-f]{1,12}$/)),
            sizeBytes: fc.option(fc.maxSafeNat(), { nil: undefined }),
            modifiedAt: fc.option(fc.date({ noInvalidDate: true, min: new Date(0) }), { nil: undefined }),
            archived: fc.boolean()
          }),
          { selector: ({ path }) => path.toWellFormed(), maxLength: 60 }
        ),
        (entries) => {
          using listing = listed()
          for (const entry of entries) listing.add(entry)
          const found = [...listing.entries()]
          const should = entries
            .map(({ path, sizeBytes, modifiedAt, archived }) => ({
              path: path.toWellFormed(),
              sizeBytes,
              modifiedAtMs: modifiedAt?.getTime(),
              archived
            }))
            .sort((a, b) => byBytes(a.path, b.path))
          expect(found).toEqual(should)
        }
      ),
      { seed: 6, numRuns: 200 }
    )
  })

  test('in many runs: sorted, read twice alike, equal digests for any order, no file left', () => {
    const names = Array.from({ length: 50_000 }, (_, n) => `duplicati-b${(n * 7919) % 50_000}-${n % 3}`)
    using forwards = listed()
    for (const path of names) forwards.add({ path, sizeBytes: path.length })
    using backwards = listed()
    for (const path of names.toReversed()) backwards.add({ path, sizeBytes: path.length })
    const found = Array.from(forwards.entries(), ({ path }) => path)
    expect(found).toEqual(names.toSorted(byBytes))
    expect(Array.from(forwards.entries(), ({ path }) => path)).toEqual(found)
    expect(forwards.digest()).toBe(backwards.digest())
    expect(readdirSync(folder)).toHaveLength(2)
    forwards[Symbol.dispose]()
    backwards[Symbol.dispose]()
    expect(readdirSync(folder)).toEqual([])
  })

  test.for([
    ['in memory', 10],
    ['in many runs', 40_000]
  ] as const)('a name that is listed twice is told of, %s', ([, count]) => {
    using listing = listed()
    for (let n = 0; n < count; n++) listing.add({ path: `name ${n}`, sizeBytes: 1 })
    listing.add({ path: 'name 7', sizeBytes: 2 })
    expect(() => listing.digest()).toThrowError(
      expect.objectContaining({ code: 'SYNC_DUPLICATE_NAME', context: { path: 'name 7', place: 'here' } })
    )
  })

  test('a name that no store can have is refused, and a listing with none is empty', () => {
    using listing = listed()
    expect([...listing.entries()]).toEqual([])
    using other = listed()
    expect(() => other.add({ path: 'x'.repeat(5000), sizeBytes: 1 })).toThrowError(
      expect.objectContaining({ code: 'SYNC_LISTING_FAILED' })
    )
  })

  test('listings side by side show each name once, whatever its characters', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('\u{1f600}', '\uffee', 'a')
    )
    const names = fc.uniqueArray(name, { selector: (path) => path.toWellFormed(), maxLength: 30 })
    fc.assert(
      fc.property(names, names, (left, right) => {
        using primary = listed()
        using replica = listed()
        for (const path of left) primary.add({ path, sizeBytes: 1 })
        for (const path of right) replica.add({ path, sizeBytes: 2 })
        const rows = [...mergeListings(primary.entries(), [replica.entries()])]
        const all = [...new Set([...left, ...right].map((path) => path.toWellFormed()))].sort(byBytes)
        expect(rows.map(({ path }) => path)).toEqual(all)
        for (const { path, primary: a, replicas } of rows) {
          expect(a !== undefined).toBe(left.some((other) => other.toWellFormed() === path))
          expect(replicas[0] !== undefined).toBe(right.some((other) => other.toWellFormed() === path))
        }
        for (const [n, path] of all.slice(1).entries())
          expect(compareNames(all[n] as string, path)).toBeLessThan(0)
      }),
      { seed: 6, numRuns: 300 }
    )
  })

  test('300 000 names a side are compared in at most 64 MiB above the program before', () => {
    const script = fileURLToPath(new URL('measure/listings.ts', import.meta.url))
    const flags = ['--no-warnings', '--expose-gc', '--conditions=@tercet/source']
    const said = execFileSync(process.execPath, [...flags, script, '--names=300000'], { encoding: 'utf8' })
    expect(said).toMatch(/300001 equal/)
    expect(Number(/(\d+) MiB above/.exec(said)?.[1])).toBeLessThanOrEqual(64)
  })
})
