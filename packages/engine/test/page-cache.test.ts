import { describe, expect, test } from 'vitest'
import { PageCache } from '../src/restore/page-cache.ts'

const MIB = 1024 * 1024

function recorded(tookMs = 0) {
  const calls: number[][] = []
  let now = 0
  const pages = new PageCache({
    advise: (...call) => {
      calls.push(call)
      now += tookMs
    },
    now: () => now
  })
  return { pages, calls }
}

describe('the page cache of a restore', () => {
  test('is told what was written and what is not needed again, in pieces that are worth a call', () => {
    const { pages, calls } = recorded()
    pages.wrote(7, 0, MIB)
    pages.wrote(7, MIB, 1000)
    pages.release(7, 0, 4 * MIB)
    pages.release(8, 0, 1000)
    expect(calls).toEqual([
      [7, 0, MIB],
      [7, 0, 4 * MIB]
    ])
  })

  test('is left to the system where the disk cannot follow', () => {
    const slow = recorded(105)
    for (let i = 0; i < 100; i++) slow.pages.wrote(7, i * MIB, MIB)
    expect(slow.calls).toHaveLength(6)
    const quick = recorded(4)
    for (let i = 0; i < 100; i++) quick.pages.wrote(7, i * MIB, MIB)
    expect(quick.calls).toHaveLength(100)
  })

  test('needs no native calls', () => {
    new PageCache({ advise: undefined }).wrote(7, 0, MIB)
  })
})
