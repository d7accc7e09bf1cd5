import { randomFillSync } from 'node:crypto'
import { closeSync, ftruncateSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { compareTrees, describeTree } from '@tercet/testkit-data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { type BackupWorld, createBackupWorld } from './support/backup-world.ts'

const MIB = 1024 * 1024
const KIB = 1024

/** What the file system has set aside for a file. */
const allocated = (path: string): number => statSync(path).blocks * 512

describe('files of many blocks in several volumes', () => {
  let world: BackupWorld
  beforeAll(async () => {
    world = await createBackupWorld({ workers: 2 })
    const noise = randomFillSync(new Uint8Array(4 * MIB))
    writeSparse('hole-within', 80 * MIB, [
      [0, noise],
      [33 * MIB + 7, noise],
      [76 * MIB, noise]
    ])
    writeSparse('hole-at-the-end', 70 * MIB, [[0, noise.subarray(1000)]])
    writeSparse('one-block', 900 * KIB, [[300 * KIB, noise.subarray(0, 5000)]])
    writeSparse('only-a-hole', 3 * MIB + 1, [])
    writeSparse('small-hole', 4095, [])
    await world.backUp({ blockSizeBytes: MIB, volumeSizeBytes: 5 * MIB, compression: { method: 'none' } })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  function writeSparse(name: string, sizeBytes: number, parts: readonly [number, Uint8Array][]): void {
    const fd = openSync(world.path(name), 'w')
    ftruncateSync(fd, sizeBytes)
    for (const [at, bytes] of parts) writeSync(fd, bytes, 0, bytes.length, at)
    closeSync(fd)
  }

  it.each([0, 2])('are restored exactly and with their holes, by %i threads', async (workers) => {
    const to = join(world.path('..'), `out-${workers}`)
    const context = { ...world.context, workers }
    const result = await restore(context, await planRestore(context, { to, permissions: true }))
    expect(result.issues).toEqual([])
    expect(compareTrees(await describeTree(world.source), await describeTree(to))).toEqual([])
    for (const name of readdirSync(world.source))
      expect([name, allocated(join(to, name)) <= allocated(world.path(name)) + 128 * KIB]).toEqual([
        name,
        true
      ])
  })

  it('are filled with zeros where old bytes are patched in place', async () => {
    const to = join(world.path('..'), 'patched')
    const options = { to, include: ['*hole-within'], permissions: true }
    await restore(world.context, await planRestore(world.context, options))
    const path = join(to, 'hole-within')
    const fd = openSync(path, 'r+')
    writeSync(fd, 'not zeros', 20 * MIB)
    closeSync(fd)
    const plan = await planRestore(world.context, { ...options, overwrite: 'patch-in-place' })
    const result = await restore(world.context, plan)
    expect(result.issues).toEqual([])
    expect(readFileSync(path).equals(readFileSync(world.path('hole-within')))).toBe(true)
  })

  it('leave nothing behind when their restore is broken off', async () => {
    const to = join(world.path('..'), 'broken-off')
    const controller = new AbortController()
    const reason = new Error('enough')
    const again = () => planRestore(world.context, { to, include: ['*hole-within'] })
    const plan = await again()
    const broken = restore(world.context, plan, {
      signal: controller.signal,
      onEvent(event) {
        if (event.type === 'restore-progress' && event.bytes >= 5 * MIB) controller.abort(reason)
      }
    })
    await expect(broken).rejects.toBe(reason)
    expect(readdirSync(to)).toEqual([])
    // What the plan says of the target is no longer so.
    await expect(restore(world.context, plan)).rejects.toMatchObject({ code: 'RESTORE_PLAN_USED' })
    expect((await restore(world.context, await again())).issues).toEqual([])
    expect(readdirSync(to)).toEqual(['hole-within'])
  })
})
