import { once } from 'node:events'
import http from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import {
  bodyChunks,
  createHttpAgents,
  type HttpAgents,
  httpRequest,
  LargeReads,
  readText
} from '../src/index.ts'

const MiB = 1024 * 1024
const content = Buffer.from(Array.from({ length: 6 * MiB }, (_, index) => (index * 131) % 241))

let ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.reverse()) await end()
  ending = []
})

async function serve<S extends Server>(server: S): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ending.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

/** Says the same head and body to whoever connects; ends the connection where `ends`. */
async function sayTo(head: string, body: Uint8Array, ends: boolean): Promise<number> {
  return await serve(
    createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`)
        if (ends) socket.end(body)
        else socket.write(body)
      })
    })
  )
}

async function get(agents: HttpAgents, port: number, path = '/'): Promise<http.IncomingMessage> {
  return await httpRequest(agents, { method: 'GET', url: new URL(`http://127.0.0.1:${port}${path}`) })
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks))
}

describe('the body of an answer', () => {
  test('large and small ones, one after the other and side by side', async () => {
    const port = await serve(
      http.createServer((request, response) => {
        const body = request.url === '/large' ? content : content.subarray(0, 100_000)
        response.setHeader('content-length', body.byteLength)
        response.end(body)
      })
    )
    using agents = createHttpAgents({ proxy: 'none' })
    const body = async (path: string) => await all(bodyChunks(await get(agents, port, path)))
    const paths = ['/large', '/small', '/large', '/small', '/small', '/large']
    for (const path of paths)
      expect((await body(path)).equals(content.subarray(0, path === '/large' ? undefined : 100_000))).toBe(
        true
      )
    const together = await Promise.all(paths.map(body))
    expect(together.map(({ byteLength }) => byteLength)).toEqual(
      paths.map((path) => (path === '/large' ? content.byteLength : 100_000))
    )
  })

  test('a large one in chunks of the protocol goes through the parser', async () => {
    const port = await serve(http.createServer((_, response) => response.end(content)))
    const chunked = await serve(
      http.createServer((_, response) => {
        response.write(content.subarray(0, MiB))
        response.end(content.subarray(MiB))
      })
    )
    using agents = createHttpAgents({ proxy: 'none' })
    for (const each of [port, chunked])
      expect((await all(bodyChunks(await get(agents, each)))).equals(content)).toBe(true)
  })

  test('one that is cut ends early, or fails', async () => {
    const head = `Content-Length: ${content.byteLength}`
    const port = await sayTo(head, content.subarray(0, 5 * MiB), true)
    using agents = createHttpAgents({ proxy: 'none' })
    await expect(all(bodyChunks(await get(agents, port)))).rejects.toThrow('aborted')
  })

  test('one that is longer than announced ends where it should', async () => {
    const head = `Content-Length: ${5 * MiB}`
    const port = await sayTo(head, content, false)
    using agents = createHttpAgents({ proxy: 'none' })
    const seen: Buffer[] = []
    const reading = (async () => {
      for await (const chunk of bodyChunks(await get(agents, port))) seen.push(Buffer.from(chunk))
    })()
    await reading.catch(() => {}) // it may be noticed before the last bytes have been read
    const body = Buffer.concat(seen)
    expect(body.byteLength).toBeLessThanOrEqual(5 * MiB)
    expect(body.equals(content.subarray(0, body.byteLength))).toBe(true)
  })

  test('an abort ends the connection', async () => {
    const closed = Promise.withResolvers<void>()
    const port = await serve(
      createServer((socket) => {
        socket.on('error', () => {}).on('close', () => closed.resolve())
        socket.once('data', () => {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${content.byteLength}\r\n\r\n`)
          socket.write(content.subarray(0, MiB))
        })
      })
    )
    using agents = createHttpAgents({ proxy: 'none' })
    const abort = new AbortController()
    const { signal } = abort
    const answer = await httpRequest(agents, {
      method: 'GET',
      url: new URL(`http://127.0.0.1:${port}/`),
      signal
    })
    const reading = all(bodyChunks(answer))
    abort.abort(new Error('enough'))
    await expect(reading).rejects.toThrow()
    await closed.promise
  })

  test('who stops early leaves no connection', async () => {
    const closed = Promise.withResolvers<void>()
    const port = await serve(
      http.createServer((request, response) => {
        request.socket.on('close', () => closed.resolve())
        response.on('error', () => {}).setHeader('content-length', content.byteLength)
        response.end(content)
      })
    )
    using agents = createHttpAgents({ proxy: 'none' })
    for await (const chunk of bodyChunks(await get(agents, port))) {
      expect(chunk.byteLength).toBeGreaterThan(0)
      break
    }
    await closed.promise
  })

  test('what nobody has asked for ends an idle connection', async () => {
    const said: Socket[] = []
    const port = await serve(
      createServer((socket) => {
        said.push(socket)
        socket.on('error', () => {})
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
      })
    )
    using agents = createHttpAgents({ proxy: 'none' })
    expect(await readText(await get(agents, port))).toBe('ok')
    const gone = once(said[0] as Socket, 'close')
    said[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged')
    await gone
    expect(await readText(await get(agents, port))).toBe('ok')
  })
})

describe('large reads', () => {
  const reads = () => {
    const calls: string[] = []
    const made = new LargeReads({ pause: () => calls.push('pause'), resume: () => calls.push('resume') })
    const arrive = (bytes: Uint8Array): void => {
      for (let at = 0; at < bytes.byteLength; ) {
        const room = (made.onread.buffer as () => Uint8Array)()
        const part = bytes.subarray(at, at + room.byteLength)
        room.set(part)
        made.onread.callback(part.byteLength, room)
        at += part.byteLength
      }
    }
    return { made, calls, arrive }
  }

  test('what comes while the reader is busy is one piece', async () => {
    const { made, arrive } = reads()
    for (let at = 0; at < 1000; at += 100) arrive(content.subarray(at, at + 100))
    made.end()
    const chunks = await Array.fromAsync(made)
    expect(chunks.map(({ byteLength }) => byteLength)).toEqual([1000])
    expect(content.subarray(0, 1000).equals(chunks[0] as Uint8Array)).toBe(true)
  })

  test('bytes with memory of their own stay in order, and chunks are never written again', async () => {
    const { made, arrive } = reads()
    const other = reads()
    const parts = [5, 70_000, 1, 200_000, 90_000, 3].map((length, index) =>
      content.subarray(index, index + length)
    )
    const chunks: Uint8Array[] = []
    const reading = (async () => {
      for await (const chunk of made) chunks.push(chunk)
    })()
    for (const [index, part] of parts.entries()) {
      if (index % 2 === 0) arrive(part)
      else made.push(part)
      await Promise.resolve()
    }
    made.end()
    await reading
    other.arrive(content.subarray(0, 100_000)) // into what was left of the piece
    expect(Buffer.concat(chunks).equals(Buffer.concat(parts))).toBe(true)
  })

  test('a reader that is slow makes it pause', async () => {
    const { made, calls, arrive } = reads()
    arrive(content.subarray(0, MiB))
    expect(calls).toEqual(['pause'])
    made.end()
    expect((await all(made)).equals(content.subarray(0, MiB))).toBe(true)
    expect(calls).toEqual(['pause', 'resume'])
  })
})
