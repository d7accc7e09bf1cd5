import { StorageError } from '@tercet/interface'
import { describe, expect, test } from 'vitest'
import { httpError, incoming, nativeCode, networkError, outgoing, retryAfterMs } from '../src/index.ts'

const failed = { where: 'store://host/folder', call: 'put', path: 'name' }

describe('a failure of the network', () => {
  test('is found where it is wrapped, and told with what failed', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    const wrapped = new TypeError('fetch failed', { cause: new AggregateError([reset]) })
    expect(nativeCode(wrapped)).toBe('ECONNRESET')
    const error = networkError(wrapped, failed)
    expect(error).toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      retry: 'may-help',
      context: { call: 'put', path: 'name', native: 'ECONNRESET' },
      cause: wrapped,
      message: 'Cannot put "name" at store://host/folder: the connection was reset'
    })
  })

  test('of a certificate is not retried', () => {
    const error = networkError(Object.assign(new Error(), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), failed)
    expect(error).toMatchObject({ code: 'STORAGE_UNTRUSTED', retry: 'never' })
  })

  test('is none when the code is not of the network, and stays what it was when it is one of the contract', () => {
    expect(networkError(Object.assign(new Error(), { code: 'toString' }), failed)).toBeUndefined()
    const own = new StorageError('STORAGE_FULL', 'full')
    expect(networkError(own, failed)).toBe(own)
  })
})

describe('an HTTP status', () => {
  const answer = (status: number, headers: Record<string, string> = {}) =>
    httpError({ status, header: (name) => headers[name] }, failed)

  test.each([
    [401, 'STORAGE_ACCESS_DENIED', 'never'],
    [404, 'STORAGE_NOT_FOUND', 'never'],
    [412, 'STORAGE_CONFLICT', 'never'],
    [429, 'STORAGE_RATE_LIMITED', 'may-help'],
    [500, 'STORAGE_UNAVAILABLE', 'may-help'],
    [507, 'STORAGE_FULL', 'never'],
    [418, 'STORAGE_UNEXPECTED', 'never']
  ])('%d is %s', (status, code, retry) => {
    expect(answer(status)).toMatchObject({ code, retry, context: { status } })
  })

  test('that asks to wait says for how long', () => {
    expect(answer(503, { 'retry-after': '7' })).toMatchObject({
      code: 'STORAGE_RATE_LIMITED',
      context: { retryAfterMs: 7000 }
    })
  })

  test('that redirects tells where, without secrets', () => {
    const error = answer(302, { location: 'https://user:secret1@other/x?token=secret2' })
    expect(error).toMatchObject({ code: 'STORAGE_INVALID_URL', context: { location: 'https://other/x' } })
    expect(error.message).not.toMatch(/secret/)
  })
})

test('Retry-After is a number of seconds or a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  expect(retryAfterMs('120', now)).toBe(120_000)
  expect(retryAfterMs('Thu, 01 Jan 2026 00:00:30 GMT', now)).toBe(30_000)
  expect(retryAfterMs('Thu, 01 Jan 2025 00:00:30 GMT', now)).toBe(0)
  for (const nothing of [null, undefined, '', 'soon']) expect(retryAfterMs(nothing, now)).toBeUndefined()
})

async function* chunks(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield new Uint8Array(size)
}

describe('streams', () => {
  test('bytes whose number is known only at their end', async () => {
    const of = (announced: number | undefined, ...lengths: number[]) =>
      Array.fromAsync(incoming(chunks(...lengths), () => announced, 'x'))
    expect(await of(5, 3, 2)).toHaveLength(2)
    expect(await of(undefined, 3)).toHaveLength(1)
    await expect(of(5, 3)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'may-help' })
    await expect(of(5, 6)).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' })
  })

  test('that arrive are as long as announced', async () => {
    expect(await Array.fromAsync(incoming(chunks(3, 0, 2), 5, 'x'))).toHaveLength(2)
    await expect(Array.fromAsync(incoming(chunks(3), 5, 'x'))).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      retry: 'may-help'
    })
    await expect(Array.fromAsync(incoming(chunks(6), 5, 'x'))).rejects.toMatchObject({
      code: 'STORAGE_CORRUPT'
    })
  })

  test('that are sent have the length and the digest that were announced', async () => {
    const source = { size: 5, open: () => chunks(3, 0, 2) }
    const told: number[] = []
    const sent = await Array.fromAsync(outgoing(source, { onProgress: (bytes) => told.push(bytes) }))
    expect(sent.map(({ byteLength }) => byteLength)).toEqual([3, 2])
    expect(told).toEqual([3, 5])
    const wrong = outgoing(source, { sha256: new Uint8Array(32) })
    await expect(Array.fromAsync(wrong)).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' })
    await expect(Array.fromAsync(outgoing({ ...source, size: 6 }))).rejects.toMatchObject({
      code: 'STORAGE_SOURCE_MISMATCH'
    })
  })
})
