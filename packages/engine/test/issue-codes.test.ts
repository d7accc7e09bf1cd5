import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const SOURCES = join(import.meta.dirname, '../src')
const DECLARING = ['engine-error.ts', 'issue-codes.ts']

it('every code that the engine reports is declared and explained', () => {
  const used = new Set<string>()
  const explained = new Set<string>()
  for (const name of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue
    const text = readFileSync(join(SOURCES, name), 'utf8')
    const declares = DECLARING.some((file) => name.endsWith(file))
    const pattern = declares
      ? /^ \* - `([A-Z_]+)` ./gm
      : /'((?:BACKUP|RESTORE|RECREATE|VERIFY|RETENTION|DELETE|COMPACT|LOCK|PURGE|REPAIR|ENGINE)_[A-Z_]+)'/g
    for (const [, code] of text.matchAll(pattern)) (declares ? explained : used).add(code!)
  }
  // Explained where they belong, by the package of the source.
  for (const code of ['RESTORE_CONFLICT', 'RESTORE_TARGET_UNUSABLE']) used.delete(code)
  expect(used.size).toBeGreaterThan(40)
  expect([...used].filter((code) => !explained.has(code))).toEqual([])
  expect([...explained].filter((code) => !used.has(code))).toEqual([])
})
