import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HashTable } from '../src/common/hash-table.ts'

const hash = (n: number): Uint8Array => createHash('sha256').update(String(n)).digest()

it('numbers hashes in order of arrival and finds them again', () => {
  const table = new HashTable(32)
  const count = 5000
  for (let n = 0; n < count; n++) expect(table.add(hash(n))).toBe(n)
  for (let n = 0; n < count; n++) {
    expect(table.add(hash(n))).toBe(n)
    expect(table.find(hash(n))).toBe(n)
  }
  expect(table.count).toBe(count)
  expect(table.find(hash(count))).toBe(-1)
  expect([...table.hashAt(17)]).toEqual([...hash(17)])
})

it('tells hashes apart that share a beginning', () => {
  const table = new HashTable(16)
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.uint8Array({ minLength: 8, maxLength: 8 }), { selector: String, maxLength: 50 }),
      (tails) => {
        const fresh = new HashTable(16)
        const hashes = tails.map((tail) => Uint8Array.from([7, 7, 7, 7, 7, 7, 7, 7, ...tail]))
        hashes.forEach((bytes, index) => {
          expect(fresh.find(bytes)).toBe(-1)
          expect(fresh.add(bytes)).toBe(index)
        })
        hashes.forEach((bytes, index) => {
          expect(fresh.find(bytes)).toBe(index)
        })
      }
    )
  )
  expect(table.count).toBe(0)
})

it('reads hashes out of a packed row', () => {
  const table = new HashTable(32)
  const row = Buffer.concat([hash(1), hash(2), hash(3)])
  expect([0, 32, 64].map((offset) => table.add(row, offset))).toEqual([0, 1, 2])
  expect(table.find(row, 32)).toBe(1)
})
