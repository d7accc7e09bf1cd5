import { join } from 'node:path'
import type * as Threads from 'node:worker_threads'
import { expect, it, vi } from 'vitest'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { verify } from '../src/verify/verify.ts'
import { createBackupWorld } from './support/backup-world.ts'

const messages = vi.hoisted(() => ({ count: 0 }))

vi.mock('node:worker_threads', async (original) => {
  const threads = await original<typeof Threads>()
  class CountedWorker extends threads.Worker {
    constructor(...args: ConstructorParameters<typeof threads.Worker>) {
      super(...args)
      this.on('message', () => messages.count++)
    }
    override postMessage(...args: Parameters<Threads.Worker['postMessage']>): void {
      messages.count++
      super.postMessage(...args)
    }
  }
  return { ...threads, Worker: CountedWorker }
})

async function messagesOf(files: number) {
  await using world = await createBackupWorld({ workers: 1 })
  for (let index = 0; index < files; index++) world.write(`${index}`, `content ${index}`)
  const during = async (work: () => Promise<unknown>): Promise<number> => {
    messages.count = 0
    await work()
    return messages.count
  }
  return {
    first: await during(() => world.backUp()),
    unchanged: await during(() => world.backUp()),
    check: await during(() => verify(world.context, { samples: 'all' })),
    restored: await during(async () => {
      const plan = await planRestore(world.context, { version: 0, to: join(world.path('..'), 'out') })
      expect((await restore(world.context, plan)).files).toBe(files)
    })
  }
}

// A message costs as much as a small file; batches and volumes are told of, not files.
it('no message between threads is for a single file', async () => {
  const few = await messagesOf(20)
  expect(few.first).toBeGreaterThan(0)
  expect(few.check).toBeGreaterThan(0)
  expect(few.restored).toBeGreaterThan(0)
  expect(await messagesOf(200)).toEqual(few)
})
