import { parentPort, workerData } from 'node:worker_threads'
import { BlockIndex, type BlockIndexHandle } from '../../src/block-index/block-index.ts'

/** What a thread of the stress test is told: it claims every block, in an order of its own. */
export interface ClaimOrders {
  readonly handle: BlockIndexHandle
  readonly hashes: Uint8Array
  readonly start: Int32Array
  readonly stride: number
}

/** For each block the ordinal that the thread was told, and whether the thread won the claim. */
export interface ClaimReport {
  readonly ordinals: Uint32Array
  readonly won: Uint8Array
}

const { handle, hashes, start, stride } = workerData as ClaimOrders
const index = BlockIndex.attach(handle)
const count = hashes.length / 32
const report: ClaimReport = { ordinals: new Uint32Array(count), won: new Uint8Array(count) }
let free = 0
let end = 0
// All threads begin together, so that they meet in the index.
Atomics.wait(start, 0, 0)
for (let i = 0; i < count; i++) {
  const block = (i * stride) % count
  if (free === end) {
    free = index.reserveOrdinals(256)
    end = free + 256
  }
  const hit = index.claim(hashes, block * 32, free)
  report.won[block] = hit === -1 ? 1 : 0
  report.ordinals[block] = hit === -1 ? free++ : hit
}
parentPort?.postMessage(report)
