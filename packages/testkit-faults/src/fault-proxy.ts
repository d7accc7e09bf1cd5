import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What goes wrong between a client and a server. Numbers of bytes are counted on each connection by itself. */
export interface NetworkFaults {
  /** Every new connection is reset at once. */
  readonly refuse?: boolean | undefined
  /** Delay of everything that passes, in milliseconds. */
  readonly latencyMs?: number | undefined
  readonly upBytesPerSecond?: number | undefined
  readonly downBytesPerSecond?: number | undefined
  /** The connection breaks when the client has sent so many bytes. */
  readonly cutUpAfter?: number | undefined
  /** The connection breaks when the server has sent so many bytes. */
  readonly cutDownAfter?: number | undefined
  /**
   * How it breaks: `reset`, an orderly `close` of both directions, a `half-close` of the direction that was cut, or a
   * `stall`, after which nothing more passes.
   * @defaultValue reset
   */
  readonly how?: 'reset' | 'close' | 'half-close' | 'stall' | undefined
  /** Only so many connections break. @defaultValue all */
  readonly times?: number | undefined
}

/** A server on loopback that passes everything on to another one, until it is told not to. */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number
  /** So far, on all connections. */
  readonly stats: {
    readonly connections: number
    readonly up: number
    readonly down: number
    readonly cuts: number
  }
  /** Connections that are open now. */
  readonly open: number
  /** From now on these faults and no others. Connections that are open keep those that they have met. */
  set(faults: NetworkFaults): void
  /** Resets all connections that are open. */
  drop(): void
  close(): Promise<void>
}

/** Stands before the server at `host` and `port`. */
export async function createFaultProxy(target: {
  readonly host: string
  readonly port: number
}): Promise<FaultProxy> {
  const stats = { connections: 0, up: 0, down: 0, cuts: 0 }
  const links = new Set<Link>()
  let faults: NetworkFaults = {}
  let cutsLeft = Number.POSITIVE_INFINITY
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    stats.connections++
    if (faults.refuse) {
      client.resetAndDestroy()
      return
    }
    const link: Link = { client, server: connect({ ...target, noDelay: true, allowHalfOpen: true }) }
    links.add(link)
    client.on('close', () => {
      link.server.destroy()
      links.delete(link)
    })
    client.on('error', () => link.server.destroy())
    link.server.on('error', () => client.destroy())
    void pass(link, 'up')
    void pass(link, 'down')
  })

  async function pass(link: Link, direction: 'up' | 'down'): Promise<void> {
    const [from, to] = direction === 'up' ? [link.client, link.server] : [link.server, link.client]
    let passed = 0
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        const cut = direction === 'up' ? faults.cutUpAfter : faults.cutDownAfter
        if (cut !== undefined && passed + chunk.byteLength >= cut && cutsLeft > 0) {
          cutsLeft--
          stats.cuts++
          to.write(chunk.subarray(0, Math.max(0, cut - passed)))
          await sleep(5) // so that what was let through arrives before the end
          await breakLink(link, from, to, faults.how ?? 'reset')
          return
        }
        if (faults.latencyMs) await sleep(faults.latencyMs)
        const rate = direction === 'up' ? faults.upBytesPerSecond : faults.downBytesPerSecond
        await write(to, chunk, rate)
        passed += chunk.byteLength
        stats[direction] += chunk.byteLength
      }
      to.end()
    } catch {
      to.destroy()
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const drop = (): void => {
    for (const link of links) reset(link)
  }
  const close = async (): Promise<void> => {
    drop()
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    port: (server.address() as { port: number }).port,
    stats,
    get open() {
      return links.size
    },
    set(next) {
      faults = next
      cutsLeft = next.times ?? Number.POSITIVE_INFINITY
    },
    drop,
    close,
    [Symbol.asyncDispose]: close
  }
}

interface Link {
  readonly client: Socket
  readonly server: Socket
}

async function breakLink(
  link: Link,
  from: Socket,
  to: Socket,
  how: NonNullable<NetworkFaults['how']>
): Promise<void> {
  if (how === 'reset') reset(link)
  else if (how === 'stall') await new Promise((resolve) => from.once('close', resolve))
  else if (how === 'half-close') {
    to.end()
    from.resume() // what comes now is lost
  } else {
    link.client.end()
    link.server.end()
    await sleep(20)
    link.client.destroy()
    link.server.destroy()
  }
}

function reset({ client, server }: Link): void {
  client.resetAndDestroy()
  server.destroy()
}

/** Twenty pieces a second where there is a rate. */
async function write(to: Socket, chunk: Buffer, bytesPerSecond: number | undefined): Promise<void> {
  const piece = bytesPerSecond === undefined ? chunk.byteLength : Math.max(1, Math.floor(bytesPerSecond / 20))
  for (let at = 0; at < chunk.byteLength; at += piece) {
    const part = chunk.subarray(at, at + piece)
    if (bytesPerSecond !== undefined) await sleep((part.byteLength / bytesPerSecond) * 1000)
    if (to.destroyed) throw new Error('closed')
    if (!to.write(part)) await drained(to)
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.once('drain', done)
    socket.once('close', done)
  })
}
