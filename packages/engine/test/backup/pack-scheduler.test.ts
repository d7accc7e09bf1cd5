import { describe, expect, it } from 'vitest'
import { PackScheduler, type PackTask } from '../../src/backup/pack-scheduler.ts'

interface Call {
  readonly worker: number
  readonly task: PackTask
  finish(value?: unknown): void
  fail(error: unknown): void
}

function scripted(options: { workers: number; depth?: number; bytesPerWorker?: number }) {
  const calls: Call[] = []
  const scheduler = new PackScheduler({
    workers: options.workers,
    depth: options.depth ?? 2,
    bytesPerWorker: options.bytesPerWorker ?? 0.001,
    run: (task, worker) =>
      new Promise((resolve, reject) => {
        calls.push({ worker, task, finish: resolve, fail: reject })
      })
  })
  return { scheduler, calls }
}

const task = (costBytes = 1, worker?: number): PackTask => ({ job: 'x', payload: {}, costBytes, worker })
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('PackScheduler', () => {
  it('starts no second thread before there is work for it', async () => {
    const { scheduler, calls } = scripted({ workers: 4, bytesPerWorker: 100 })
    await scheduler.submit(task(10), () => {})
    await scheduler.submit(task(10), () => {})
    expect(calls.map((call) => call.worker)).toEqual([0, 0])
    expect(scheduler.startedWorkers).toBe(1)
  })

  it('spreads work over the threads and holds the caller back while all are busy', async () => {
    const { scheduler, calls } = scripted({ workers: 2 })
    for (let index = 0; index < 4; index++) await scheduler.submit(task(), () => {})
    expect(calls.map((call) => call.worker)).toEqual([0, 1, 0, 1])
    let accepted = false
    const fifth = scheduler
      .submit(task(), () => {})
      .then(() => {
        accepted = true
      })
    await turn()
    expect(accepted).toBe(false)
    calls[1]!.finish()
    await fifth
    expect(calls[4]!.worker).toBe(1)
  })

  it('wakes every caller that waits', async () => {
    const { scheduler, calls } = scripted({ workers: 1, depth: 1 })
    await scheduler.submit(task(), () => {})
    const waiting = [scheduler.submit(task(), () => {}), scheduler.submit(task(), () => {})]
    calls[0]!.finish()
    await turn()
    expect(calls.length).toBe(2)
    calls[1]!.finish()
    await Promise.all(waiting)
    expect(calls.length).toBe(3)
  })

  it('hands answers over one by one and drains', async () => {
    const { scheduler, calls } = scripted({ workers: 2 })
    const seen: unknown[] = []
    await scheduler.submit(task(), (value) => {
      seen.push(value)
    })
    await scheduler.submit(task(), (value) => {
      seen.push(value)
    })
    calls[1]!.finish('b')
    calls[0]!.finish('a')
    await scheduler.drain()
    expect(seen).toEqual(['b', 'a'])
  })

  it('puts a pinned task on its thread at once', async () => {
    const { scheduler, calls } = scripted({ workers: 2, depth: 1 })
    await scheduler.submit(task(), () => {})
    await scheduler.submit(task(1, 0), () => {})
    expect(calls.map((call) => call.worker)).toEqual([0, 0])
  })

  it.each(['task', 'handler'])('ends with the first failure of a %s', async (where) => {
    const { scheduler, calls } = scripted({ workers: 1 })
    const failure = new Error('broken')
    await scheduler.submit(task(), () => {
      if (where === 'handler') throw failure
    })
    if (where === 'task') calls[0]!.fail(failure)
    else calls[0]!.finish()
    await expect(scheduler.drain()).rejects.toBe(failure)
    await expect(scheduler.submit(task(), () => {})).rejects.toBe(failure)
  })

  it('rejects a caller that waits when a task fails', async () => {
    const { scheduler, calls } = scripted({ workers: 1, depth: 1 })
    await scheduler.submit(task(), () => {})
    const waiting = scheduler.submit(task(), () => {})
    const failure = new Error('broken')
    calls[0]!.fail(failure)
    await expect(waiting).rejects.toBe(failure)
  })
})
