import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { verify } from '../src/verify/verify.ts'
import { createBackupWorld } from './support/backup-world.ts'
import { type ByteCounts, countBytes } from './support/count-bytes.ts'
import { writeNoise } from './support/own-backup.ts'

const BLOCK_BYTES = 65_536

/** One file of so many blocks, or so many files of 2000 bytes. */
async function costOf(blocks: number, files: number) {
  await using world = await createBackupWorld({ passphrase: 'pw' })
  if (blocks > 0) writeNoise(world.path('large'), blocks * BLOCK_BYTES, 1)
  for (let index = 0; index < files; index++) {
    const file = world.path(`small-${index}`)
    writeNoise(file, 2000, index)
    // Else files of the same tick of the clock have the same metadata, which is stored once.
    utimesSync(file, index, index)
  }
  const first = await countBytes(() => world.backUp({ blockSizeBytes: BLOCK_BYTES }))
  const check = await countBytes(async () => {
    expect((await verify(world.context, { samples: 'all' })).defects).toEqual([])
  })
  const restored = await countBytes(async () => {
    const plan = await planRestore(world.context, { version: 0, to: join(world.path('..'), 'out') })
    expect((await restore(world.context, plan)).issues).toEqual([])
  })
  return { first, check, restored }
}

/** For one block or file more. */
function difference(few: ByteCounts, many: ByteCounts, count: number): ByteCounts {
  return {
    arrays: (many.arrays - few.arrays) / count,
    allocatedBytes: (many.allocatedBytes - few.allocatedBytes) / count,
    copiedBytes: (many.copiedBytes - few.copiedBytes) / count
  }
}

function expectAtMost(cost: ByteCounts, most: ByteCounts): void {
  for (const key of ['arrays', 'allocatedBytes', 'copiedBytes'] as const)
    expect.soft(cost[key], key).toBeLessThanOrEqual(most[key])
}

// A copy of a block costs a tenth of its hash, and a new array for it makes the system clear memory, which costs more.
// Buffers that are kept are allocated now and then, so bytes have some room, and the number of arrays has little.
it('allocates a hash for each block, and copies it once to be stored and never to be read', async () => {
  await costOf(1, 0)
  // Below 4 MiB: how larger files are written depends on how fast the disk is.
  const few = await costOf(20, 0)
  const many = await costOf(60, 0)
  // Measured: 1.03, 541, 65 920. The copy is the one into the buffer that is encrypted.
  const once = { arrays: 1.7, allocatedBytes: BLOCK_BYTES / 2, copiedBytes: BLOCK_BYTES * 1.2 }
  expectAtMost(difference(few.first, many.first, 40), once)
  // 1.0, 503, 345 and 1.0, 140, 152: blocks are hashed, and written to files, where they were decrypted and unpacked.
  const hashed = { ...once, copiedBytes: BLOCK_BYTES / 5 }
  expectAtMost(difference(few.check, many.check, 40), hashed)
  expectAtMost(difference(few.restored, many.restored, 40), hashed)
})

it('allocates and copies little for each file', async () => {
  await costOf(0, 1)
  const few = await costOf(0, 100)
  const many = await costOf(0, 300)
  // Measured: 2.0, 1603, 3292. Its content is copied once, its metadata too.
  const first = { arrays: 2.4, allocatedBytes: 2500, copiedBytes: 3800 }
  expectAtMost(difference(few.first, many.first, 200), first)
  // 4.0, 1991, 921.
  const check = { arrays: 4.4, allocatedBytes: 2800, copiedBytes: 1400 }
  expectAtMost(difference(few.check, many.check, 200), check)
  // 3.1, 2947, 2734.
  const restored = { arrays: 3.4, allocatedBytes: 4000, copiedBytes: 3300 }
  expectAtMost(difference(few.restored, many.restored, 200), restored)
})
