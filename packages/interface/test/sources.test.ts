import { describe, expect, test } from 'vitest'
import { type ByteSource, bytesSource, exactly, isRanged, resolveRange } from '../src/index.ts'

const collect = async (source: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(source))

describe('bytesSource', () => {
  test('can be read again and again', async () => {
    const source = bytesSource(Uint8Array.of(1, 2, 3))
    expect(source.size).toBe(3)
    for (let round = 0; round < 2; round++) expect(await collect(source.open())).toEqual(Buffer.of(1, 2, 3))
    expect(await Array.fromAsync(bytesSource(new Uint8Array()).open())).toEqual([])
  })

  test('honours an abort', async () => {
    const opened = bytesSource(Uint8Array.of(1)).open({ signal: AbortSignal.abort('enough') })
    await expect(collect(opened)).rejects.toBe('enough')
  })
})

describe('exactly', () => {
  const source = (size: number, ...chunks: readonly number[]): ByteSource => ({
    size,
    async *open() {
      for (const length of chunks) yield new Uint8Array(length)
    }
  })

  test.each([[0], [0, 0], [5, 5], [6, 1, 0, 5]])(
    'passes on what is as long as announced (%j)',
    async (size, ...chunks) => {
      expect((await collect(exactly(source(size, ...chunks)))).byteLength).toBe(size)
    }
  )

  test.each([[1], [0, 1], [5, 4], [5, 6], [5, 5, 1]])('rejects what is not (%j)', async (size, ...chunks) => {
    await expect(collect(exactly(source(size, ...chunks)))).rejects.toMatchObject({
      code: 'STORAGE_SOURCE_MISMATCH',
      context: { announced: size }
    })
  })

  test('never passes on more than was announced', async () => {
    let received = 0
    const reading = (async () => {
      for await (const chunk of exactly(source(5, 3, 3, 3))) received += chunk.byteLength
    })()
    await expect(reading).rejects.toMatchObject({ code: 'STORAGE_SOURCE_MISMATCH' })
    expect(received).toBe(3)
  })
})

test.each([
  [undefined, 10, 0, 10],
  [{}, 10, 0, 10],
  [{ offset: 3 }, 10, 3, 10],
  [{ offset: 3, length: 4 }, 10, 3, 7],
  [{ length: 20 }, 10, 0, 10],
  [{ offset: 10 }, 10, 10, 10],
  [{ offset: 99, length: 5 }, 10, 10, 10],
  [{ length: 0 }, 10, 0, 0],
  [{ offset: 1, length: Number.MAX_SAFE_INTEGER }, 10, 1, 10]
])('the range %j of %i bytes is %i to %i', (options, size, start, end) => {
  expect(resolveRange(options, size)).toEqual({ start, end })
})

test.each([
  { offset: -1 },
  { length: -1 },
  { offset: 1.5 },
  { length: Number.NaN },
  { offset: Number.POSITIVE_INFINITY }
])('%j is no range', (options) => {
  expect(() => resolveRange(options, 10)).toThrow(RangeError)
})

test('only what asks for less than everything is ranged', () => {
  for (const whole of [undefined, {}, { offset: 0 }]) expect(isRanged(whole)).toBe(false)
  for (const part of [{ offset: 1 }, { length: 5 }, { offset: 0, length: 0 }])
    expect(isRanged(part)).toBe(true)
})
