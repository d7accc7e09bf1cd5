import { createServer, type Server } from 'node:net'

/** Ports handed out by this process, which nobody listens on yet. */
const given = new Set<number>()

/** Loopback ports that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const [port] = await listenBriefly(1, 0)
    if (port !== undefined && !given.has(port)) {
      given.add(port)
      ports.push(port)
    }
  }
  return ports
}

/** The first of `count` ports in a row, for servers that compute their ports from one. Below those that systems give out. */
export async function freePortRange(count: number): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const first = 12_000 + Math.floor(Math.random() * 19_000)
    try {
      await listenBriefly(count, first)
      return first
    } catch {
      // One of them is taken.
    }
  }
  throw new Error(`There are no ${count} free ports in a row`)
}

async function listenBriefly(count: number, first: number): Promise<number[]> {
  const servers: Server[] = []
  try {
    for (let index = 0; index < count; index++) {
      const server = createServer()
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ port: first === 0 ? 0 : first + index, host: '127.0.0.1', exclusive: true }, resolve)
      })
      servers.push(server)
    }
    return servers.map((server) => (server.address() as { port: number }).port)
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}
