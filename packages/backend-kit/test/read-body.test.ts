import { PassThrough, Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { readBody } from '../src/index.ts'

const KiB = 1024
const same = (error: unknown): unknown => error
const bytesOf = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(chunks))

test('a body is what the stream brings, in pieces as they come, and no empty ones', async () => {
  const pieces = [Buffer.alloc(3, 1), Buffer.alloc(0), Buffer.alloc(500 * KiB, 2), Buffer.alloc(700 * KiB, 3)]
  const size = 3 + 1200 * KiB
  const stream = Readable.from(pieces, { objectMode: false })
  const come = await Array.fromAsync(readBody({ stream, size }, 'x', undefined, same))
  expect(come.map(({ byteLength }) => byteLength)).toEqual([3, 500 * KiB, 700 * KiB])
  expect(Buffer.concat(come).equals(Buffer.concat(pieces))).toBe(true)
  const unknown = Readable.from([Buffer.from('alpha')], { objectMode: false })
  expect(`${await bytesOf(readBody({ stream: unknown, size: undefined }, 'x', undefined, same))}`).toBe(
    'alpha'
  )
})

test('a stream is not read faster than its bytes are taken', async () => {
  let made = 0
  const stream = Readable.from(
    (function* () {
      for (; made < 1000; made++) yield Buffer.alloc(64 * KiB)
    })(),
    { objectMode: false }
  )
  let taken = 0
  for await (const chunk of readBody({ stream, size: 1000 * 64 * KiB }, 'x', undefined, same)) {
    taken += chunk.byteLength
    expect(made * 64 * KiB - taken).toBeLessThanOrEqual(2048 * KiB)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(taken).toBe(1000 * 64 * KiB)
})

test.each([
  ['fewer', 4, 'STORAGE_UNAVAILABLE', 'may-help'],
  ['more', 2, 'STORAGE_CORRUPT', 'never']
])('%s bytes than announced', async (_, size, code, retry) => {
  const stream = Readable.from([Buffer.alloc(3)], { objectMode: false })
  await expect(bytesOf(readBody({ stream, size }, 'x', undefined, same))).rejects.toMatchObject({
    code,
    retry
  })
  expect(stream.destroyed).toBe(true)
})

test('a failure of the stream, and an end that is none, come behind the bytes before them', async () => {
  const failed = new PassThrough()
  failed.write('alpha')
  const first = readBody(
    { stream: failed, size: 10 },
    'x',
    undefined,
    (error) => new Error('told', { cause: error })
  )
  expect(`${(await first.next()).value}`).toBe('alpha')
  failed.destroy(new Error('broken'))
  await expect(first.next()).rejects.toMatchObject({ message: 'told', cause: { message: 'broken' } })
  const closed = new PassThrough()
  const second = readBody({ stream: closed, size: undefined }, 'x', undefined, same)
  const next = second.next()
  closed.destroy()
  await expect(next).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' })
  await expect(
    bytesOf(readBody({ stream: closed, size: undefined }, 'x', undefined, same))
  ).rejects.toMatchObject({
    code: 'ERR_STREAM_PREMATURE_CLOSE'
  })
})

test('an abort is told at once, and whoever stops ends the stream', async () => {
  const silent = new PassThrough()
  const abort = new AbortController()
  const next = readBody({ stream: silent, size: 5 }, 'x', abort.signal, same).next()
  const reason = new Error('enough')
  abort.abort(reason)
  await expect(next).rejects.toBe(reason)
  expect(silent.destroyed).toBe(true)
  const left = Readable.from([Buffer.alloc(3), Buffer.alloc(3)], { objectMode: false })
  for await (const _ of readBody({ stream: left, size: 6 }, 'x', undefined, same)) break
  expect(left.destroyed).toBe(true)
})
