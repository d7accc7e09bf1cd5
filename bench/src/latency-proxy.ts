import { connect, createServer, type Socket } from 'node:net'

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
    const way = new Way(to)
    from.on('data', (chunk) => {
      const now = performance.now()
      free[direction] = Math.max(now, free[direction]) + (chunk.byteLength / bytesPerSecond) * 1000
      if (direction === 'down') downBytes += chunk.byteLength
      const ahead = free[direction] - now
      way.send(chunk, free[direction] + roundTripMs / 2)
      if (ahead <= 50) return
      from.pause()
      setTimeout(() => from.resume(), ahead - 50)
    })
    from.on('end', () => way.send(undefined, Math.max(performance.now(), free[direction]) + roundTripMs / 2))
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

/** What is on its way in one direction. A timer for all that arrives together: a server may send pieces of some bytes. */
class Way {
  readonly #to: Socket
  readonly #pieces: { readonly chunk: Uint8Array | undefined; readonly at: number }[] = []
  #isWaiting = false

  constructor(to: Socket) {
    this.#to = to
  }

  /** `undefined` is the end. */
  send(chunk: Uint8Array | undefined, at: number): void {
    this.#pieces.push({ chunk, at })
    if (!this.#isWaiting) this.#wait()
  }

  #wait(): void {
    const [next] = this.#pieces
    this.#isWaiting = next !== undefined
    if (next !== undefined) setTimeout(() => this.#arrive(), Math.max(0, next.at - performance.now()))
  }

  #arrive(): void {
    const now = performance.now()
    const later = this.#pieces.findIndex(({ at }) => at > now)
    this.#to.cork()
    for (const { chunk } of this.#pieces.splice(0, later < 0 ? this.#pieces.length : later))
      if (chunk === undefined) this.#to.end()
      else this.#to.write(chunk)
    this.#to.uncork()
    this.#wait()
  }
}
