import { describe, expect, it } from 'vitest'
import { Limiter } from '../../src/volumes/limiter.ts'

describe('Limiter', () => {
  it('lets no more run than it may, and the others in their order', async () => {
    const limiter = new Limiter(2)
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
    const begun: number[] = []
    const all = gates.map((gate, i) =>
      limiter.run(async () => {
        begun.push(i)
        await gate.promise
        return i
      })
    )
    await Promise.resolve()
    expect(begun).toEqual([0, 1])
    gates[1]!.resolve()
    await all[1]
    await Promise.resolve()
    expect(begun).toEqual([0, 1, 2])
    for (const gate of gates) gate.resolve()
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4])
    expect(begun).toEqual([0, 1, 2, 3, 4])
  })

  it('frees the place of work that fails', async () => {
    const limiter = new Limiter(1)
    const failed = limiter.run(() => Promise.reject(new Error('no')))
    const next = limiter.run(async () => 'ran')
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe('ran')
  })

  it('never begins what is aborted while it waits, and does not lose a place by it', async () => {
    const limiter = new Limiter(1)
    const gate = Promise.withResolvers<void>()
    const first = limiter.run(() => gate.promise)
    const controller = new AbortController()
    const reason = new Error('enough')
    let began = false
    const waiting = limiter.run(async () => {
      began = true
    }, controller.signal)
    const last = limiter.run(async () => 'ran')
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(limiter.run(async () => {}, controller.signal)).rejects.toBe(reason)
    gate.resolve()
    await first
    expect(await last).toBe('ran')
    expect(began).toBe(false)
  })
})
