import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { BlobStore } from '../src/restore/blob-store.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tercet-blobs-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('gives back what was put, from memory and from the file', () => {
  using store = new BlobStore(folder, 100)
  const blob = (n: number): Uint8Array => new Uint8Array(n).fill(n)
  for (let n = 0; n < 50; n++) store.put(n, blob(n))
  for (let n = 49; n >= 0; n--) expect(store.take(n)).toEqual(blob(n))
  expect(store.take(7)).toBeUndefined()
})

it('leaves no file behind', () => {
  {
    using store = new BlobStore(folder, 0)
    store.put(1, new Uint8Array(10))
    expect(store.take(1)).toHaveLength(10)
  }
  expect(readdirSync(folder)).toEqual([])
})
