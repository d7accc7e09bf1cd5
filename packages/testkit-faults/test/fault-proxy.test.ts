import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFaultProxy, type FaultProxy } from '../src/index.ts'

/** Sends back what it gets, and ends when its client does. */
let echo: Server
let proxy: FaultProxy

beforeAll(async () => {
  echo = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
})
afterAll(() => new Promise((resolve) => echo.close(resolve)))
beforeEach(async () => {
  proxy = await createFaultProxy({ host: '127.0.0.1', port: (echo.address() as { port: number }).port })
})
afterEach(() => proxy.close())

/** Sends all of `content`; resolves with what came back and how the connection ended. */
async function exchange(content: Buffer): Promise<{ received: Buffer; ending: string; socket: Socket }> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1' })
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  const ending = new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    socket.once('end', () => resolve('end'))
  })
  socket.end(content)
  return { ending: await ending, received: Buffer.concat(chunks), socket }
}

const content = Buffer.alloc(200_000, 7)

test('without faults everything passes both ways, and is counted', async () => {
  const { received, ending } = await exchange(content)
  expect(ending).toBe('end')
  expect(received.equals(content)).toBe(true)
  expect(proxy.stats).toMatchObject({ connections: 1, up: 200_000, down: 200_000, cuts: 0 })
})

test.each([
  ['reset', 'ECONNRESET'],
  ['close', 'end'],
  ['half-close', 'end']
] as const)('a %s after some bytes of the answer', async (how, wanted) => {
  proxy.set({ cutDownAfter: 1000, how, times: 1 })
  const { received, ending } = await exchange(content)
  expect(ending).toBe(wanted)
  expect(received.byteLength).toBeLessThanOrEqual(1000)
  expect(proxy.stats.cuts).toBe(1)
  expect((await exchange(content)).received.byteLength).toBe(200_000)
})

test('a stalled connection stays open and silent until it is dropped', async () => {
  proxy.set({ cutDownAfter: 10, how: 'stall' })
  const ended = exchange(content)
  const late = new Promise<string>((resolve) => setTimeout(() => resolve('silent'), 100))
  expect(await Promise.race([ended.then(() => 'ended'), late])).toBe('silent')
  expect(proxy.open).toBe(1)
  proxy.drop()
  expect((await ended).ending).toBe('ECONNRESET')
})

test('a connection is refused', async () => {
  proxy.set({ refuse: true })
  expect((await exchange(content)).ending).toBe('ECONNRESET')
})

test('a slow line passes the same bytes', async () => {
  proxy.set({ upBytesPerSecond: 2_000_000, latencyMs: 1 })
  expect((await exchange(content)).received.byteLength).toBe(200_000)
})
