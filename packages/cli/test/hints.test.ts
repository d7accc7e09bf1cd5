import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { HINTS } from '../src/hints.ts'

const packages = fileURLToPath(new URL('../../', import.meta.url))

/** Codes that are written in the sources of the other packages. */
function knownCodes(): Set<string> {
  const codes = new Set<string>()
  for (const name of readdirSync(packages)) {
    const source = join(packages, name, 'src')
    if (!statSync(source, { throwIfNoEntry: false })?.isDirectory()) continue
    for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || join(name, file) === join('cli', 'hints.ts')) continue
      for (const [, code] of readFileSync(join(source, file), 'utf8').matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g))
        codes.add(code!)
    }
  }
  return codes
}

test('every hint is for a code that exists', () => {
  const known = knownCodes()
  expect(Object.keys(HINTS).filter((code) => !known.has(code))).toEqual([])
})
