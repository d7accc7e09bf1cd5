import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { entries } from './entries.ts'

/** Relative imports of a module, followed; all others returned. */
function externalImports(file: string, seen = new Set<string>()): Set<string> {
  const external = new Set<string>()
  if (seen.has(file)) return external
  seen.add(file)
  for (const [, clause, specifier] of readFileSync(file, 'utf8').matchAll(
    /^(import|export)\b[^'"]*?\bfrom '([^']+)'/gms
  )) {
    expect(clause).toBeDefined()
    if (specifier!.startsWith('.')) {
      for (const found of externalImports(join(dirname(file), specifier!), seen)) external.add(found)
    } else external.add(specifier!)
  }
  return external
}

test.each(['volume-format', 'crypto'])('the portable entry of %s needs nothing of Node', (name) => {
  const entry = fileURLToPath(new URL(`../../${name}/src/index.ts`, import.meta.url))
  const imports = [...externalImports(entry)]
  expect(imports.length).toBeGreaterThan(2)
  expect(
    imports.filter((specifier) => specifier.startsWith('node:') || specifier === '@tercet/native')
  ).toEqual([])
})

test('both entries export the same names, but for files', () => {
  const [[, portable], [, native]] = entries as [(typeof entries)[0], (typeof entries)[0]]
  expect(Object.keys(native).filter((name) => !name.startsWith('createFileS'))).toEqual(Object.keys(portable))
})
