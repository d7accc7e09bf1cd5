import { TercetError } from '@tercet/interface'
import { type JobContext, transferring, type WorkerHost } from '../../src/workers/index.ts'

/** Jobs of the pool's tests; each worker has its own. */
export function testJobs(host: WorkerHost) {
  const heard: unknown[] = []
  host.onBroadcast((message) => {
    if (message === 'explode') throw new Error('broke on a broadcast')
    heard.push(message)
  })
  const { closed } = (host.init ?? {}) as { closed?: Int32Array }
  host.onClose(() => {
    if (closed !== undefined) Atomics.add(closed, 0, 1)
  })
  return {
    echo: (payload: unknown) => payload,
    whoami: (_: unknown) => host.index,
    init: (_: unknown) => host.init,
    heard: (_: unknown) => heard,
    async later(payload: unknown) {
      await new Promise((resolve) => setImmediate(resolve))
      return payload
    },
    announce(count: number) {
      for (let i = 0; i < count; i++) host.post(i)
      return 'announced'
    },
    give: (size: number) => {
      const bytes = new Uint8Array(size).fill(7)
      return transferring(bytes, [bytes.buffer])
    },
    sizeOf: (payload: Uint8Array) => payload.byteLength,
    fail(kind: 'tercet' | 'system' | 'plain'): never {
      if (kind === 'tercet') {
        throw new TercetError('TEST_CODE', 'no luck', {
          retry: 'may-help',
          context: { name: 'x' },
          cause: new Error('deep')
        })
      }
      if (kind === 'system')
        throw Object.assign(new Error('disk'), { code: 'ENOSPC', errno: -28, syscall: 'write' })
      throw new RangeError('plain')
    },
    unclonable: (_: unknown) => () => 1,
    /** Says that it runs, then waits in shared memory until cell 1 is set. */
    hold(cells: Int32Array) {
      Atomics.add(cells, 0, 1)
      Atomics.notify(cells, 0)
      Atomics.wait(cells, 1, 0)
      return Atomics.load(cells, 1)
    },
    /** Spins without ever returning to the event loop, until it is aborted. */
    spin(cells: Int32Array, context: JobContext) {
      Atomics.add(cells, 0, 1)
      Atomics.notify(cells, 0)
      while (!context.aborted) Atomics.wait(cells, 1, 0, 1)
      Atomics.store(cells, 1, 1)
      Atomics.notify(cells, 1)
      context.throwIfAborted()
    },
    untilSignal(cells: Int32Array, context: JobContext) {
      return new Promise((resolve) => {
        context.signal.addEventListener('abort', () => {
          Atomics.store(cells, 1, 1)
          Atomics.notify(cells, 1)
          resolve('stopped')
        })
        Atomics.add(cells, 0, 1)
        Atomics.notify(cells, 0)
      })
    },
    exit: (code: number) => process.exit(code),
    explodeLater: (_: unknown) =>
      new Promise(() => {
        setImmediate(() => {
          throw new Error('nobody catches this')
        })
      }),
    allocate(_: unknown) {
      const hoard: number[][] = []
      for (;;) hoard.push(new Array(100_000).fill(hoard.length))
    }
  }
}
export type TestJobs = ReturnType<typeof testJobs>
