import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { JobContext } from '@tercet/core'
import { equalBytes, hashBytes, hashSizeBytes } from '@tercet/crypto'
import { PackedBytes, packedAt, packedTextAt } from '../common/growable.ts'
import type { ExamineJob, ExamineResult } from './job-types.ts'

/** Compares files block by block with what is wanted. A file that cannot be read has nothing that is wanted. */
export function examineFiles(job: ExamineJob, context: JobContext): ExamineResult {
  const count = job.sizes.length
  const equal = new PackedBytes()
  const same = new Uint8Array(count)
  const isFile = new Uint8Array(count)
  const buffer = new Uint8Array(job.settings.blocksize)
  for (let i = 0; i < count; i++) {
    const hashes = packedAt(job.blocks, i)
    const found = new Uint8Array(hashes.length / hashSizeBytes(job.settings.blockHash))
    const size = job.sizes[i] as number
    try {
      const fileSize = compareFile(job, packedTextAt(job.paths, i), hashes, size, found, buffer, context)
      isFile[i] = fileSize === undefined ? 0 : 1
      same[i] = fileSize === size && !found.includes(0) ? 1 : 0
    } catch (error) {
      context.throwIfAborted()
      if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error
    }
    equal.push(found)
  }
  return { equal: equal.pack(), same, isFile }
}

/** @returns the size of the file; undefined when it is something else */
function compareFile(
  job: ExamineJob,
  path: string,
  hashes: Uint8Array,
  size: number,
  found: Uint8Array,
  buffer: Uint8Array,
  context: JobContext
): number | undefined {
  const { blocksize, blockHash } = job.settings
  const width = hashSizeBytes(blockHash)
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(file)
    if (!stat.isFile()) return undefined
    for (let index = 0; index < found.length; index++) {
      context.throwIfAborted()
      const length = Math.min(blocksize, size - index * blocksize)
      const bytes = buffer.subarray(0, length)
      if (readSync(file, bytes, 0, length, index * blocksize) !== length) break
      const wanted = hashes.subarray(index * width, (index + 1) * width)
      if (equalBytes(hashBytes(blockHash, bytes), wanted)) found[index] = 1
    }
    return stat.size
  } finally {
    closeSync(file)
  }
}
