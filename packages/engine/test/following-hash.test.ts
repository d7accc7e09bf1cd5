import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashBytes } from '@tercet/crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EntryTable, FILE, HASHED, IN_PLACE } from '../src/restore/entry-table.ts'
import { FollowingHash } from '../src/restore/following-hash.ts'

const BLOCK = 1000
const CONTENT = Uint8Array.from({ length: 4500 }, (_, i) => (i * 31) % 251)

describe('the hash that follows the writing of a file', () => {
  let folder: string
  let open: number
  let table: EntryTable

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tercet-following-'))
    open = 0
    table = new EntryTable()
  })
  afterEach(() => {
    expect(open).toBe(0)
    rmSync(folder, { recursive: true })
  })

  function addFile(written: Uint8Array): number {
    const storedPath = join(folder, String(table.count))
    writeFileSync(storedPath, written)
    const hash = hashBytes('SHA256', CONTENT)
    const entry = table.add({ kind: FILE, storedPath, sizeBytes: CONTENT.length, time: 0, hash })
    table.mark(entry, HASHED)
    table.remaining.set(entry, 6)
    return entry
  }

  function followingHash(minBytes = 1): FollowingHash {
    return new FollowingHash({
      table,
      blocksize: BLOCK,
      algorithm: 'SHA256',
      minBytes,
      open: (entry) => {
        const fd = openSync(table.storedPath(entry), 'r')
        open += 1
        return {
          fd,
          close: () => {
            open -= 1
            closeSync(fd)
          }
        }
      }
    })
  }

  test('finds a right file right, in whatever order its blocks come', async () => {
    const entry = addFile(CONTENT)
    using hash = followingHash()
    for (const block of [3, 1, 0]) hash.arrived(entry, block)
    await new Promise(setImmediate)
    for (const block of [4, 2]) hash.arrived(entry, block)
    expect(hash.follows(entry)).toBe(true)
    await hash.complete()
    expect(table.has(entry, HASHED)).toBe(false)
    expect(hash.follows(entry)).toBe(false)
  })

  test.each([
    ['another byte', CONTENT.with(4499, 255)],
    ['too few bytes', CONTENT.subarray(0, 4000)]
  ])('leaves a file with %s to be hashed again', async (_, written) => {
    const entry = addFile(written)
    using hash = followingHash()
    for (let block = 0; block < 5; block++) hash.arrived(entry, block)
    await hash.complete()
    expect(table.has(entry, HASHED)).toBe(true)
  })

  test('leaves a file to be hashed again when a block never came', async () => {
    const entry = addFile(CONTENT)
    using hash = followingHash()
    for (const block of [0, 1, 3, 4]) hash.arrived(entry, block)
    await hash.complete()
    expect(table.has(entry, HASHED)).toBe(true)
  })

  test('follows one file at a time, from its first block on', async () => {
    const [first, second, third] = [addFile(CONTENT), addFile(CONTENT), addFile(CONTENT)]
    using hash = followingHash()
    hash.arrived(first, 0)
    hash.arrived(second, 0)
    expect([hash.follows(first), hash.follows(second)]).toEqual([true, false])
    await hash.complete()
    table.remaining.set(second, 4)
    hash.arrived(second, 1)
    expect(hash.follows(second)).toBe(false)
    hash.arrived(third, 0)
    expect(hash.follows(third)).toBe(true)
  })

  test('leaves small files, and those that are changed in place, to the workers', () => {
    const small = addFile(CONTENT)
    using big = followingHash(CONTENT.length + 1)
    big.arrived(small, 0)
    expect(big.follows(small)).toBe(false)
    const patched = addFile(CONTENT)
    table.mark(patched, IN_PLACE)
    using any = followingHash()
    any.arrived(patched, 0)
    expect(any.follows(patched)).toBe(false)
  })

  test('leaves a file that cannot be opened to the workers', () => {
    const entry = addFile(CONTENT)
    rmSync(table.storedPath(entry))
    using hash = followingHash()
    hash.arrived(entry, 0)
    expect(hash.follows(entry)).toBe(false)
  })
})
