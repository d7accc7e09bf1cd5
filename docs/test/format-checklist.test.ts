import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Points of section 15 of the description of the format: what every program that reads and writes it must do. */
const POINTS = 47
const PACKAGES = new URL('../../packages/', import.meta.url)
/** The title of a test. */
const TITLE = /(?:\b(?:it|test)|\))\(\s*'([^'\n]*)'/g

function titles(): string[] {
  const files = readdirSync(PACKAGES, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /^[^/]+\/test\/.*\.test\.ts$/.test(path)
  )
  return files.flatMap((path) =>
    [...readFileSync(new URL(path, PACKAGES), 'utf8').matchAll(TITLE)].map(([, title]) => title ?? '')
  )
}

test('each point of the checklist of the format has a test of that name', () => {
  const named = new Set(titles().flatMap((title) => title.match(/\b15\.\d+\b/g) ?? []))
  const points = Array.from({ length: POINTS }, (_, i) => `15.${i + 1}`)
  expect(points.filter((point) => !named.has(point))).toEqual([])
  expect([...named].filter((point) => !points.includes(point))).toEqual([])
})
