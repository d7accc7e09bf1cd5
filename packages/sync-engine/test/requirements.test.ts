import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** How many requirements of replication there are of each kind: overlap, many replicas, parallel, cache, … defects. */
const REQUIREMENTS = { O: 5, M: 8, P: 8, K: 6, V: 5, L: 5, I: 8, G: 6, T: 7, D: 27 }
const NAME = /\b(?:test|it|describe)(?:\.\w+(?:\([^()]*\))?)*\(\s*(['`"])(.*?)\1/gs

test('each requirement of replication is in the name of a test', () => {
  const packages = new URL('../..', import.meta.url).pathname
  const files = globSync('{sync-engine,sync-policy,sdk,cli}/test/**/*.test.ts', { cwd: packages })
  const names = files.flatMap((file) =>
    [...readFileSync(packages + file, 'utf8').matchAll(NAME)].map(([, , name]) => name as string)
  )
  const named = new Set(names.flatMap((name) => identifiersIn(name)))
  const wanted = Object.entries(REQUIREMENTS).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, n) => `${kind}${n + 1}`)
  )
  expect(wanted.filter((identifier) => !named.has(identifier))).toEqual([])
})

/** `P1, P4` and `V1 to V5`. */
function identifiersIn(name: string): string[] {
  const single = [...name.matchAll(/\b[A-Z]\d+\b/g)].map(([identifier]) => identifier)
  const ranges = [...name.matchAll(/\b([A-Z])(\d+)(?: to |–|-)\1?(\d+)\b/g)].flatMap(
    ([, kind, first, last]) =>
      Array.from({ length: Number(last) - Number(first) + 1 }, (_, n) => `${kind}${Number(first) + n}`)
  )
  return [...single, ...ranges]
}
