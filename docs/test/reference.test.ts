import { readFileSync } from 'node:fs'
import * as path from 'node:path'
import { expect, test } from 'vitest'
import { documentedCodes } from '../scripts/error-codes.ts'
import { errorsReference, eventsReference } from '../scripts/reference.ts'

const root = path.resolve(import.meta.dirname, '../..')
const page = (name: string) => readFileSync(path.join(root, 'docs/reference', name), 'utf8')

test('every code is explained where it is declared', () => {
  const codes = documentedCodes(root)
  expect(codes.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['STORAGE_FULL', 'CATALOG_LOCKED', 'CRYPTO_WRONG_PASSPHRASE', 'SOURCE_MISSING'])
  )
  expect(codes.filter(({ meaning }) => !meaning).map(({ code }) => code)).toEqual([])
})

test('the pages are current (npm run reference)', () => {
  expect(page('errors.md')).toBe(errorsReference(root))
  expect(page('events.md')).toBe(eventsReference(root))
})
