import { type ByteSource, isTercetError, type StorageError } from '@tercet/interface'
import { expect } from 'vitest'

/** Bytes that differ at every place, in chunks of 64 KiB, made when they are asked for. */
export function patternSource(size: number, seed = 1): ByteSource {
  return {
    size,
    async *open() {
      for (let from = 0; from < size; from += 65_536)
        yield patternBytes(from, Math.min(65_536, size - from), seed)
    }
  }
}

export function patternBytes(from: number, length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++)
    bytes[index] = ((from + index) * (2 * seed + 1)) >>> (index & 7)
  return bytes
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}

/** The failure of the contract that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<StorageError> {
  const error = await promise.then(
    () => expect.fail('must reject'),
    (reason: unknown) => reason
  )
  if (!isTercetError(error)) throw error
  return error as StorageError
}
