import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { createFaultProxy, type FaultProxy, type NetworkFaults } from '@tercet/testkit-faults'

/**
 * Stands before an FTP server: commands pass as they are, and every connection for data goes through a proxy of its own,
 * since the port in the server's answer to EPSV (RFC 2428) is replaced. The faults are those of the data.
 */
export async function createDataProxy(target: { host: string; port: number }): Promise<FaultProxy> {
  const lines = new Set<FaultProxy>()
  const clients = new Set<Socket>()
  let faults: NetworkFaults = {}
  const sum = (of: (line: FaultProxy) => number): number =>
    [...lines].reduce((total, line) => total + of(line), 0)

  async function throughProxy(answer: string): Promise<string> {
    const port = /^229 .*\(\|\|\|(\d+)\|\)/.exec(answer)?.[1]
    if (port === undefined) return answer
    const line = await createFaultProxy({ host: target.host, port: Number(port) })
    line.set(faults)
    lines.add(line)
    return answer.replace(`|||${port}|`, `|||${line.port}|`)
  }

  const server = createServer((client) => {
    const upstream = connect(target)
    clients.add(client)
    client.on('close', () => {
      clients.delete(client)
      upstream.destroy()
    })
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
    upstream.on('close', () => client.end())
    client.pipe(upstream)
    const answer = async (): Promise<void> => {
      for await (const line of createInterface({ input: upstream }))
        client.write(`${await throughProxy(line)}\r\n`)
    }
    answer().catch(() => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async (): Promise<void> => {
    for (const client of clients) client.destroy()
    await Promise.all([...lines].map((line) => line.close()))
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    port: (server.address() as { port: number }).port,
    stats: {
      get connections() {
        return sum(({ stats }) => stats.connections)
      },
      get up() {
        return sum(({ stats }) => stats.up)
      },
      get down() {
        return sum(({ stats }) => stats.down)
      },
      get cuts() {
        return sum(({ stats }) => stats.cuts)
      }
    },
    get open() {
      return sum(({ open }) => open)
    },
    set(next) {
      faults = next
      for (const line of lines) line.set(next)
    },
    drop() {
      for (const line of lines) line.drop()
    },
    close,
    [Symbol.asyncDispose]: close
  }
}
