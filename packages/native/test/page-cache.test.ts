import { describe, expect, test } from 'vitest'
import { PageCache } from '../src/page-cache.ts'

const MIB = 1024 * 1024

function recorded(tookMs = 0) {
  const calls: number[][] = []
  const clock = { ms: 0 }
  const pages = new PageCache({
    advise: (...call) => {
      calls.push(call)
      clock.ms += tookMs
    },
    now: () => clock.ms
  })
  return { pages, calls, clock }
}

describe('the page cache', () => {
  test('is told what was written and what is not needed again, in pieces that are worth a call', () => {
    const { pages, calls } = recorded()
    pages.wrote(7, 0, MIB)
    pages.wrote(7, MIB, 1000)
    pages.release(7, 0, 9 * MIB)
    pages.release(8, 0, 1000)
    expect(calls).toEqual([
      [7, 0, MIB],
      [7, 0, 8 * MIB],
      [7, 8 * MIB, MIB]
    ])
  })

  test('is left to the system while waiting for the disk takes more than a small part of the time', () => {
    const { pages, calls, clock } = recorded(50.5)
    const write = () => pages.wrote(7, 0, MIB)
    write()
    for (let i = 0; i < 100; i++) write()
    expect(calls).toHaveLength(1)
    clock.ms = 590
    write()
    expect(calls).toHaveLength(1)
    clock.ms = 601
    write()
    expect(calls).toHaveLength(2)
  })

  test('is told of everything by a disk that is quick', () => {
    const { pages, calls } = recorded(0.5)
    for (let i = 0; i < 1000; i++) pages.wrote(7, i * MIB, MIB)
    expect(calls).toHaveLength(1000)
  })

  test('needs no native calls', () => {
    new PageCache({ advise: undefined }).wrote(7, 0, MIB)
  })
})
