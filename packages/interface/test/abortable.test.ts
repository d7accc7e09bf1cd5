import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { abortable, untilAborted } from '../src/index.ts'

const never = new Promise<never>(() => {})

describe('untilAborted', () => {
  test('settles as the promise does, and leaves no listener', async () => {
    const { signal } = new AbortController()
    await expect(untilAborted(Promise.resolve(1), signal)).resolves.toBe(1)
    await expect(untilAborted(Promise.reject('broken'), signal)).rejects.toBe('broken')
    await expect(untilAborted(Promise.resolve(1), undefined)).resolves.toBe(1)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('an abort wins over a promise that does not answer, or answers later with a failure', async () => {
    const controller = new AbortController()
    let fail = (_reason: unknown) => {}
    const late = new Promise((_resolve, reject) => {
      fail = reject
    })
    const outcomes = [untilAborted(never, controller.signal), untilAborted(late, controller.signal)]
    controller.abort('enough')
    for (const outcome of outcomes) await expect(outcome).rejects.toBe('enough')
    fail('too late')
    await expect(untilAborted(Promise.resolve(1), controller.signal)).rejects.toBe('enough')
  })
})

describe('abortable', () => {
  function watched(items: readonly unknown[]) {
    const source = { closed: 0 }
    async function* open() {
      try {
        for (const item of items) yield await item
      } finally {
        source.closed++
      }
    }
    return Object.assign(source, { open })
  }

  test('yields everything, and closes the source once', async () => {
    const source = watched([1, 2, 3])
    const { signal } = new AbortController()
    expect(await Array.fromAsync(abortable(source.open(), signal))).toEqual([1, 2, 3])
    expect(source.closed).toBe(1)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('closes the source when it is left early, before it goes on', async () => {
    const source = watched([1, 2, 3])
    for await (const _ of abortable(source.open(), undefined)) break
    expect(source.closed).toBe(1)
  })

  test('passes on a failure of the source as it is', async () => {
    const failure = new Error('broken')
    const source = watched([1, Promise.reject(failure)])
    const seen: unknown[] = []
    const reading = (async () => {
      for await (const item of abortable(source.open(), new AbortController().signal)) seen.push(item)
    })()
    await expect(reading).rejects.toBe(failure)
    expect(seen).toEqual([1])
    expect(source.closed).toBe(1)
  })

  test('an abort rejects with its reason: at once, between two items, and after the last', async () => {
    for (const [items, abortAt] of [
      [[1, never], 1],
      [[1, 2, 3], 2],
      [[1], 1]
    ] as const) {
      const controller = new AbortController()
      let seen = 0
      const reading = (async () => {
        for await (const _ of abortable(watched(items).open(), controller.signal)) {
          if (++seen === abortAt) setImmediate(() => controller.abort('enough'))
          if (seen === abortAt && items.length !== 2) await new Promise((resolve) => setImmediate(resolve))
        }
      })()
      await expect(reading).rejects.toBe('enough')
      expect(seen).toBe(abortAt)
    }
  })

  test('with an aborted signal the source is never begun', async () => {
    let begun = false
    const source = {
      [Symbol.asyncIterator](): AsyncIterator<never> {
        begun = true
        throw new Error('begun')
      }
    }
    await expect(Array.fromAsync(abortable(source, AbortSignal.abort('before')))).rejects.toBe('before')
    expect(begun).toBe(false)
  })
})
