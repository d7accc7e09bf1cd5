import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { BlockIndex } from '../../src/block-index/block-index.ts'
import type { ClaimOrders, ClaimReport } from './claiming-worker.ts'

const COUNT = 20_011
const THREADS = 4

describe('the block index in several threads', () => {
  it('gives each block to exactly one thread and tells all the same ordinal', async () => {
    const hashes = new Uint8Array(COUNT * 32)
    for (let i = 0; i < COUNT; i++) hashes.set(createHash('sha256').update(String(i)).digest(), i * 32)
    const index = BlockIndex.create()
    const start = new Int32Array(new SharedArrayBuffer(4))
    const workers = Array.from({ length: THREADS }, (_, thread) => {
      // COUNT is prime, so every stride visits every block.
      const workerData: ClaimOrders = { handle: index.share(), hashes, start, stride: 1 + thread * 1009 }
      return new Worker(new URL('./claiming-worker.ts', import.meta.url), { workerData })
    })
    try {
      const answers = workers.map((worker) => once(worker, 'message'))
      await Promise.all(workers.map((worker) => once(worker, 'online')))
      Atomics.store(start, 0, 1)
      Atomics.notify(start, 0)
      const reports = (await Promise.all(answers)).map(([report]) => report as ClaimReport)

      expect(index.size).toBe(COUNT)
      const used = new Set<number>()
      for (let block = 0; block < COUNT; block++) {
        const ordinal = index.lookup(hashes, block * 32)
        used.add(ordinal)
        expect(reports.map((report) => report.ordinals[block])).toEqual(new Array(THREADS).fill(ordinal))
        expect(reports.reduce((sum, report) => sum + (report.won[block] as number), 0)).toBe(1)
      }
      expect(used.size).toBe(COUNT)
      expect(index.reserveOrdinals(1) % 256).toBe(0)
      expect(index.byteLength / COUNT).toBeLessThanOrEqual(24)
    } finally {
      await Promise.all(workers.map((worker) => worker.terminate()))
    }
  })
})
