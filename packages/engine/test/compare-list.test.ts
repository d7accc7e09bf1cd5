import type { CatalogReader, EntryRow } from '@tercet/core'
import type { DlistEntry } from '@tercet/volume-format'
import { describe, expect, test } from 'vitest'
import { differences, haveSameDigest, isSameInOrder } from '../src/verify/compare-list.ts'

const hash = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)

const LIST: readonly DlistEntry[] = [
  { type: 'Folder', path: '/a/', metaHash: hash(1), metaSize: 20 },
  { type: 'Symlink', path: '/a/link', metaHash: hash(2), metaSize: 20 },
  { type: 'File', path: '/a/b', hash: hash(3), sizeBytes: 5, time: 100, metaHash: hash(4), metaSize: 20 },
  { type: 'File', path: '/a/c', hash: hash(5), sizeBytes: 0, time: 101 }
]

function catalogOf(list: readonly DlistEntry[]): CatalogReader {
  const rows = list.map((entry) => ({
    path: entry.path,
    type: entry.type.toLowerCase(),
    size: entry.sizeBytes ?? 0,
    mtime: entry.time,
    hash: entry.hash,
    metaHash: entry.metaHash
  }))
  const of = function* (): Generator<EntryRow> {
    yield* rows as EntryRow[]
  }
  return { entries: { of } } as unknown as CatalogReader
}

async function* batches(list: readonly DlistEntry[]) {
  yield list.slice(0, 1)
  yield list.slice(1)
}

const named = async (list: readonly DlistEntry[], known: readonly DlistEntry[]): Promise<string[]> => {
  const codes: string[] = []
  for await (const { code } of differences(batches(list), catalogOf(known), 1)) codes.push(code)
  return codes
}

describe('a list beside the catalog', () => {
  test('is the same, entry by entry', async () => {
    expect(await isSameInOrder(batches(LIST), catalogOf(LIST), 1)).toBe(true)
    expect(await haveSameDigest(batches(LIST), catalogOf(LIST), 1)).toBe(true)
    expect(await named(LIST, LIST)).toEqual([])
  })

  test('is the same in another order, too', async () => {
    const turned = LIST.toReversed()
    expect(await isSameInOrder(batches(turned), catalogOf(LIST), 1)).toBe(false)
    expect(await haveSameDigest(batches(turned), catalogOf(LIST), 1)).toBe(true)
    expect(await named(turned, LIST)).toEqual([])
  })

  const changes: readonly Partial<DlistEntry>[] = [
    { path: '/a/d' },
    { type: 'Symlink' },
    { sizeBytes: 6 },
    { time: 99 },
    { time: undefined },
    { hash: hash(6) },
    { hash: undefined },
    { metaHash: hash(6) },
    { metaHash: undefined }
  ]
  test.each(changes)('is another where a file differs by %j', async (change) => {
    const list = LIST.with(2, { ...(LIST[2] as DlistEntry), ...change })
    expect(await isSameInOrder(batches(list), catalogOf(LIST), 1)).toBe(false)
    expect(await haveSameDigest(batches(list), catalogOf(LIST), 1)).toBe(false)
    expect(await named(list, LIST)).toContain(change.path ? 'VERIFY_ENTRY_EXTRA' : 'VERIFY_ENTRY_MODIFIED')
  })

  test('is another where an entry is missing or too many', async () => {
    for (const [list, known, code] of [
      [LIST.slice(1), LIST, 'VERIFY_ENTRY_MISSING'],
      [LIST.slice(0, -1), LIST, 'VERIFY_ENTRY_MISSING'],
      [LIST, LIST.slice(0, -1), 'VERIFY_ENTRY_EXTRA']
    ] as const) {
      expect(await isSameInOrder(batches(list), catalogOf(known), 1)).toBe(false)
      expect(await haveSameDigest(batches(list), catalogOf(known), 1)).toBe(false)
      expect(await named(list, known)).toEqual([code])
    }
  })
})
