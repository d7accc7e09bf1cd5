import { HASH_ALGORITHMS, hashSizeBytes } from '@tercet/crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  blockCount,
  blocklistCount,
  blocklistLength,
  blockSizeAt,
  hashesPerBlocklist,
  maxMetadataBytes,
  splitBlocklists,
  type VolumeSettings
} from '../src/index.ts'
import { noise } from './entries.ts'

const settings = (blocksize: number, blockHash: VolumeSettings['blockHash'] = 'SHA256'): VolumeSettings => ({
  blocksize,
  blockHash,
  fileHash: 'SHA256'
})

test.each([
  [1024 * 1024, 'SHA256', 32_768],
  [100 * 1024, 'SHA256', 3200],
  [1024, 'SHA256', 32],
  [1100, 'SHA256', 34],
  [1024, 'SHA512', 16]
] as const)('a block of %i bytes holds, of %s, %i hashes', (blocksize, hash, count) => {
  expect(hashesPerBlocklist(settings(blocksize, hash))).toBe(count)
  expect(maxMetadataBytes(settings(blocksize, hash))).toBe(count * blocksize)
})

test('15.10 streams around the borders', () => {
  const N = 32
  const counts = [0, 1, 1023, 1024, 1025, N * 1024, N * 1024 + 1].map((size) =>
    blocklistCount(size, settings(1024))
  )
  expect(counts).toEqual([0, 0, 0, 0, 1, 1, 2])
  expect([0, 1, 1024, 1025].map((size) => blockCount(size, 1024))).toEqual([0, 1, 1, 2])
  expect([0, 1, 2].map((i) => blockSizeAt(i, 2500, 1024))).toEqual([1024, 1024, 452])
})

/** The procedure of the format, step by step: a buffer that is emitted when no further hash fits. */
function referenceLists(hashes: Uint8Array, blocksize: number, hashSize: number): string[] {
  const lists: string[] = []
  let buffer: number[] = []
  for (let at = 0; at < hashes.length; at += hashSize) {
    if (blocksize - buffer.length < hashSize) {
      lists.push(Buffer.from(buffer).toString('hex'))
      buffer = []
    }
    buffer.push(...hashes.subarray(at, at + hashSize))
  }
  if (hashes.length > hashSize) lists.push(Buffer.from(buffer).toString('hex'))
  return lists
}

test('15.11 lists are cut as the format describes it, for every algorithm and block size', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...HASH_ALGORITHMS),
      fc.integer({ min: 1024, max: 1200 }),
      fc.nat(150),
      fc.integer({ min: 1, max: 1024 }),
      (algorithm, blocksize, blocks, last) => {
        const hashSize = hashSizeBytes(algorithm)
        const hashes = noise(blocks * hashSize, blocks + 1)
        const lists = [...splitBlocklists(hashes, settings(blocksize, algorithm))]
        expect(lists.map((list) => Buffer.from(list).toString('hex'))).toEqual(
          referenceLists(hashes, blocksize, hashSize)
        )
        const size = blocks === 0 ? 0 : (blocks - 1) * blocksize + last
        expect(blocklistCount(size, settings(blocksize, algorithm))).toBe(lists.length)
        lists.forEach((list, i) => {
          expect(blocklistLength(i, size, settings(blocksize, algorithm)) * hashSize).toBe(list.length)
        })
      }
    ),
    { seed: 11 }
  )
})
