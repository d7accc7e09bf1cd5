import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isTercetError } from '@tercet/interface'
import { describe, expect, it } from 'vitest'
import { createWorkerPool, isWorkerFailure, type WorkerPoolOptions } from '../../src/workers/index.ts'
import { type TestJobs, testJobs } from './test-jobs.ts'

const entry = new URL('./test-worker.ts', import.meta.url)

function pool(workers: number, options: Partial<WorkerPoolOptions<TestJobs>> = {}) {
  return createWorkerPool<TestJobs>({ workers, entry, inline: testJobs, ...options })
}

/** Cell 0 counts the jobs that began, cell 1 is the test's answer to them. */
function cells() {
  return new Int32Array(new SharedArrayBuffer(8))
}

async function begun(cell: Int32Array, count = 1): Promise<void> {
  for (let seen = Atomics.load(cell, 0); seen < count; seen = Atomics.load(cell, 0)) {
    await Atomics.waitAsync(cell, 0, seen).value
  }
}

/** Waits until the job has heard of its abort: that happens on its own thread, in its own time. */
async function heardAbort(cell: Int32Array): Promise<void> {
  await Atomics.waitAsync(cell, 1, 0).value
}

function release(cell: Int32Array): void {
  Atomics.store(cell, 1, 1)
  Atomics.notify(cell, 1)
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('the promise did not reject'),
    (error: unknown) => error
  )
}

describe.each([
  ['with threads', 2],
  ['on the calling thread', 0]
])('a pool %s', (_, workers) => {
  it('answers jobs, synchronous and asynchronous', async () => {
    await using p = pool(workers)
    expect(await p.run('echo', { a: [1, 'b'] })).toEqual({ a: [1, 'b'] })
    expect(await p.run('later', 5)).toBe(5)
    expect(p.isInline).toBe(workers === 0)
  })

  it('answers many jobs, each with its own result', async () => {
    await using p = pool(workers)
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) => p.run('echo', i)))
    expect(results).toEqual(Array.from({ length: 200 }, (_, i) => i))
    expect(p.pendingCount).toBe(0)
  })

  it('copies payloads and hands over buffers', async () => {
    await using p = pool(workers)
    const kept = new Uint8Array(10)
    const given = new Uint8Array(20)
    expect(await p.run('sizeOf', kept)).toBe(10)
    expect(await p.run('sizeOf', given, { transfer: [given.buffer] })).toBe(20)
    expect(kept.byteLength).toBe(10)
    expect(given.byteLength).toBe(0)
    const received = await p.run('give', 3)
    expect([...received]).toEqual([7, 7, 7])
  })

  it('keeps code, retry, context and cause of an error of this library', async () => {
    await using p = pool(workers)
    const error = await failureOf(p.run('fail', 'tercet'))
    expect(isTercetError(error, 'TEST_CODE')).toBe(true)
    expect(error).toMatchObject({
      message: 'no luck',
      name: 'TercetError',
      retry: 'may-help',
      context: { name: 'x' }
    })
    expect((error as Error).cause).toMatchObject({ message: 'deep' })
    expect(isWorkerFailure(error)).toBe(false)
  })

  it("keeps the fields of Node's errors", async () => {
    await using p = pool(workers)
    expect(await failureOf(p.run('fail', 'system'))).toMatchObject({
      code: 'ENOSPC',
      errno: -28,
      syscall: 'write'
    })
    expect(await failureOf(p.run('fail', 'plain'))).toMatchObject({ name: 'RangeError', message: 'plain' })
  })

  it('goes on after a job failed, be it for a payload or a result that cannot be sent', async () => {
    await using p = pool(workers)
    expect(await failureOf(p.run('echo', () => 1))).toMatchObject({ name: 'DataCloneError' })
    expect(await failureOf(p.run('unclonable', 0))).toMatchObject({ name: 'DataCloneError' })
    await failureOf(p.run('fail', 'plain'))
    expect(await p.run('echo', 1)).toBe(1)
  })

  it('names a job that does not exist', async () => {
    await using p = pool(workers)
    const error = await failureOf(p.run('nothing' as 'echo', 0))
    expect(error).toMatchObject({ code: 'WORKER_UNKNOWN_JOB', context: { job: 'nothing' } })
    const inherited = await failureOf(p.run('toString' as 'echo', 0))
    expect(inherited).toMatchObject({ code: 'WORKER_UNKNOWN_JOB' })
  })

  it('delivers what a job posts before its result, in order', async () => {
    await using p = pool(workers)
    const seen: unknown[] = []
    const stop = p.onMessage((message) => seen.push(message))
    seen.push(await p.run('announce', 3))
    expect(seen).toEqual([0, 1, 2, 'announced'])
    stop()
    await p.run('announce', 2)
    expect(seen).toHaveLength(4)
  })

  it('gives broadcasts to workers that run and to those that start later', async () => {
    await using p = pool(workers)
    p.broadcast('early')
    await p.run('echo', 0)
    p.broadcast('late')
    expect(await p.run('heard', 0)).toEqual(['early', 'late'])
  })

  it('hands init to the workers and keeps shared memory shared', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4))
    await using p = pool(workers, { init: { shared } })
    const init = (await p.run('init', 0)) as { shared: Int32Array }
    Atomics.store(shared, 0, 42)
    expect(Atomics.load(init.shared, 0)).toBe(42)
  })

  it('rejects an aborted call with the reason itself, before and during the job', async () => {
    await using p = pool(workers)
    const reason = new Error('enough')
    expect(await failureOf(p.run('echo', 0, { signal: AbortSignal.abort(reason) }))).toBe(reason)
    const controller = new AbortController()
    const cell = cells()
    const running = p.run('untilSignal', cell, { signal: controller.signal })
    const waiting = p.run('echo', 1)
    await begun(cell)
    controller.abort(reason)
    expect(await failureOf(running)).toBe(reason)
    expect(await waiting).toBe(1)
    await heardAbort(cell)
    expect(await p.run('echo', 2)).toBe(2)
  })

  it('never begins a job that was aborted while it waited', async () => {
    await using p = pool(workers)
    const controller = new AbortController()
    const first = p.run('announce', 1)
    const seen: unknown[] = []
    p.onMessage((message) => seen.push(message))
    const waiting = p.run('announce', 100, { signal: controller.signal })
    controller.abort()
    await failureOf(waiting)
    await first
    await p.run('echo', 0)
    expect(seen).toEqual([0])
  })

  it('rejects waiting and running jobs when it is disposed, and lets workers release things', async () => {
    const closed = new Int32Array(new SharedArrayBuffer(4))
    const p = pool(workers, { init: { closed } })
    await p.run('echo', 0)
    const pending = [p.run('later', 1), p.run('later', 2), p.run('later', 3)].map(failureOf)
    await p[Symbol.asyncDispose]()
    for (const error of await Promise.all(pending)) expect(error).toMatchObject({ code: 'WORKER_CLOSED' })
    expect(await failureOf(p.run('echo', 0))).toMatchObject({ code: 'WORKER_CLOSED' })
    expect(Atomics.load(closed, 0)).toBe(p.started.length)
    await p[Symbol.asyncDispose]()
  })

  it('ends all jobs, present and later, when a worker fails outside of a job', async () => {
    await using p = pool(workers)
    await p.run('echo', 0)
    p.broadcast('explode')
    const error = await failureOf(p.run('echo', 1, { worker: 0 }))
    expect(error).toMatchObject({ code: 'WORKER_CRASHED', context: { worker: 0 } })
    expect((error as Error).message).toContain('broke on a broadcast')
    expect(await failureOf(p.run('echo', 2))).toBe(error)
    expect(isWorkerFailure(error)).toBe(true)
  })

  it('says so when its init cannot be sent', async () => {
    await using p = pool(workers, { init: () => 1 })
    const error = await failureOf(p.run('echo', 0))
    expect(error).toMatchObject({ code: 'WORKER_START_FAILED', cause: { name: 'DataCloneError' } })
    expect(await failureOf(p.run('echo', 0, { worker: 0 }))).toBe(error)
  })

  it('refuses a worker that it does not have', async () => {
    await using p = pool(workers)
    expect(() => p.run('echo', 0, { worker: 7 })).toThrow(RangeError)
  })
})

describe('threads', () => {
  it('are started only when a job waits and none is idle', async () => {
    await using p = pool(3)
    expect(p.started).toEqual([])
    for (let i = 0; i < 20; i++) await p.run('echo', i)
    expect(p.started).toEqual([0])
    const cell = cells()
    const held = Promise.all([p.run('hold', cell), p.run('hold', cell), p.run('hold', cell)])
    await begun(cell, 3)
    expect(p.started).toEqual([0, 1, 2])
    release(cell)
    expect(await held).toEqual([1, 1, 1])
  })

  it('can be started before there is work for them', async () => {
    await using p = pool(2)
    p.start(1)
    p.start(1)
    expect(p.started).toEqual([1])
    expect(await p.run('echo', 1)).toBe(1)
    expect(p.started).toEqual([1])
    expect(() => p.start(2)).toThrow(RangeError)
  })

  it('run a job in the worker that is asked for, which need not be the first', async () => {
    await using p = pool(3)
    expect(await p.run('whoami', 0, { worker: 2 })).toBe(2)
    expect(p.started).toEqual([2])
    expect(await p.runOnStarted('whoami', 0)).toEqual([2])
    await p.run('whoami', 0, { worker: 0 })
    expect(await p.runOnStarted('whoami', 0)).toEqual([0, 2])
  })

  it('take no other job behind a long one', async () => {
    await using p = pool(2)
    const cell = cells()
    const long = p.run('hold', cell, { long: true })
    await begun(cell)
    const others = await Promise.all(Array.from({ length: 10 }, () => p.run('whoami', 0)))
    expect(new Set(others).size).toBe(1)
    release(cell)
    await long
  })

  it('line up one job, so that a worker never waits for the pool', async () => {
    await using p = pool(1)
    const cell = cells()
    const held = p.run('hold', cell)
    await begun(cell)
    const bytes = new Uint8Array(4)
    const lined = p.run('sizeOf', bytes, { transfer: [bytes.buffer] })
    expect(bytes.byteLength).toBe(0)
    const behind = new Uint8Array(4)
    const queued = p.run('sizeOf', behind, { transfer: [behind.buffer] })
    expect(behind.byteLength).toBe(4)
    release(cell)
    expect(await Promise.all([held, lined, queued])).toEqual([1, 4, 4])
  })

  it('stop synchronous work that was aborted, and go on', async () => {
    await using p = pool(1)
    const cell = cells()
    const controller = new AbortController()
    const reason = new Error('stop')
    const spinning = p.run('spin', cell, { signal: controller.signal })
    await begun(cell)
    controller.abort(reason)
    expect(await failureOf(spinning)).toBe(reason)
    expect(await p.run('echo', 'alive')).toBe('alive')
    expect(Atomics.load(cell, 1)).toBe(1)
  })

  it('are ended in the middle of synchronous work when the pool is disposed', async () => {
    const p = pool(1)
    const cell = cells()
    const spinning = failureOf(p.run('spin', cell))
    await begun(cell)
    await p[Symbol.asyncDispose]()
    expect(await spinning).toMatchObject({ code: 'WORKER_CLOSED' })
    expect(Atomics.load(cell, 1)).toBe(1)
  })

  it.each([
    ['exits', 'exit', 3],
    ['throws what nobody catches', 'explodeLater', 0],
    ['exceeds its memory', 'allocate', 0]
  ] as const)('end all jobs with a code when one %s', async (_, job, payload) => {
    await using p = pool(2, { resourceLimits: { maxOldGenerationSizeMb: 24 } })
    const cell = cells()
    const others = failureOf(p.run('hold', cell, { worker: 1 }))
    await begun(cell)
    const error = await failureOf(p.run(job, payload as never, { worker: 0 }))
    expect(error).toMatchObject({ code: 'WORKER_CRASHED', context: { worker: 0 } })
    expect(await others).toBe(error)
    expect(await failureOf(p.run('echo', 1))).toBe(error)
  })

  it.each([
    ['a file that is not there', new URL('./no-such-worker.ts', import.meta.url), 'no-such-worker'],
    ['a module whose jobs cannot be made', new URL('./failing-worker.ts', import.meta.url), 'no jobs today'],
    ['a module that serves nothing and ends', new URL('./test-jobs.ts', import.meta.url), 'code 0']
  ])('say so when they cannot be started: %s', async (_, url, text) => {
    await using p = pool(2, { entry: url })
    const error = await failureOf(p.run('echo', 0))
    expect(error).toMatchObject({ code: 'WORKER_START_FAILED' })
    expect((error as Error).message).toContain(text)
  })

  it('say so when a module never serves', async () => {
    await using p = pool(1, { entry: new URL('./silent-worker.ts', import.meta.url), startTimeoutMs: 50 })
    expect(await failureOf(p.run('echo', 0))).toMatchObject({ code: 'WORKER_START_FAILED' })
  })

  it('neither keep the process alive nor print anything', () => {
    const program = fileURLToPath(new URL('./idle-program.ts', import.meta.url))
    const run = spawnSync(process.execPath, ['--conditions=@tercet/source', program], {
      encoding: 'utf8',
      timeout: 240_000
    })
    expect(run).toMatchObject({
      status: 0,
      signal: null,
      stderr: '',
      stdout: 'done: 2 workers, inline too\n'
    })
  })
})

describe('createWorkerPool', () => {
  it('refuses options that make no sense', () => {
    expect(() => pool(-1)).toThrow(RangeError)
    expect(() => pool(1.5)).toThrow(RangeError)
    expect(() => createWorkerPool({ workers: 0 })).toThrow(TypeError)
    expect(() => createWorkerPool({ workers: 1 })).toThrow(TypeError)
    expect(() => createWorkerPool({ workers: 1, entry, entyr: 1 } as never)).toThrow(/"entyr".*"entry"/)
  })
})
