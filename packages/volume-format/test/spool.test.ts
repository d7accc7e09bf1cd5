import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createFileSpool, createMemorySpool } from '../src/index.node.ts'
import { noise } from './entries.ts'

const folder = mkdtempSync(join(tmpdir(), 'tercet-spool-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each([
  ['memory', () => ({ spool: createMemorySpool(), remove() {} })],
  [
    'file',
    () => {
      const spool = createFileSpool(join(folder, 'spool'))
      return { spool, remove: () => spool[Symbol.dispose]() }
    }
  ]
])('a spool in %s', (_where, create) => {
  test('gives back what it was given', () => {
    const { spool, remove } = create()
    expect([...spool.chunks()]).toEqual([])
    const pieces = [noise(10, 1), noise(300_000, 2), noise(0), noise(7, 3)]
    for (const piece of pieces) spool.write(piece)
    expect(spool.sizeBytes).toBe(300_017)
    for (let again = 0; again < 2; again++) {
      const chunks = Array.from(spool.chunks(), (chunk) => new Uint8Array(chunk))
      expect(Buffer.concat(chunks).equals(Buffer.concat(pieces))).toBe(true)
    }
    remove()
  })
})

test('a file spool is private, replaces nothing, and goes away', () => {
  const path = join(folder, 'private')
  const spool = createFileSpool(path)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  spool[Symbol.dispose]()
  spool[Symbol.dispose]()
  expect(existsSync(path)).toBe(false)
  writeFileSync(path, 'precious')
  expect(() => createFileSpool(path)).toThrow(expect.objectContaining({ code: 'EEXIST' }))
})
