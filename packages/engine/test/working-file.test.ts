import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashBytes } from '@tercet/crypto'
import { DirectIo, loadNative, PageCache } from '@tercet/native'
import { createRestoreTarget } from '@tercet/source-fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hashFile } from '../src/restore/hash-file.ts'
import { MIN_DIRECT_BYTES, WorkingFile } from '../src/restore/working-file.ts'

const BLOCK = 1024 * 1024
/** The last block is shorter, and no whole number of pages; another one has a hole. */
const CONTENT = Uint8Array.from({ length: MIN_DIRECT_BYTES + 5000 }, (_, i) => (i * 31) % 251).fill(
  0,
  BLOCK + 65_536,
  BLOCK + 200_000
)

describe('a file whose blocks are being written', () => {
  let root: string

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tercet-working-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  function write(order: readonly number[]) {
    using target = createRestoreTarget({
      root,
      versionTime: new Date(0),
      permissions: false,
      native: loadNative()
    })
    const io = new DirectIo()
    const file = target.createFile('file', 'new')
    const working = new WorkingFile(
      { file, entry: 0, sizeBytes: CONTENT.length, hasContent: false, algorithm: 'SHA256' },
      io,
      new PageCache()
    )
    for (const block of order)
      working.write(CONTENT.subarray(block * BLOCK, (block + 1) * BLOCK), block * BLOCK)
    const digest = working.digest()
    working.close()
    const reread = hashFile(file.fd, CONTENT.length, 'SHA256', io)
    target.closeFile(file)
    return { digest, reread }
  }

  test('is hashed meanwhile where they come in their order', () => {
    const { digest, reread } = write([0, 1, 2, 3, 4])
    expect(digest).toEqual(hashBytes('SHA256', CONTENT))
    expect(reread).toEqual(digest)
    expect(readFileSync(join(root, 'file')).equals(CONTENT)).toBe(true)
  })

  test.each([
    ['in another order', [1, 0, 2, 3, 4]],
    ['again', [0, 0, 1, 2, 3, 4]]
  ])('has to be read where they come %s', (_, order) => {
    const { digest, reread } = write(order)
    expect(digest).toBe(undefined)
    expect(reread).toEqual(hashBytes('SHA256', CONTENT))
  })

  test('has no hash before it is complete', () => {
    expect(write([0, 1, 2, 3]).digest).toBe(undefined)
  })
})
