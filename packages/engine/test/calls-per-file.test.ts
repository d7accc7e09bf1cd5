import type * as Fs from 'node:fs'
import { join } from 'node:path'
import type { Native } from '@tercet/native'
import { describe, expect, it, vi } from 'vitest'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { createBackupWorld } from './support/backup-world.ts'

const calls = vi.hoisted(() => new Map<string, number>())

/** The same object, with its functions counted by name; groups of functions below it likewise. */
const counted = vi.hoisted(
  () =>
    function count<Group extends object>(group: Group, prefix = ''): Group {
      const entries = Object.entries(group).map(([name, value]) => {
        const key = prefix + name
        if (typeof value === 'object' && value !== null) return [name, count(value, `${key}.`)]
        if (typeof value !== 'function' || /^[A-Z]/.test(name)) return [name, value]
        const call = (...args: unknown[]): unknown => {
          calls.set(key, (calls.get(key) ?? 0) + 1)
          return value(...args)
        }
        return [name, call]
      })
      return { ...group, ...Object.fromEntries(entries) }
    }
)
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>()
  const { promises, constants, realpathSync, ...rest } = fs
  const calling = { ...counted(rest), promises, constants, realpathSync }
  return { ...calling, default: calling }
})
vi.mock('@tercet/native', async (original) => {
  const native = await original<{ loadNative: () => Native | undefined }>()
  const loaded = native.loadNative()
  const posix = loaded?.posix && counted(loaded.posix, 'native ')
  return { ...native, loadNative: () => loaded && { ...loaded, posix } }
})

/** What is called while `work` runs. */
async function during(work: () => Promise<unknown>): Promise<Map<string, number>> {
  calls.clear()
  await work()
  return new Map(calls)
}

async function costOf(files: number) {
  await using world = await createBackupWorld()
  for (let index = 0; index < files; index++) world.write(`folder/${index}`, `content ${index}`)
  const first = await during(() => world.backUp())
  const unchanged = await during(() => world.backUp())
  const restored = await during(async () => {
    const plan = await planRestore(world.context, { version: 0, to: join(world.path('..'), 'out') })
    const { files: written, issues } = await restore(world.context, plan)
    expect([written, issues]).toEqual([files, []])
  })
  return { first, unchanged, restored }
}

/** Calls for one file more. */
function difference(few: Map<string, number>, many: Map<string, number>, files: number) {
  const names = [...many.keys()].filter((name) => many.get(name) !== few.get(name))
  return Object.fromEntries(
    names.sort().map((name) => [name, ((many.get(name) ?? 0) - (few.get(name) ?? 0)) / files])
  )
}

// A call of the system costs as much as the content of a small file. Fewer are welcome: then lower the numbers.
describe('what one file more asks of the system', () => {
  it('in a first backup, an unchanged one and a restore', async () => {
    await costOf(1) // what is asked once in a process is no cost of a file
    const few = await costOf(20)
    const many = await costOf(120)
    expect.soft(difference(few.first, many.first, 100)).toEqual({
      closeSync: 1,
      // Before and after the content, so that a file that changes meanwhile is noticed.
      'native stat.fstat': 2,
      'native stat.lstatAt': 1,
      // For what excludes a file, and for its metadata.
      'native xattrs.list': 2,
      openSync: 1,
      readSync: 1
    })
    expect.soft(difference(few.unchanged, many.unchanged, 100)).toEqual({ 'native stat.lstatAt': 1 })
    expect.soft(difference(few.restored, many.restored, 100)).toEqual({
      'native close': 1,
      'native openAt': 1,
      'native setTime': 1,
      'native stat.fstat': 1,
      writeSync: 1
    })
  })
})
