import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Below the ports that systems give to connections, of which tests open thousands. */
const FIRST_PORT = 12_000
const BLOCK_PORTS = 100
const BLOCKS = 200

/** Ports that this process has reserved and not handed out yet. */
let spare: number[] = []

/** Loopback ports that nobody listens on now, and that no other process of tests is given while this one lives. */
export async function freePorts(count: number): Promise<number[]> {
  if (spare.length < count) spare = await reserveBlock()
  return spare.splice(0, count)
}

/** The first of `count` ports in a row, at most 100, for servers that compute their ports from one. As {@link freePorts}. */
export async function freePortRange(count: number): Promise<number> {
  if (count > BLOCK_PORTS) throw new RangeError(`No more than ${BLOCK_PORTS} ports come in a row`)
  const [first] = await freePorts(count)
  return first as number
}

async function reserveBlock(): Promise<number[]> {
  const start = Math.floor(Math.random() * BLOCKS)
  for (let index = 0; index < BLOCKS; index++) {
    const block = (start + index) % BLOCKS
    const first = FIRST_PORT + block * BLOCK_PORTS
    try {
      const reservation = await listen({ path: reservationOf(block) })
      reservation.unref()
      const servers: Server[] = []
      try {
        for (let port = first; port < first + BLOCK_PORTS; port++)
          servers.push(await listen({ port, host: '127.0.0.1', exclusive: true }))
      } finally {
        await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
      }
      return Array.from({ length: BLOCK_PORTS }, (_, offset) => first + offset)
    } catch {
      // It is another's, or one of its ports is taken.
    }
  }
  throw new Error(`There are no ${BLOCK_PORTS} free ports in a row`)
}

/** A name that one process at a time can listen on. On Linux it is no file, so nothing is left of a process that dies. */
function reservationOf(block: number): string {
  const name = `tercet-test-ports-${block}`
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), name)
}

async function listen(where: {
  readonly path?: string
  readonly port?: number
  readonly host?: string
  readonly exclusive?: boolean
}): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, resolve)
  })
  return server
}
