import { expect, it } from 'vitest'
import type { HashRangeJob, SegmentJob } from '../../src/backup/big-file-packer.ts'
import { BigFileRun } from '../../src/backup/big-file-run.ts'
import { PackScheduler } from '../../src/backup/pack-scheduler.ts'

const MIB = 1024 * 1024
const FILE_BYTES = 90 * MIB + 5

it('hashes each range of the file once, in order, and with a segment where the same worker packs it', async () => {
  const asked: { worker: number; job: string; payload: SegmentJob & HashRangeJob }[] = []
  const scheduler = new PackScheduler({
    workers: 2,
    depth: 2,
    bytesPerWorker: 0.001,
    run: async (task, worker) => {
      const payload = task.payload as SegmentJob & HashRangeJob
      asked.push({ worker, job: task.job, payload })
      // Both workers get segments, because neither answers before the next one is handed out.
      await new Promise((resolve) => setImmediate(resolve))
      const hash = Uint8Array.of(1)
      if (task.job === 'backup-finish-file') return task.payload
      if (task.job === 'backup-hash-range') return payload.last ? hash : undefined
      return {
        blockHashes: new Uint8Array(0),
        signature: Uint8Array.of(7),
        hash: payload.hashed?.last === true ? hash : undefined,
        stored: {}
      }
    }
  })
  let packed = 0
  const file = { folder: '/', name: 'big', sizeBytes: FILE_BYTES, hints: 0, previousSize: -1 }
  const run = new BigFileRun({ ...file, previousHashes: new Uint8Array(64) }, 3, 0, {
    scheduler,
    blockSizeBytes: MIB,
    blockHashBytes: 32,
    beforeSegment: async () => {},
    onStored: () => {},
    onPacked: () => packed++,
    onTorn: () => Promise.reject(new Error('The file did not change'))
  })
  await run.submit()
  await scheduler.drain()
  expect(packed).toBe(1)
  const hashed = asked.filter(
    ({ job, payload }) => job === 'backup-hash-range' || payload.hashed !== undefined
  )
  expect(hashed.every(({ worker }) => worker === 0)).toBe(true)
  expect(hashed.some(({ job }) => job === 'backup-segment')).toBe(true)
  expect(hashed.some(({ job }) => job === 'backup-hash-range')).toBe(true)
  let end = 0
  for (const { payload } of hashed) {
    expect(payload.offset).toBe(end)
    end += payload.length
  }
  expect(end).toBe(FILE_BYTES)
})
