import { expect, test, vi } from 'vitest'
import { Pool } from '../src/index.ts'

interface Connection {
  readonly id: number
  alive: boolean
}

function createWorld(limit: number, idleMs?: number) {
  const opened: Connection[] = []
  const closed: number[] = []
  const pool = new Pool<Connection>({
    limit,
    idleMs,
    open: async () => {
      const connection = { id: opened.length + 1, alive: true }
      opened.push(connection)
      return connection
    },
    close: ({ id }) => {
      closed.push(id)
    },
    isUsable: ({ alive }) => alive
  })
  return { pool, opened, closed }
}

test('a connection is used again by the next call', async () => {
  const { pool, opened } = createWorld(2)
  expect(await pool.use(undefined, async ({ id }) => id)).toBe(1)
  expect(await pool.use(undefined, async ({ id }) => id)).toBe(1)
  const lease = await pool.lease(undefined)
  expect(lease.isReused).toBe(true)
  await lease.release(true)
  expect(opened).toHaveLength(1)
  await pool.close()
})

test('no more than the limit are open, and those who wait get their turn in order', async () => {
  const { pool, opened } = createWorld(2)
  const order: number[] = []
  let most = 0
  let now = 0
  await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      pool.use(undefined, async () => {
        most = Math.max(most, ++now)
        await new Promise((resolve) => setImmediate(resolve))
        order.push(index)
        now--
      })
    )
  )
  expect(most).toBe(2)
  expect(opened).toHaveLength(2)
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  await pool.close()
})

test('one through which an error went is closed, unless it is known to be well', async () => {
  const { pool, closed } = createWorld(1)
  const fail = async (): Promise<never> => {
    throw new Error('broken')
  }
  await expect(pool.use(undefined, fail)).rejects.toThrow('broken')
  expect(closed).toEqual([1])
  await expect(pool.use(undefined, fail, () => true)).rejects.toThrow('broken')
  expect(await pool.use(undefined, async ({ id }) => id)).toBe(2)
  await pool.close()
  expect(closed).toEqual([1, 2])
})

test('one that died while nobody used it is replaced', async () => {
  const { pool, opened } = createWorld(1)
  await pool.use(undefined, async () => {})
  ;(opened[0] as Connection).alive = false
  expect(await pool.use(undefined, async ({ id }) => id)).toBe(2)
  await pool.close()
})

test('who is aborted while waiting leaves the place to others', async () => {
  const { pool } = createWorld(1)
  const lease = await pool.lease(undefined)
  const controller = new AbortController()
  const waiting = pool.lease(controller.signal)
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  await lease.release(true)
  expect(await pool.use(undefined, async ({ id }) => id)).toBe(1)
  await pool.close()
})

test('a place is free again when a connection could not be opened', async () => {
  let failures = 1
  const pool = new Pool({
    limit: 1,
    open: async () => {
      if (failures-- > 0) throw new Error('refused')
      return 1
    },
    close: () => {},
    isUsable: () => true
  })
  await expect(pool.lease(undefined)).rejects.toThrow('refused')
  expect(await pool.use(undefined, async (connection) => connection)).toBe(1)
  await pool.close()
})

test('one that nobody uses is closed after a while', async () => {
  vi.useFakeTimers()
  try {
    const { pool, closed } = createWorld(1, 1000)
    await pool.use(undefined, async () => {})
    vi.advanceTimersByTime(999)
    expect(closed).toEqual([])
    vi.advanceTimersByTime(1)
    expect(closed).toEqual([1])
  } finally {
    vi.useRealTimers()
  }
})

test('after the end of the pool what is released is closed', async () => {
  const { pool, closed } = createWorld(1)
  const lease = await pool.lease(undefined)
  await pool.close()
  await lease.release(true)
  await lease.release(true)
  expect(closed).toEqual([1])
})
