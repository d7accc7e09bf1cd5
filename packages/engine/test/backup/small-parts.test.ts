import { describe, expect, it } from 'vitest'
import { PathTree } from '../../src/backup/path-tree.ts'
import { isBigFile, planSegments } from '../../src/backup/segment-plan.ts'
import { RunController } from '../../src/common/run-controller.ts'

const MIB = 1024 * 1024

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
