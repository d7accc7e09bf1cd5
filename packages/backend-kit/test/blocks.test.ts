import { type ByteSource, untilAborted } from '@tercet/interface'
import { describe, expect, test } from 'vitest'
import { deleteInBatches, FolderNames, sendBlocks, withheld } from '../src/index.ts'

const source = (size: number, chunk: number): ByteSource => ({
  size,
  async *open() {
    for (let from = 0; from < size; from += chunk)
      yield Uint8Array.from({ length: Math.min(chunk, size - from) }, (_, index) => from + index)
  }
})

describe('content in blocks', () => {
  test.each([
    [0, 3, []],
    [5, 2, [3, 2]],
    [6, 10, [3, 3]],
    [2, 1, [2]]
  ])('%i bytes in chunks of %i', async (size, chunk, lengths) => {
    const blocks: number[][] = []
    const told: number[] = []
    await sendBlocks(
      source(size, chunk),
      { onProgress: (sent) => told.push(sent) },
      {
        blockBytes: 3,
        parallel: 2,
        async send(index, bytes) {
          await Promise.resolve()
          blocks[index] = [...bytes]
        }
      }
    )
    expect(blocks.map(({ length }) => length)).toEqual(lengths)
    expect(blocks.flat()).toEqual(Array.from({ length: size }, (_, index) => index))
    expect(told.at(-1)).toBe(size === 0 ? undefined : size)
  })

  test('no more than some at the same time, and a failure ends the others', async () => {
    let running = 0
    let most = 0
    const failure = new Error('refused')
    const sending = sendBlocks(source(100, 10), undefined, {
      blockBytes: 10,
      parallel: 3,
      async send(index, _bytes, signal) {
        most = Math.max(most, ++running)
        try {
          await new Promise(setImmediate)
          if (index === 4) throw failure
          if (index > 4) await untilAborted(new Promise(() => {}), signal)
        } finally {
          running--
        }
      }
    })
    await expect(sending).rejects.toBe(failure)
    expect(most).toBe(3)
  })

  test('the last chunk is kept back until the source has ended well', async () => {
    const seen: number[] = []
    async function* chunks() {
      yield Uint8Array.of(1)
      yield Uint8Array.of(2)
      throw new Error('broke')
    }
    const reading = async () => {
      for await (const [byte = 0] of withheld(chunks())) seen.push(byte)
    }
    await expect(reading()).rejects.toThrow('broke')
    expect(seen).toEqual([1])
  })
})

describe('names in a folder of a store', () => {
  test('are those of paths with the folder in front', () => {
    const names = new FolderNames('a/b')
    expect([names.nameOf('c'), names.pathOf('a/b/c'), names.pathOf('a/bc')]).toEqual([
      'a/b/c',
      'c',
      undefined
    ])
    expect(new FolderNames('').pathOf('c')).toBe('c')
  })

  test('are asked for by a prefix only where that finds all', () => {
    const names = new FolderNames('a')
    expect(names.prefixOf({ under: 'b', namePrefix: 'c' })).toBe('a/b/')
    expect(names.prefixOf({ namePrefix: 'c', recursive: false })).toBe('a/c')
    const listed = ['a/c1', 'a/d', 'a/', 'a//c', 'ac'].map((name) =>
      names.listedPath(name, { namePrefix: 'c' })
    )
    expect(listed).toEqual(['c1', undefined, undefined, undefined, undefined])
  })
})

test('deletes go in batches, and each failure is that of its paths', async () => {
  const batches: (readonly string[])[] = []
  const failures = await deleteInBatches(['a', '../b', 'c', 'd', 'e'], undefined, {
    batchSize: 2,
    lanes: 1,
    async deleteBatch(paths) {
      batches.push(paths)
      if (paths.includes('d')) throw new Error('refused')
      return paths.includes('c') ? [{ path: 'c', error: new Error('locked') }] : []
    }
  })
  expect(batches).toEqual([
    ['a', 'c'],
    ['d', 'e']
  ])
  expect(failures.map(({ path }) => path)).toEqual(['../b', 'c', 'd', 'e'])
  const stopped = new Error('stopped')
  const signal = AbortSignal.abort(stopped)
  const never = { batchSize: 1, lanes: 2, deleteBatch: async () => expect.fail('must not be called') }
  await expect(deleteInBatches(['a'], { signal }, never)).rejects.toBe(stopped)
})
