import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A way to a server on this machine that is as long as one on the network. */
export interface LatencyProxy {
  readonly port: number
  /** Bytes that came from the server so far. */
  readonly downBytes: number
  close(): void
}

export interface LatencyProxyOptions {
  /** Of the server. */
  readonly port: number
  /** There and back, in milliseconds. */
  readonly roundTripMs: number
  /** In each direction, of all connections together. */
  readonly bytesPerSecond: number
}

/** Hands on everything in order, each piece as late as the way is long, and no faster than the line is. */
export async function startLatencyProxy(options: LatencyProxyOptions): Promise<LatencyProxy> {
  const { roundTripMs, bytesPerSecond } = options
  const free = { up: 0, down: 0 } // when the line has sent what it was given
  let downBytes = 0
  const pass = (from: Socket, to: Socket, direction: 'up' | 'down') => {
    // One after the other: timers of different lengths may come in another order than they were set.
    let last = Promise.resolve()
    from.on('data', (chunk) => {
      const now = performance.now()
      free[direction] = Math.max(now, free[direction]) + (chunk.byteLength / bytesPerSecond) * 1000
      if (direction === 'down') downBytes += chunk.byteLength
      const ahead = free[direction] - now
      const at = free[direction] + roundTripMs / 2
      last = last.then(async () => {
        await sleep(Math.max(0, at - performance.now()))
        to.write(chunk)
      })
      if (ahead <= 50) return
      from.pause()
      setTimeout(() => from.resume(), ahead - 50)
    })
    from.on('end', () => {
      last = last.then(async () => {
        await sleep(roundTripMs / 2)
        to.end()
      })
    })
    from.on('error', () => to.destroy())
    from.on('close', () => setTimeout(() => to.destroy(), roundTripMs * 10))
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const away = connect({ host: '127.0.0.1', port: options.port, noDelay: true, allowHalfOpen: true })
    pass(client, away, 'up')
    pass(away, client, 'down')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    get downBytes() {
      return downBytes
    },
    close: () => server.close()
  }
}
