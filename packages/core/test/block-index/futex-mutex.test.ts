import { expect, it } from 'vitest'
import { lock, unlock } from '../../src/block-index/futex-mutex.ts'

it('can be taken again once it is free', () => {
  const words = new Int32Array(new SharedArrayBuffer(8))
  lock(words, 1)
  unlock(words, 1)
  lock(words, 1, 0)
  unlock(words, 1)
  expect([...words]).toEqual([0, 0])
})

it('gives up on a holder that died', () => {
  const words = new Int32Array(new SharedArrayBuffer(4))
  lock(words, 0)
  expect(() => lock(words, 0, 1)).toThrow(expect.objectContaining({ code: 'INDEX_BROKEN' }))
})
