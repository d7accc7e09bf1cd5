import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareNames } from '../../src/backup/compare-names.ts'
import { PathTree } from '../../src/backup/path-tree.ts'
import { isBigFile, planSegments, splitBlocklists } from '../../src/backup/segment-plan.ts'
import { RunController } from '../../src/common/run-controller.ts'

const MIB = 1024 * 1024

describe('compareNames', () => {
  it('orders names as their UTF-8 bytes do', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
        const expected = Buffer.compare(Buffer.from(left), Buffer.from(right))
        expect(Math.sign(compareNames(left, right))).toBe(expected)
      }),
      { seed: 7 }
    )
  })

  it('puts what lies above the surrogates before what they encode', () => {
    expect(compareNames('\uff5e', '\u{1f600}')).toBeLessThan(0)
  })
})

describe('PathTree', () => {
  it('covers a folder, what is below it and the entry of its name, and nothing else', () => {
    const tree = new PathTree('/')
    tree.add('/a/b')
    expect(['/a/b', '/a/b/', '/a/b/c', '/a/b/c/d/'].filter((path) => !tree.covers(path))).toEqual([])
    expect(['/a', '/a/', '/a/bc', '/a/bc/', '/b', '/x/a/b/c'].filter((path) => tree.covers(path))).toEqual([])
  })
})

describe('planSegments', () => {
  it.each([
    [33 * MIB + 5, MIB],
    [100 * MIB, 100 * 1024],
    [64 * MIB, 1100],
    [90 * MIB, 40 * MIB]
  ])('cuts %d bytes at borders of blocks of %d', (size, block) => {
    let end = 0
    for (const { offset, length } of planSegments(size, block)) {
      expect(offset).toBe(end)
      expect(offset % block).toBe(0)
      expect(length).toBeGreaterThan(0)
      end = offset + length
    }
    expect(end).toBe(size)
  })

  it('takes a file as big only where it keeps all threads busy', () => {
    expect(isBigFile(32 * MIB, MIB, 2)).toBe(true)
    expect(isBigFile(32 * MIB - 1, MIB, 2)).toBe(false)
    expect(isBigFile(64 * MIB, 10 * MIB, 2)).toBe(false)
  })
})

describe('splitBlocklists', () => {
  it.each([
    [1, 1],
    [34, 1],
    [35, 2],
    [68, 2],
    [69, 3]
  ])('puts %d hashes of 32 bytes into %d lists of blocks of 1100 bytes', (count, lists) => {
    const hashes = Uint8Array.from({ length: count * 32 }, (_, index) => index % 251)
    const pieces = [...splitBlocklists(hashes, 1100, 32)]
    expect(pieces.length).toBe(lists)
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(hashes))
    for (const piece of pieces.slice(0, -1)) expect(piece.byteLength).toBe(34 * 32)
  })
})

describe('RunController', () => {
  it('holds at a check point until it is resumed', async () => {
    const controller = new RunController()
    await controller.passed()
    controller.pause()
    let passed = false
    const waiting = controller.passed().then(() => {
      passed = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect([passed, controller.paused]).toEqual([false, true])
    controller.resume()
    await waiting
    expect([passed, controller.paused]).toEqual([true, false])
  })

  it('rejects with the reason of an abort', async () => {
    const controller = new RunController()
    controller.pause()
    const abort = new AbortController()
    const waiting = controller.passed(abort.signal)
    abort.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})
