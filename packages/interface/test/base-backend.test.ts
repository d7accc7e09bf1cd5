import { describe, expect, test } from 'vitest'
import {
  BaseBackend,
  type ByteSource,
  type CallOptions,
  capabilities,
  NO_CAPABILITIES,
  type StorageEntry,
  systemClock
} from '../src/index.ts'

class Least extends BaseBackend {
  readonly scheme = 'least'
  readonly displayName = 'least:'
  readonly capabilities = capabilities({ rangedGet: true })
  readonly deleted: string[] = []
  async *list() {}
  async stat(path: string): Promise<StorageEntry> {
    return { path, sizeBytes: undefined }
  }
  async *get() {}
  async put(path: string, source: ByteSource): Promise<StorageEntry> {
    return { path, sizeBytes: source.size }
  }
  async delete(path: string, options?: CallOptions): Promise<void> {
    options?.signal?.throwIfAborted()
    if (path === 'bad') throw new Error('bad')
    this.deleted.push(path)
  }
}

describe('BaseBackend', () => {
  test('refuses what is not supported, by name', async () => {
    await using backend = new Least()
    const calls: [string, () => Promise<unknown>][] = [
      ['rename', () => backend.rename('a', 'b')],
      ['copy', () => backend.copy('a', 'b')],
      ['createFolder', () => backend.createFolder('a')],
      ['checksum MD5', () => backend.checksum('a', 'MD5')],
      ['quota', () => backend.quota()],
      ['setLock', () => backend.setLock('a', new Date())],
      ['getLock', () => backend.getLock('a')],
      ['restoreArchived', () => backend.restoreArchived('a')]
    ]
    for (const [what, call] of calls) {
      await expect(call()).rejects.toMatchObject({
        code: 'STORAGE_UNSUPPORTED',
        message: `least: does not support ${what}`,
        context: { scheme: 'least', what }
      })
    }
    expect(await backend.localFile('a')).toBeUndefined()
  })

  test('deletes many one by one, goes on after a failure, and stops at an abort', async () => {
    const backend = new Least()
    expect(await backend.deleteMany(['a', 'bad', 'b'])).toMatchObject([
      { path: 'bad', error: { message: 'bad' } }
    ])
    expect(backend.deleted).toEqual(['a', 'b'])
    await expect(backend.deleteMany(['c'], { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
    expect(backend.deleted).toEqual(['a', 'b'])
  })
})

test('capabilities start from none, and are frozen', () => {
  expect(capabilities({})).toEqual(NO_CAPABILITIES)
  expect(capabilities({ quota: true })).toEqual({ ...NO_CAPABILITIES, quota: true })
  expect(Object.isFrozen(capabilities({})) && Object.isFrozen(NO_CAPABILITIES)).toBe(true)
})

describe('systemClock', () => {
  test('tells the time of day and one that only goes forward', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(10_000)
    const first = systemClock.monotonic()
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first)
  })

  test('sleeps, and is woken by an abort with its reason', async () => {
    await systemClock.sleep(0)
    await systemClock.sleep(-5)
    const controller = new AbortController()
    const long = systemClock.sleep(1e12, { signal: controller.signal })
    controller.abort('enough')
    await expect(long).rejects.toBe('enough')
    await expect(systemClock.sleep(1, { signal: controller.signal })).rejects.toBe('enough')
  })
})
